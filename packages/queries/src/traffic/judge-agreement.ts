import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

interface Judge {
  readonly evaluator: string;
  readonly version: string;
}

/** What two evaluators, or two versions of one, said of the same requests on one dimension; of each its last word. */
export interface JudgeAgreement {
  readonly dimension: string;
  readonly first: Judge;
  readonly second: Judge;
  /** Requests that both judged, by what they said; each as one. */
  readonly bothPassed: number;
  readonly bothFailed: number;
  readonly onlyFirstPassed: number;
  readonly onlySecondPassed: number;
}

/** Pairs of a dozen judges on some dimensions. */
const PAIRS_MAX = 500;
/** Of one request and dimension; of more the first by name are compared. */
const JUDGES_MAX = 16;

/** Pairs of evaluators over requests of a service whose inference completed in a range, those that judged most together first; at most 500. */
export async function readJudgeAgreement(
  store: Store,
  { stream, fromMs, toMs }: TimeRange & { readonly stream: string },
): Promise<readonly JudgeAgreement[]> {
  const rows = await store.query<{
    dimension: string;
    judges: readonly [readonly [string, string], readonly [string, string]];
    passed: number;
    failed: number;
    only_first: number;
    only_second: number;
  }>(AGREEMENT_SQL, { stream, from: dateTimeOfMs(fromMs), to: dateTimeOfMs(toMs) });
  return rows.map(({ dimension, judges: [first, second], passed, failed, only_first, only_second }) => ({
    dimension,
    first: { evaluator: first[0], version: first[1] },
    second: { evaluator: second[0], version: second[1] },
    ...{ bothPassed: passed, bothFailed: failed },
    ...{ onlyFirstPassed: only_first, onlySecondPassed: only_second },
  }));
}

const AGREEMENT_SQL = `
SELECT dimension, ((pair.1.1, pair.1.2), (pair.2.1, pair.2.2)) AS judges, countIf(pair.1.3 AND pair.2.3) AS passed,
       countIf(NOT pair.1.3 AND NOT pair.2.3) AS failed, countIf(pair.1.3 AND NOT pair.2.3) AS only_first,
       countIf(NOT pair.1.3 AND pair.2.3) AS only_second
FROM (
  SELECT dimension, arrayJoin(arrayFlatten(arrayMap((judge, place) -> arrayMap(other -> (judge, other), arraySlice(judges, place + 1)),
                                                    judges, arrayEnumerate(judges)))) AS pair
  FROM (
    SELECT request, dimension, arraySlice(arraySort(groupArray((evaluator, evaluator_version, said))), 1, ${JUDGES_MAX}) AS judges
    FROM (
      SELECT service, ifNull(request_id, '') AS request, dimension, evaluator, evaluator_version, argMax(passed, judged_at) AS said
      FROM verdicts
      WHERE stream = {stream:String} AND inference_at >= {from:DateTime('UTC')} AND inference_at < {to:DateTime('UTC')}
        AND request != ''
      GROUP BY service, request, dimension, evaluator, evaluator_version
    )
    GROUP BY service, request, dimension HAVING length(judges) > 1
  )
)
GROUP BY dimension, judges ORDER BY count() DESC, dimension, judges LIMIT ${PAIRS_MAX}`;
