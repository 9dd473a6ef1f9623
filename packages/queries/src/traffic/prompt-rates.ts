import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

interface PromptAndModel {
  readonly promptName: string;
  /** The model that answered. */
  readonly modelServed: string;
}

/** How verdicts of one kind came out for one prompt and model; of sampled streams each verdict as one. */
export interface PromptVerdicts extends PromptAndModel {
  readonly passed: number;
  readonly total: number;
}

/** What one prompt cost with one model; of sampled streams each event as one. */
export interface PromptCost extends PromptAndModel {
  readonly requests: number;
  /** 1e-9 USD, of what has a price. */
  readonly costNanoUsd: number;
}

const ROWS_MAX = 100_000;

/** Verdicts on one dimension of some streams together. Rejects with QUERY_TOO_LARGE beyond 100,000 pairs. */
export async function readPromptVerdicts(
  store: Store,
  query: { readonly streams: readonly string[]; readonly dimension: string },
): Promise<readonly PromptVerdicts[]> {
  return readWhole<PromptVerdicts>(store, VERDICTS_SQL, { ...query, limit: ROWS_MAX });
}

/** Cost of some streams together. Rejects with QUERY_TOO_LARGE beyond 100,000 pairs. */
export async function readPromptCosts(
  store: Store,
  streams: readonly string[],
): Promise<readonly PromptCost[]> {
  return readWhole<PromptCost>(store, COSTS_SQL, { streams, limit: ROWS_MAX });
}

const VERDICTS_SQL = `
SELECT prompt_name AS promptName, model_served AS modelServed, countIf(passed) AS passed, count() AS total
FROM verdicts WHERE stream IN {streams:Array(String)} AND dimension = {dimension:String}
GROUP BY promptName, modelServed ORDER BY promptName, modelServed LIMIT {limit:UInt32}`;

const COSTS_SQL = `
SELECT prompt_name AS promptName, model_served AS modelServed, count() AS requests,
       sum(ifNull(cost_nano_usd, 0)) AS costNanoUsd
FROM inferences WHERE stream IN {streams:Array(String)}
GROUP BY promptName, modelServed ORDER BY promptName, modelServed LIMIT {limit:UInt32}`;
