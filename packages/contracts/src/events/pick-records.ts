import { FRAME_BYTES } from './batch-format.ts';
import type { BatchLayout } from './batch-layout.ts';

/** The empty block that ends the array. */
const END_BYTES = 1;
/** Counts up to here take one byte as an Avro long (zigzag, seven bits a byte); those of a message never more than two. */
const COUNT_ONE_BYTE_MAX = 63;

/**
 * A message of some of another's records, byte for byte, in one block: for records that belong elsewhere. `indexes` are
 * those of records, one at least.
 */
export function pickRecords(
  message: Uint8Array,
  layout: Pick<BatchLayout, 'starts' | 'ends'>,
  indexes: readonly number[],
): Uint8Array {
  const count = indexes.length;
  const countBytes = count > COUNT_ONE_BYTE_MAX ? 2 : 1;
  const records = indexes.map((index) => message.subarray(layout.starts[index], layout.ends[index]));
  const recordBytes = records.reduce((sum, record) => sum + record.length, 0);
  const picked = new Uint8Array(FRAME_BYTES + countBytes + recordBytes + END_BYTES);
  picked.set(message.subarray(0, FRAME_BYTES));
  const zigzag = count * 2;
  picked[FRAME_BYTES] = countBytes === 1 ? zigzag : (zigzag & 0x7f) | 0x80;
  if (countBytes === 2) picked[FRAME_BYTES + 1] = zigzag >> 7;
  let position = FRAME_BYTES + countBytes;
  for (const record of records) {
    picked.set(record, position);
    position += record.length;
  }
  return picked;
}
