import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import type { EventLog } from '@burnline/runtime';

const LOG_READ_BYTES = 4 * 1024 * 1024;

/**
 * Where the announcements of specs lie in each partition of a topic. A rollout that is killed or has to wait between its
 * append and what the database says of it announces again: the repeat changes nothing and takes up an offset. So offsets
 * are compared by what lies before them without announcements, which must be the same in every run.
 */
export async function announcementsOf(log: EventLog, topic: string): Promise<readonly (readonly number[])[]> {
  const decoder = createBatchDecoder(loadPackageSchemas());
  const found: number[][] = [];
  for (const { partition, startOffset, endOffset } of await log.bounds([topic])) {
    const offsets: number[] = [];
    for (let next = startOffset; next < endOffset;) {
      const messages = await log.read({ topic, partition, fromOffset: next, bytesMax: LOG_READ_BYTES });
      next = messages.at(-1)!.offset + 1;
      for (const { offset, value } of messages) {
        const batch = decoder.decodeBatch(value);
        if (batch.kind === 'mark' && batch.records.some((mark) => mark.kind === 'specs'))
          offsets.push(offset);
      }
    }
    found[partition] = offsets;
  }
  return found;
}
