import { parseVerdictReference } from '@burnline/contracts';
import { checkJsonType } from '../../access/media-type.ts';
import { JSON_ANSWERS } from '../../http/answers.ts';
import { pickMembers } from '../../records/pick-members.ts';
import { listWithin } from '../../records/list-within.ts';
import type { RecordForm } from '../../records/read-records.ts';
import type { Dialect } from '../dialect.ts';
import { NOTHING_MADE_UP } from '../nothing-made-up.ts';
import { takeRecords } from '../take-records.ts';
import { SCORE } from './score.ts';
import { verdictOfScore } from './verdict-of-score.ts';

const MIB = 1024 * 1024;

/** Comments and metadata may be long, and are walked over. */
const SCORES: RecordForm = {
  limits: { bytesMax: MIB, valuesMax: Infinity, depthMax: Infinity },
  parse: (bytes) => pickMembers(bytes, SCORE),
};

/** What its API lists, a page each, and what its ingestion takes. */
const LISTS: ReadonlySet<string> = new Set(['data', 'batch']);

/** Langfuse's scores: lines of its blob export (`scores/`), and what its API takes and lists, one, an array, a page, a batch or one per line. */
export const langfuse: Dialect = {
  name: 'langfuse',
  answersTo: () => JSON_ANSWERS,
  routes: [
    {
      path: '/v1/langfuse/scores',
      checkType: checkJsonType,
      take: (parts, exchange) =>
        takeRecords(
          parts,
          { ...exchange, body: listWithin(exchange.body, LISTS) },
          {
            batch: parts.writer.beginVerdicts(),
            form: SCORES,
            recordOf: (score) => {
              const verdict = verdictOfScore(score ?? {});
              return verdict === null ? null : parseVerdictReference(verdict, NOTHING_MADE_UP);
            },
            // An export is sent as it is: one score of an old trace should not hold up the others.
            mixed: 'taken',
            remedy: 'docs/intake.md says what is read of a score.',
          },
        ),
    },
  ],
};
