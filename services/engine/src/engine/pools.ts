import type { EngineConfig, EngineUser } from '../config.ts';
import type { Statement } from '../sql/statement.ts';
import { uncoverDefaultDatabase } from './default-database.ts';
import { openSession, type EngineSession, type SessionRole } from './engine-session.ts';
import { sessionSettings, type EngineLimits } from './engine-settings.ts';
import { NO_CONTEXT } from './no-context.ts';
import { tenantScopesOf } from './tenant-scopes.ts';
import { createSessionPool, type SessionPool } from './session-pool.ts';

/** Sessions by purpose: the pipeline's writes, its reads, and everybody else. None of them waits for another. */
export interface EnginePools {
  readonly write: SessionPool;
  readonly read: SessionPool;
  readonly analyst: SessionPool;
  /** Of analysts who read rows of some tenants alone, by their names. */
  readonly byTenants: ReadonlyMap<string, SessionPool>;
  /** For the engine's own statements. */
  readonly control: EngineSession;
  /** Asks the engine to give up analysts' running queries; it does within milliseconds. */
  cancelAnalysts(): Promise<void>;
  close(): void;
}

export interface PoolsOptions {
  readonly databasePath: string;
  readonly configFile: string;
  readonly config: Pick<EngineConfig, 'sessionCounts' | 'maxWaitingCount' | 'waitTimeoutMs' | 'users'>;
  readonly limits: EngineLimits;
  readonly onFault: (error: unknown) => void;
}

/** Opens the engine and every session. Rejects when the directory cannot be opened. */
export async function openPools(options: PoolsOptions): Promise<EnginePools> {
  const open = (role: SessionRole, grants: string = role): Promise<EngineSession> =>
    openSession({
      databasePath: options.databasePath,
      connectionArguments: [`--config-file=${options.configFile}`],
      role,
      grants,
      settings: sessionSettings(role, options.limits),
    });
  const pool = (
    name: keyof EngineConfig['sessionCounts'],
    role: SessionRole,
    {
      grants,
      sessionCount = options.config.sessionCounts[name],
    }: { readonly grants?: string; readonly sessionCount?: number } = {},
  ): Promise<SessionPool> =>
    createSessionPool({
      name,
      sessionCount,
      maxWaitingCount: options.config.maxWaitingCount,
      waitTimeoutMs: options.config.waitTimeoutMs,
      open: () => open(role, grants),
      onFault: options.onFault,
    });
  const control = await open('pipeline');
  await uncoverDefaultDatabase(control, options.databasePath);
  const write = await pool('write', 'pipeline');
  const read = await pool('read', 'pipeline');
  const analyst = await pool('analyst', 'analyst');
  const byTenants = new Map<string, SessionPool>();
  for (const { user, role } of tenantScopesOf(options.config))
    byTenants.set(user, await pool('analyst', 'analyst', { grants: role, sessionCount: 1 }));
  return {
    write,
    read,
    analyst,
    byTenants,
    control,
    cancelAnalysts: async () => {
      await control.run(NO_CONTEXT, (query) =>
        query("KILL QUERY WHERE Settings['readonly'] = '2' ASYNC FORMAT Null", 'Null'),
      );
    },
    close: () => {
      for (const each of [write, read, analyst, ...byTenants.values(), control]) each.close();
    },
  };
}

/** The pool for a user's statement. */
export function choosePool(
  pools: EnginePools,
  { name, role }: Pick<EngineUser, 'name' | 'role'>,
  statement: Statement,
): SessionPool {
  if (role === 'analyst') return pools.byTenants.get(name) ?? pools.analyst;
  // KILL must not wait for the writes that it is meant to end.
  return statement.isRead || statement.verb === 'KILL' ? pools.read : pools.write;
}
