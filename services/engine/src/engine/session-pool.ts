import { ClickHouseError } from '../http/clickhouse-error.ts';
import type { EngineSession } from './engine-session.ts';

export interface PoolOptions {
  readonly name: string;
  readonly sessionCount: number;
  /** Requests that may wait for a session; each holds its query text in memory or its rows in a file. */
  readonly maxWaitingCount: number;
  readonly waitTimeoutMs: number;
  readonly open: () => Promise<EngineSession>;
  /** A session could not be replaced: the pool is smaller from now on, and the process had better start anew. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Sessions of one purpose. Each runs one query at a time, so the number of sessions is the number of queries that run at once,
 * and no other purpose ever waits for them.
 */
export interface SessionPool {
  /**
   * Runs work on a free session, in order of arrival. Throws ClickHouseError 202 when too many wait or the wait takes too long,
   * and 394 when `signal` aborts while waiting; work that has begun is not interrupted.
   */
  use<T>(signal: AbortSignal, work: (session: EngineSession) => Promise<T>): Promise<T>;
  readonly capacity: number;
  close(): void;
}

interface Waiter {
  readonly take: (session: EngineSession) => void;
}

export async function createSessionPool(options: PoolOptions): Promise<SessionPool> {
  const idle = await Promise.all(Array.from({ length: options.sessionCount }, options.open));
  const waiting = new Set<Waiter>();
  let isClosed = false;

  const release = (session: EngineSession): void => {
    if (isClosed) {
      session.close();
      return;
    }
    const [next] = waiting;
    if (next === undefined) {
      idle.push(session);
      return;
    }
    waiting.delete(next);
    next.take(session);
  };

  const replace = async (session: EngineSession): Promise<void> => {
    session.close();
    try {
      release(await options.open());
    } catch (error) {
      options.onFault(error);
    }
  };

  const acquire = async (signal: AbortSignal): Promise<EngineSession> => {
    const session = idle.pop();
    if (session !== undefined) return session;
    if (waiting.size >= options.maxWaitingCount) throw tooMany(options, 'the queue is full');
    return waitForSession(waiting, signal, options);
  };

  return {
    capacity: options.sessionCount + options.maxWaitingCount,
    async use(signal, work) {
      const session = await acquire(signal);
      try {
        return await work(session);
      } finally {
        if (session.isClean) release(session);
        else await replace(session);
      }
    },
    close: () => {
      isClosed = true;
      for (const session of idle.splice(0)) session.close();
    },
  };
}

function waitForSession(
  waiting: Set<Waiter>,
  signal: AbortSignal,
  options: PoolOptions,
): Promise<EngineSession> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      waiting.delete(waiter);
    };
    const waiter: Waiter = {
      take: (session) => {
        settle();
        resolve(session);
      },
    };
    const onAbort = (): void => {
      settle();
      reject(new ClickHouseError(394, 'QUERY_WAS_CANCELLED', 'The client is gone'));
    };
    const timer = setTimeout(() => {
      settle();
      reject(tooMany(options, `none became free within ${options.waitTimeoutMs} ms`));
    }, options.waitTimeoutMs);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    waiting.add(waiter);
  });
}

function tooMany(options: PoolOptions, why: string): ClickHouseError {
  return new ClickHouseError(
    202,
    'TOO_MANY_SIMULTANEOUS_QUERIES',
    `Too many simultaneous queries. Maximum: ${options.sessionCount} (pool ${options.name}: ${why})`,
  );
}
