import { isAppError } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { consoleError } from '../../console-error.ts';

/** The database's code for a statement that took longer than it may. */
const TOO_SLOW_CODE = '159';

/** The same store, whose questions may each take so long at most. They reject with CONSOLE_TOO_SLOW beyond it. */
export function withTimeLimit(store: Store, timeLimitMs: number): Store {
  return asking(store, async (sql, params, options = { timeLimitMs }) => {
    try {
      return await store.query(sql, params, options);
    } catch (error) {
      if (!isAppError(error) || error.details['code'] !== TOO_SLOW_CODE) throw error;
      throw tooSlow(error);
    }
  });
}

/** The same store, all of whose questions together may take so long from now on. They reject with CONSOLE_TOO_SLOW beyond it. */
export function withDeadline(store: Store, timeoutMs: number): Store {
  const endMs = performance.now() + timeoutMs;
  return asking(store, async (sql, params, options) => {
    const leftMs = Math.floor(endMs - performance.now());
    if (leftMs <= 0) throw tooSlow();
    return store.query(sql, params, { timeLimitMs: Math.min(leftMs, options?.timeLimitMs ?? leftMs) });
  });
}

const tooSlow = (cause?: unknown): Error =>
  consoleError('CONSOLE_TOO_SLOW', 'The answer took longer than a question may', {
    remedy: 'Ask for a shorter stretch of time (`from`, `to`), or add conditions that fewer events meet.',
    cause,
  });

function asking(store: Store, query: Store['query']): Store {
  return {
    query,
    command: (sql, params) => store.command(sql, params),
    insertRows: (table, rows) => store.insertRows(table, rows),
    insertBytes: (insert) => store.insertBytes(insert),
    close: () => store.close(),
  };
}
