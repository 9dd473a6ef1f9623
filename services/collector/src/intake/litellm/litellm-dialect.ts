import { checkJsonType } from '../../access/media-type.ts';
import { JSON_ANSWERS } from '../../http/answers.ts';
import type { Dialect } from '../dialect.ts';
import { sourceOf } from '../source-of.ts';
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
