import type { PartitionId } from '../../event-log.ts';
import { translated, typeOf } from '../client/client-errors.ts';
import { recordBytesMax } from '../records/batch-format.ts';
import type { RecordInput } from '../records/encode-batch.ts';
import { tooLarge } from './append-errors.ts';

/** Messages of a partition per request: enough to fill a request, few enough that encoding never holds the loop long. */
const BATCH_MESSAGES_MAX = 500;
/** Of a partition per request, as far as the topic allows. */
const BATCH_BYTES_MAX = 1024 * 1024;

/** The messages of one call for one partition. */
interface Parcel {
  readonly records: readonly RecordInput[];
  /** Given to the records so far; the sum is in their order. */
  readonly offsets: number[];
  cutCount: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What waits for one partition, first in first out. */
export interface Lane extends PartitionId {
  parcels: Parcel[];
  waitingBytes: number;
  /** The topic's limit for a batch, as last seen. */
  batchBytesMax: number;
  /** One batch at a time, so that order holds over retries. */
  isInFlight: boolean;
}

export interface Batch {
  readonly lane: Lane;
  readonly parts: readonly { readonly parcel: Parcel; readonly count: number }[];
  readonly records: readonly RecordInput[];
}

/** The next messages of a partition, taken off it; null if there are none or others are in flight. */
export function cutBatch(lane: Lane): Batch | null {
  if (lane.isInFlight) return null;
  const parts: { parcel: Parcel; count: number }[] = [];
  const records: RecordInput[] = [];
  let bytes = 0;
  const bytesMax = Math.min(lane.batchBytesMax, BATCH_BYTES_MAX);
  for (const parcel of lane.parcels) {
    const start = parcel.cutCount;
    for (; parcel.cutCount < parcel.records.length; parcel.cutCount += 1) {
      const record = parcel.records[parcel.cutCount];
      if (record === undefined) break;
      const recordBytes = recordBytesMax(record.value.length);
      if (records.length > 0 && (records.length === BATCH_MESSAGES_MAX || bytes + recordBytes > bytesMax))
        break;
      records.push(record);
      bytes += recordBytes;
    }
    if (parcel.cutCount > start) parts.push({ parcel, count: parcel.cutCount - start });
    if (parcel.cutCount < parcel.records.length) break;
  }
  if (records.length === 0) return null;
  lane.parcels = lane.parcels.filter(({ cutCount, records: all }) => cutCount < all.length);
  lane.waitingBytes -= bytes;
  lane.isInFlight = true;
  return { lane, parts, records };
}

export function acknowledge({ parts }: Batch, baseOffset: number): void {
  let offset = baseOffset;
  for (const { parcel, count } of parts) {
    for (let index = 0; index < count; index += 1) parcel.offsets.push(offset++);
    if (parcel.offsets.length === parcel.records.length) parcel.resolve();
  }
}

/** The rest of the same calls is not sent: what stands of a call is a prefix. */
export function rejectBatch({ lane, parts }: Batch, error: unknown): void {
  const rejection =
    typeOf(error) === 'MESSAGE_TOO_LARGE' ? tooLarge(lane, error) : translated(error, 'an append');
  for (const { parcel } of parts) {
    for (const { value } of parcel.records.slice(parcel.cutCount))
      lane.waitingBytes -= recordBytesMax(value.length);
    parcel.reject(rejection);
  }
  const rejected = new Set(parts.map(({ parcel }) => parcel));
  lane.parcels = lane.parcels.filter((parcel) => !rejected.has(parcel));
}
