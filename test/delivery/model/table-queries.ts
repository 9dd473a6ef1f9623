import type { QueryParams } from '@burnline/runtime';
import type { MemorySealTables } from './memory-seal-tables.ts';
import type { MemoryTables } from './memory-tables.ts';

/** Answers the statements that workers, rollouts and readers send; each is known by the table that it reads. */
export function answerQuery(
  tables: MemoryTables,
  sealTables: MemorySealTables,
  query: { readonly sql: string; readonly params: QueryParams },
): unknown[] {
  const { sql, params } = query;
  const { specs } = tables;
  const [, table = ''] =
    /FROM (\w+)/.exec(sql.replace('FROM (SELECT stream_epoch FROM stream_epochs', 'FROM seal_pointers')) ??
    [];
  switch (table) {
    case 'watermarks': {
      if (sql.includes("consumer = 'sink'"))
        return tables.watermarks.filter((row) => row['consumer'] === 'sink');
      const row = tables.watermark(params['consumer'], params['epoch'], params['partition']);
      return row === undefined ? [] : [row];
    }
    case 'spec_revisions':
      return specs.plans(params['revisions']);
    case 'spec_sets':
      return [specs.set(params['id'])].filter((row) => row !== undefined);
    case 'spec_begins':
      return [...specs.begins];
    case 'spec_ends':
      return [...specs.ended].map((revision) => ({ spec_rev: revision }));
    case 'active_specs':
      return [...specs.activations];
    case 'backfills':
      return [...specs.backfilled].map((revision) => ({ spec_rev: revision }));
    case 'seal_pointers':
      return sealTables.epochRows.map(({ epoch }) => ({
        stream_epoch: epoch,
        hour_s: (sealTables.pointerOf(epoch, 'hour')?.throughMs ?? 0) / 1_000,
        day_s: (sealTables.pointerOf(epoch, 'day')?.throughMs ?? 0) / 1_000,
      }));
    case 'stream_epochs': {
      const epoch = tables.epochs.findLast((row) => row['topic'] === params['topic']);
      return epoch === undefined ? [] : [{ ...epoch, created_ms: 0 }];
    }
    default:
      throw new Error(`the model does not know what to answer: ${sql}`);
  }
}
