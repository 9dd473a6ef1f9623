import type { Store } from '@burnline/runtime';

/** What moves when somebody decided or changed something: equal marks, and nothing did. */
export interface ChangeMarks {
  readonly decisions: number;
  readonly specs: number;
}

/** Cheap enough to be asked every few seconds. */
export async function readChangeMarks(store: Store): Promise<ChangeMarks> {
  const [row] = await store.query<ChangeMarks>(
    `SELECT (SELECT toFloat64(toUnixTimestamp64Milli(max(decided_at))) FROM alert_decisions) AS decisions,
            (SELECT toFloat64(toUnixTimestamp64Milli(max(activated_at))) FROM active_specs) AS specs`,
  );
  return row ?? { decisions: 0, specs: 0 };
}
