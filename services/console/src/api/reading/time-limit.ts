import { isAppError } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { consoleError } from '../../console-error.ts';

/** The database's code for a statement that took longer than it may. */
const TOO_SLOW_CODE = '159';

/** The same store, whose questions may each take so long at most. They reject with CONSOLE_TOO_SLOW beyond it. */
export function withTimeLimit(store: Store, timeLimitMs: number): Store {
  return {
    query: async (sql, params, options = { timeLimitMs }) => {
      try {
        return await store.query(sql, params, options);
      } catch (error) {
        if (!isAppError(error) || error.details['code'] !== TOO_SLOW_CODE) throw error;
        throw consoleError('CONSOLE_TOO_SLOW', 'The answer took longer than a question may', {
          remedy:
            'Ask for a shorter stretch of time (`from`, `to`), or add conditions that fewer events meet.',
          cause: error,
        });
      }
    },
    command: (sql, params) => store.command(sql, params),
    insertRows: (table, rows) => store.insertRows(table, rows),
    insertBytes: (insert) => store.insertBytes(insert),
    close: () => store.close(),
  };
}
