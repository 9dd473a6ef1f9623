import { appendParts } from '../append-parts.ts';
import type { CollectorParts } from '../collector-parts.ts';
import type { RecordBatch } from '../live-writer.ts';
import type { RecordProblems } from '../records/record-problems.ts';
import type { Accepted } from './dialect.ts';

/** A body whose records were all looked at. */
interface Looked {
  readonly batches: readonly Omit<RecordBatch<never>, 'add'>[];
  readonly client: string;
  /** Of what the answer names, by its index. */
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
  { batches, client, ids, problems, of, isRefused, remedy }: Looked,
): Promise<Accepted> {
  if (!problems.isEmpty) {
    const wrong = problems.toError('COLLECTOR_RECORDS_INVALID', of, remedy);
    if (isRefused) throw wrong;
    parts.metrics?.refused(wrong.code);
    parts.logger.warn({ client, wrong: problems.wrongCount, records: of.count }, 'records were left out');
  }
  await appendParts(
    parts.log,
    batches.flatMap((batch) => batch.parts()),
    ids,
  );
  for (const batch of batches)
    for (const [topic, count] of batch.durable()) parts.metrics?.accepted(topic, count);
  const sampledOut = batches.reduce((sum, { leftOutCount }) => sum + leftOutCount, 0);
  if (sampledOut > 0) parts.metrics?.sampledOut(sampledOut);
  return {
    accepted: batches.reduce((sum, { count }) => sum + count, 0),
    ...(sampledOut === 0 ? {} : { sampledOut }),
    ids: [...ids.values()],
    ...(problems.isEmpty ? {} : { refused: problems.summary() }),
  };
}
