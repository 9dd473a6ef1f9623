import type { Store } from '@burnline/runtime';

export interface EnvironmentTraffic {
  readonly environment: string;
  /** Inference events, repeats included. */
  readonly events: number;
}

export interface EnvironmentsQuery {
  readonly stream: string;
  /** Environments that are not asked about. */
  readonly except: readonly string[];
  readonly limit?: number;
}

const ENVIRONMENTS_MAX = 20;

/** Events that the log took within the last hour, by environment, most first. */
export async function readRecentEnvironments(
  store: Store,
  { stream, except, limit = ENVIRONMENTS_MAX }: EnvironmentsQuery,
): Promise<readonly EnvironmentTraffic[]> {
  return store.query<EnvironmentTraffic>(RECENT_SQL, { stream, except, limit });
}

const RECENT_SQL = `
SELECT environment, toFloat64(count()) AS events FROM inference_events FINAL
WHERE stream = {stream:String} AND kept_since >= now() - INTERVAL 1 HOUR AND environment NOT IN {except:Array(String)}
GROUP BY environment ORDER BY events DESC, environment LIMIT {limit:UInt32}`;
