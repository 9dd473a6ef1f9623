import { parseVerdictReference } from '@burnline/contracts';
import { checkJsonType } from '../../access/media-type.ts';
import { JSON_ANSWERS } from '../../http/answers.ts';
import { pickMembers } from '../../records/pick-members.ts';
import type { RecordForm } from '../../records/read-records.ts';
import type { Dialect } from '../dialect.ts';
import { NOTHING_MADE_UP } from '../nothing-made-up.ts';
import { takeRecords } from '../take-records.ts';
import { SCORE, type Score } from './score.ts';
import { verdictOfScore } from './verdict-of-score.ts';

const MIB = 1024 * 1024;

/** Comments and metadata may be long, and are walked over. */
const SCORES: RecordForm = {
  limits: { bytesMax: MIB, valuesMax: Infinity, depthMax: Infinity },
  parse: (bytes) => pickMembers(bytes, SCORE),
};

/** Langfuse's scores: lines of its blob export (`scores/`), and what its API takes and lists, one, an array or one per line. */
export const langfuse: Dialect = {
  name: 'langfuse',
  answersTo: () => JSON_ANSWERS,
  routes: [
    {
      path: '/v1/langfuse/scores',
      checkType: checkJsonType,
      take: (parts, exchange) =>
        takeRecords(parts, exchange, {
          batch: parts.writer.beginVerdicts(),
          form: SCORES,
          recordOf: (score) => {
            const verdict = score === null ? null : verdictOfScore(score as Score);
            return verdict === null ? null : parseVerdictReference(verdict, NOTHING_MADE_UP);
          },
          // An export is sent as it is: one score of an old trace should not hold up the others.
          mixed: 'taken',
          remedy: 'docs/intake.md says what is read of a score.',
        }),
    },
  ],
};
