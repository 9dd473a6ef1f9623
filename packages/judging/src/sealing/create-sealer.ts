import type { Clock, Logger, Store } from '@burnline/runtime';
import { ClickHouseSealTables } from './clickhouse-seal-tables.ts';
import { Sealer } from './sealer.ts';

/** The sealer of every epoch in a database. */
export function createSealer(parts: {
  readonly store: Store;
  readonly logger: Logger;
  readonly clock: Clock;
}): Sealer {
  const { store, logger, clock } = parts;
  return new Sealer({ tables: new ClickHouseSealTables(store), logger, clock });
}
