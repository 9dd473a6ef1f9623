import { uuidFromBytes, type RecordByKind } from '@burnline/contracts';
import type { CollectorParts } from '../collector-parts.ts';
import { readRecords, type RecordForm } from '../records/read-records.ts';
import type { Accepted, Exchange } from './dialect.ts';

type EventKind = 'inference' | 'verdict';

/** How a dialect of records says what it has to say. */
interface RecordsHow<Kind extends EventKind> {
  readonly kind: Kind;
  readonly form: RecordForm;
  /** The record that a value stands for; null: none. Throws an AppError (`dead-letter`) with `details.issues` for one that is wrong. */
  readonly recordOf: (value: unknown, index: number) => RecordByKind[Kind] | null;
  /**
   * What becomes of the right records of a request that holds wrong ones. Whoever sends again what is refused is told to
   * mend it; whoever throws it away should not lose the others with it.
   */
  readonly mixed: 'refused' | 'taken';
  /** What to do about records that are wrong. */
  readonly remedy: string;
}

/** Takes a body of records. Rejects with COLLECTOR_RECORDS_INVALID, or as `appendParts` does. */
export async function takeRecords<Kind extends EventKind>(
  parts: CollectorParts,
  { body, client, turns, signal }: Exchange,
  { kind, form, recordOf, mixed, remedy }: RecordsHow<Kind>,
): Promise<Accepted> {
  const batch = parts.writer.begin(kind);
  const idByIndex = new Map<number, string>();
  const reading = readRecords(body, form, (value, index) => {
    const record = recordOf(value, index);
    if (record === null) return;
    batch.add(record, index);
    idByIndex.set(index, uuidFromBytes(record.event_id));
  });
  await turns.run(reading.step, signal);
  const { problems } = reading;
  if (!problems.isEmpty) {
    const wrong = problems.toError(
      'COLLECTOR_RECORDS_INVALID',
      { count: reading.count, noun: 'record' },
      remedy,
    );
    if (mixed === 'refused' || idByIndex.size === 0) throw wrong;
    parts.metrics?.refused(wrong.code);
    parts.logger.warn(
      { client, wrong: problems.wrongCount, records: reading.count },
      'records were left out',
    );
  }
  await batch.append(idByIndex);
  const topic = kind === 'inference' ? parts.topics.inference : parts.topics.verdicts;
  parts.metrics?.accepted(topic, idByIndex.size);
  return {
    accepted: idByIndex.size,
    ids: [...idByIndex.values()],
    ...(problems.isEmpty ? {} : { refused: problems.summary() }),
  };
}
