import {
  isReference,
  parseEvalVerdict,
  parseInferenceEvent,
  parseVerdictReference,
  type IntakeOptions,
} from '@burnline/contracts';
import { checkJsonType } from '../../access/media-type.ts';
import type { CollectorParts } from '../../collector-parts.ts';
import { JSON_ANSWERS } from '../../http/answers.ts';
import { JSON_RECORDS } from '../../records/read-records.ts';
import type { Dialect, Exchange } from '../dialect.ts';
import { takeRecords } from '../take-records.ts';
import { mappingOf } from '../mapped/mapping-of.ts';
import { takeMapped } from '../mapped/take-mapped.ts';
import { idSource } from './idempotency-key.ts';

/** Suggestions for unknown keys that one request is given; a sender who misspells more has other troubles. */
const HINTS_MAX = 64;
const REMEDY =
  'Correct them and send the request again: docs/events.md lists the fields. An array, or one whole object per line (NDJSON), is taken.';

/** Our own JSON: one record, an array of them, or one per line, with the fields of docs/events.md. */
export const json: Dialect = {
  name: 'json',
  answersTo: () => JSON_ANSWERS,
  routes: [
    {
      path: '/v1/events',
      checkType: checkJsonType,
      take: (parts, exchange) => {
        const mapping = mappingOf(parts, exchange.request);
        if (mapping !== null) return takeMapped(parts, exchange, mapping);
        const options = optionsOf(parts, exchange, 'inference');
        const recordOf = (value: unknown, index: number) => parseInferenceEvent(value, options(index));
        return takeRecords(parts, exchange, {
          batch: parts.writer.beginEvents(),
          ...HOW,
          recordOf,
        });
      },
    },
    {
      path: '/v1/verdicts',
      checkType: checkJsonType,
      take: (parts, exchange) => {
        const options = optionsOf(parts, exchange, 'verdict');
        const recordOf = (value: unknown, index: number) =>
          isReference(value)
            ? parseVerdictReference(value, options(index))
            : parseEvalVerdict(value, options(index));
        return takeRecords(parts, exchange, { batch: parts.writer.beginVerdicts(), ...HOW, recordOf });
      },
    },
  ],
};

const HOW = { form: JSON_RECORDS, mixed: 'refused', remedy: REMEDY } as const;

/** What stands for the id and the time of a record that has none. Throws COLLECTOR_IDEMPOTENCY_KEY_INVALID. */
function optionsOf(
  { clock }: CollectorParts,
  { request, client }: Exchange,
  kind: string,
): (index: number) => IntakeOptions {
  const newId = idSource(request, { client, kind });
  const hints = { left: HINTS_MAX };
  const now = (): number => clock.nowMs() * 1_000;
  return (index) => ({ newEventId: () => newId(index), now, hints });
}
