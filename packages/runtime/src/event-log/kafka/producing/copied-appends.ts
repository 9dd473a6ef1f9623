import type { NewMessage, PartitionAppend, PartitionId } from '../../event-log.ts';
import { partitionKey } from '../../partitions.ts';

/** A call's messages, as they are kept until they are durable. */
export interface CopiedAppend extends PartitionId {
  readonly messages: readonly { readonly value: Buffer; readonly timestampMs?: number }[];
}

export function valueBytes(messages: readonly NewMessage[]): number {
  return messages.reduce((sum, { value }) => sum + value.byteLength, 0);
}

/** Into memory of their own, so that the caller may use its buffers again. */
export function copied(batches: readonly PartitionAppend[], bytes: number): CopiedAppend[] {
  const memory = Buffer.allocUnsafeSlow(bytes);
  let end = 0;
  const copy = (value: Uint8Array) => {
    const start = end;
    memory.set(value, start);
    end = start + value.byteLength;
    return memory.subarray(start, end);
  };
  return batches.map(({ topic, partition, messages }) => ({
    topic,
    partition,
    messages: messages.map((message) => ({ ...message, value: copy(message.value) })),
  }));
}

/** Of one partition together, in order; partitions without messages are left out. */
export function byPartition(batches: readonly CopiedAppend[]): Map<string, CopiedAppend> {
  const grouped = new Map<string, CopiedAppend>();
  for (const batch of batches) {
    if (batch.messages.length === 0) continue;
    const key = partitionKey(batch);
    const before = grouped.get(key);
    grouped.set(
      key,
      before === undefined ? batch : { ...batch, messages: [...before.messages, ...batch.messages] },
    );
  }
  return grouped;
}

/** An entry without messages gets the offset that the partition's next message has. */
export async function firstOffsets(
  batches: readonly CopiedAppend[],
  offsets: ReadonlyMap<string, readonly number[]>,
  endOf: (partition: PartitionId) => Promise<number>,
): Promise<readonly number[]> {
  const taken = new Map<string, number>();
  const found: number[] = [];
  for (const batch of batches) {
    const key = partitionKey(batch);
    const given = offsets.get(key) ?? [];
    const index = taken.get(key) ?? 0;
    taken.set(key, index + batch.messages.length);
    const last = given.at(-1);
    const first = given[index] ?? (last === undefined ? undefined : last + 1);
    found.push(first ?? (await endOf(batch)));
  }
  return found;
}
