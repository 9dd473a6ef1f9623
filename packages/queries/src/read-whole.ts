import { AppError } from '@burnline/core';
import type { QueryParams, Store } from '@burnline/runtime';

type BoundErrorCode = 'QUERY_TOO_LARGE';

/**
 * The rows of a statement with `LIMIT {limit:UInt32}` whose answer is of use only as a whole.
 *
 * Rejects with QUERY_TOO_LARGE where there are more.
 */
export async function readWhole<Row>(
  store: Store,
  sql: string,
  { limit, ...params }: QueryParams & { readonly limit: number },
): Promise<Row[]> {
  const rows = await store.query<Row>(sql, { ...params, limit: limit + 1 });
  if (rows.length <= limit) return rows;
  throw new AppError<BoundErrorCode>('QUERY_TOO_LARGE', `The answer has more than ${limit} rows`, {
    remedy: 'Ask for a shorter time, wider steps or fewer series, or raise the limit of the question.',
  });
}
