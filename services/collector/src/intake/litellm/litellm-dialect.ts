import type { IncomingMessage } from 'node:http';
import { parseInferenceEvent } from '@burnline/contracts';
import { checkJsonType } from '../../access/media-type.ts';
import { JSON_ANSWERS } from '../../http/answers.ts';
import { pickMembers } from '../../records/pick-members.ts';
import type { RecordForm } from '../../records/read-records.ts';
import type { Dialect } from '../dialect.ts';
import { NOTHING_MADE_UP } from '../nothing-made-up.ts';
import { takeRecords } from '../take-records.ts';
import { eventOfPayload, type Source } from './event-of-payload.ts';
import { PAYLOAD, type Payload } from './payload.ts';
import { textOf } from './scalars.ts';

const MIB = 1024 * 1024;

/** Whole chats stand in a payload, with tools of any depth: only its length counts, since they are walked over. */
const PAYLOADS: RecordForm = {
  limits: { bytesMax: MIB, valuesMax: Infinity, depthMax: Infinity },
  parse: (bytes) => pickMembers(bytes, PAYLOAD),
};

/** LiteLLM's callback `generic_api`: StandardLoggingPayloads as an array, one per line, or one; all as application/json. */
export const litellm: Dialect = {
  name: 'litellm',
  answersTo: () => JSON_ANSWERS,
  routes: [
    {
      path: '/v1/litellm',
      checkType: checkJsonType,
      take: (parts, exchange) => {
        const source = sourceOf(exchange.request);
        return takeRecords(parts, exchange, {
          batch: parts.writer.beginEvents(),
          form: PAYLOADS,
          // LiteLLM appends null where it has no payload.
          recordOf: (payload) =>
            payload === null
              ? null
              : parseInferenceEvent(eventOfPayload(payload as Payload, source), NOTHING_MADE_UP),
          // It throws a refused batch away as a whole.
          mixed: 'taken',
          remedy:
            'Name the service: ?service=NAME in GENERIC_LOGGER_ENDPOINT, or metadata.service of each request. docs/intake.md says what is read of a payload.',
        });
      },
    },
  ],
};

function sourceOf({ url = '' }: IncomingMessage): Source {
  const [, query = ''] = url.split('?', 2);
  const given = new URLSearchParams(query);
  return { service: textOf(given.get('service')), environment: textOf(given.get('environment')) };
}
