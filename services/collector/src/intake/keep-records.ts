import type { CollectorParts } from '../collector-parts.ts';
import type { RecordBatch } from '../live-writer.ts';
import type { RecordProblems } from '../records/record-problems.ts';
import type { Accepted } from './dialect.ts';

/** A body whose records were all looked at. */
interface Looked {
  readonly batch: Pick<RecordBatch<never>, 'topic' | 'append'>;
  readonly client: string;
  /** Of the right ones, by their index. */
  readonly ids: ReadonlyMap<number, string>;
  readonly problems: RecordProblems;
  /** What the body holds: how many, and what they are called. */
  readonly of: { readonly count: number; readonly noun: string };
  /** Whether the request is refused where anything is wrong; else the right ones are taken. */
  readonly isRefused: boolean;
  readonly remedy: string;
}

/** Appends what is right and tells what is not. Rejects with COLLECTOR_RECORDS_INVALID, or as `appendParts` does. */
export async function keepRecords(
  parts: CollectorParts,
  { batch, client, ids, problems, of, isRefused, remedy }: Looked,
): Promise<Accepted> {
  if (!problems.isEmpty) {
    const wrong = problems.toError('COLLECTOR_RECORDS_INVALID', of, remedy);
    if (isRefused) throw wrong;
    parts.metrics?.refused(wrong.code);
    parts.logger.warn({ client, wrong: problems.wrongCount, records: of.count }, 'records were left out');
  }
  await batch.append(ids);
  parts.metrics?.accepted(batch.topic, ids.size);
  return {
    accepted: ids.size,
    ids: [...ids.values()],
    ...(problems.isEmpty ? {} : { refused: problems.summary() }),
  };
}
