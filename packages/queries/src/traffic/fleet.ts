import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** How one model of one provider did in a stretch of time; of a sampled stream all numbers are what events stand for. */
export interface FleetMember {
  readonly provider: string;
  readonly model: string;
  /** Inference events (attempts), repeats left out. */
  readonly requests: number;
  readonly ok: number;
  readonly cancelled: number;
  /** By a gateway, a budget or a guardrail, before the provider saw them. */
  readonly refused: number;
  /** Those that are none of the three, by error_type, or by status where that is empty. */
  readonly errors: Readonly<Record<string, number>>;
  /** ok / (requests - cancelled - refused); null where none came through to its end. */
  readonly availabilityRatio: number | null;
  readonly cancelledRatio: number;
  /** Nearest rank, to 0.8 %; null where no event has one. */
  readonly ttftMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  /** Over the duration of what is ok; null where tokens or durations are not known. */
  readonly outputTokensPerSecond: number | null;
}

export interface FleetQuery extends TimeRange {
  readonly stream: string;
  readonly limit?: number;
}

interface FleetRow {
  provider: string;
  model: string;
  requests: number;
  ok: number;
  cancelled: number;
  refused: number;
  errors: Record<string, number>;
  availability: number | null;
  cancelled_share: number;
  ttft_p50: number | null;
  ttft_p95: number | null;
  ttft_p99: number | null;
  output_tokens_per_s: number | null;
}

/** Model names are the callers' own texts: of thousands the busiest say enough. */
const MODELS_MAX = 1_000;

/** Provider by model over a range of event time, the busiest first; at most `limit`. */
export async function readFleet(store: Store, query: FleetQuery): Promise<readonly FleetMember[]> {
  const rows = await store.query<FleetRow>(FLEET_SQL, {
    stream: query.stream,
    from: dateTimeOfMs(query.fromMs),
    to: dateTimeOfMs(query.toMs),
    limit: query.limit ?? MODELS_MAX,
  });
  return rows.map((row) => ({
    provider: row.provider,
    model: row.model,
    requests: row.requests,
    ok: row.ok,
    cancelled: row.cancelled,
    refused: row.refused,
    errors: row.errors,
    availabilityRatio: row.availability,
    cancelledRatio: row.cancelled_share,
    ttftMs:
      row.ttft_p50 === null || row.ttft_p95 === null || row.ttft_p99 === null
        ? null
        : { p50: row.ttft_p50, p95: row.ttft_p95, p99: row.ttft_p99 },
    outputTokensPerSecond: row.output_tokens_per_s,
  }));
}

const FLEET_SQL = `
SELECT provider, model, requests, ok, cancelled, refused, errors, availability, cancelled_share, ttft_p50, ttft_p95, ttft_p99,
       output_tokens_per_s
FROM fleet_between(from_time = {from:DateTime('UTC')}, to_time = {to:DateTime('UTC')})
WHERE stream = {stream:String}
ORDER BY requests DESC, provider, model LIMIT {limit:UInt32}`;
