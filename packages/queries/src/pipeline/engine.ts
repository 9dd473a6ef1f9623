import { invariant } from '@burnline/core';
import type { Store } from '@burnline/runtime';

/** The database itself. */
export interface EngineState {
  readonly version: string;
  readonly uptimeMs: number;
}

export async function readEngineState(store: Store): Promise<EngineState> {
  const [row] = await store.query<{ version: string; uptime_s: number }>(
    'SELECT version() AS version, toFloat64(uptime()) AS uptime_s',
  );
  invariant(row !== undefined, 'a statement without a table has one row');
  return { version: row.version, uptimeMs: row.uptime_s * 1_000 };
}
