import { uuidFromBytes } from '@burnline/contracts';
import type { CollectorParts } from '../collector-parts.ts';
import type { RecordBatch } from '../live-writer.ts';
import { readRecords, type RecordForm } from '../records/read-records.ts';
import type { Accepted, Exchange } from './dialect.ts';
import { keepRecords } from './keep-records.ts';

/** How a dialect of records says what it has to say. */
interface RecordsHow<Item> {
  readonly batch: RecordBatch<Item>;
  readonly form: RecordForm;
  /** The record that a value stands for; null: none. Throws an AppError (`dead-letter`) with `details.issues` for one that is wrong. */
  readonly recordOf: (value: unknown, index: number) => Item | null;
  /**
   * What becomes of the right records of a request that holds wrong ones. Whoever sends again what is refused is told to
   * mend it; whoever throws it away should not lose the others with it.
   */
  readonly mixed: 'refused' | 'taken';
  /** What to do about records that are wrong. */
  readonly remedy: string;
}

/** Takes a body of records. Rejects with COLLECTOR_RECORDS_INVALID, or as `appendParts` does. */
export async function takeRecords<Item extends { readonly event_id: Uint8Array }>(
  parts: CollectorParts,
  { body, client, turns, signal }: Exchange,
  { batch, form, recordOf, mixed, remedy }: RecordsHow<Item>,
): Promise<Accepted> {
  const idByIndex = new Map<number, string>();
  const reading = readRecords(body, form, (value, index) => {
    const record = recordOf(value, index);
    if (record === null) return;
    if (batch.add(record, index)) idByIndex.set(index, uuidFromBytes(record.event_id));
  });
  await turns.run(reading.step, signal);
  return keepRecords(parts, {
    batches: [batch],
    client,
    ids: idByIndex,
    problems: reading.problems,
    of: { count: reading.count, noun: 'record' },
    isRefused: mixed === 'refused' || (idByIndex.size === 0 && batch.leftOutCount === 0),
    remedy,
  });
}
