import type { StoodTelling } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

/** A level of a policy that was told as entered, and not as left yet, with its service. */
export type ServiceTelling = StoodTelling & { readonly service: string };

/** Levels of policies of services; there are three of each. */
const STOOD_MAX = 10_000;

/** What was told last of every level that anybody was told of, where that was its begin. Rejects with QUERY_TOO_LARGE. */
export function readStoodTellings(store: Store, stream: string): Promise<readonly ServiceTelling[]> {
  return readWhole<ServiceTelling>(
    store,
    `SELECT toString(any(service)) AS service, toString(any(policy)) AS policy, toString(any(action)) AS action,
            toString(any(level)) AS at, argMax(slo, log_offset) AS slo
     FROM (SELECT service, policy, action, level, toString(slo) AS slo, alert_key, decision, log_offset FROM policy_notices FINAL
           WHERE stream = {stream:String})
     GROUP BY alert_key HAVING argMax(decision, log_offset) = 'fire'
     ORDER BY service, policy, action, at LIMIT {limit:UInt32}`,
    { stream, limit: STOOD_MAX },
  );
}
