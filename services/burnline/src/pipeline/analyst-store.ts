import { openStore, type Store } from '@burnline/runtime';
import { DATABASE } from './database.ts';
import { ANALYST_USER } from './engine-supervisor.ts';
import type { Pipeline } from './pipeline.ts';

/** A pipeline's database as its read-only analyst has it, with the sessions and the limits of one; to be closed. */
export function openAnalystStore({ engine, options }: Pick<Pipeline, 'engine' | 'options'>): Store {
  const password = options.sqlAccess?.analystPassword ?? '';
  return openStore({ url: engine.url, user: ANALYST_USER, password, database: DATABASE });
}
