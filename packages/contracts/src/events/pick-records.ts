import { varintBytes, writeVarint, zigzag } from '@burnline/core';
import { FRAME_BYTES } from './batch-format.ts';
import type { BatchLayout } from './batch-layout.ts';

/** The empty block that ends the array. */
const END_BYTES = 1;

/**
 * A message of some of another's records, byte for byte, in one block: for records that belong elsewhere. `indexes` are
 * those of records, one at least.
 */
export function pickRecords(
  message: Uint8Array,
  layout: Pick<BatchLayout, 'starts' | 'ends'>,
  indexes: readonly number[],
): Uint8Array {
  const count = zigzag(indexes.length);
  const records = indexes.map((index) => message.subarray(layout.starts[index], layout.ends[index]));
  const recordBytes = records.reduce((sum, record) => sum + record.length, 0);
  const picked = new Uint8Array(FRAME_BYTES + varintBytes(count) + recordBytes + END_BYTES);
  picked.set(message.subarray(0, FRAME_BYTES));
  let position = writeVarint(picked, FRAME_BYTES, count);
  for (const record of records) {
    picked.set(record, position);
    position += record.length;
  }
  return picked;
}
