import type { IncomingMessage } from 'node:http';
import { checkJsonType } from '../../access/media-type.ts';
import { JSON_ANSWERS } from '../../http/answers.ts';
import type { Dialect } from '../dialect.ts';
import type { Source } from './event-of-payload.ts';
import { textOf } from './scalars.ts';
import { takePayloads } from './take-payloads.ts';

/** LiteLLM's callback `generic_api`: StandardLoggingPayloads as an array, one per line, or one; all as application/json. */
export const litellm: Dialect = {
  name: 'litellm',
  answersTo: () => JSON_ANSWERS,
  routes: [
    {
      path: '/v1/litellm',
      checkType: checkJsonType,
      take: (parts, exchange) => takePayloads(parts, exchange, sourceOf(exchange.request)),
    },
  ],
};

function sourceOf({ url = '' }: IncomingMessage): Source {
  const [, query = ''] = url.split('?', 2);
  const given = new URLSearchParams(query);
  return { service: textOf(given.get('service')), environment: textOf(given.get('environment')) };
}
