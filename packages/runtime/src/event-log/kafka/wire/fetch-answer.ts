import type { FetchedPartition } from './wire.ts';

export interface FetchAnswer {
  /** kafkajs's connections wait so long before the next request, if the broker asks for it. */
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

/**
 * Decodes a Fetch response, version 11. kafkajs's own decoder throws at the first partition with an error, so that one bad
 * partition hides the answers of all others of its broker, and makes objects of every record's every field.
 */
export function decodeFetchAnswer(raw: Buffer): FetchAnswer {
  const clientSideThrottleTime = raw.readInt32BE(0);
  const errorCode = raw.readInt16BE(4);
  const partitions: FetchedPartition[] = [];
  let position = 14;
  for (let topicsLeft = raw.readInt32BE(10); topicsLeft > 0; topicsLeft -= 1) {
    const nameEnd = position + 2 + raw.readInt16BE(position);
    const topic = raw.toString('utf8', position + 2, nameEnd);
    position = nameEnd + 4;
    for (let left = raw.readInt32BE(nameEnd); left > 0; left -= 1) {
      const abortedCount = Math.max(0, raw.readInt32BE(position + 30));
      const recordsAt = position + 34 + abortedCount * 16 + 4;
      const recordsEnd = recordsAt + 4 + Math.max(0, raw.readInt32BE(recordsAt));
      partitions.push({
        topic,
        partition: raw.readInt32BE(position),
        errorCode: raw.readInt16BE(position + 4),
        endOffset: Number(raw.readBigInt64BE(position + 6)),
        records: raw.subarray(recordsAt + 4, recordsEnd),
      });
      position = recordsEnd;
    }
  }
  return { clientSideThrottleTime, errorCode, partitions };
}
