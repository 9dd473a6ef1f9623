import { invariant } from '@burnline/core';
import type {
  CommittedPosition,
  LogMessage,
  PartitionAppend,
  PartitionBounds,
  PartitionId,
  TopicSpec,
} from '../event-log.ts';
import { READ_COUNT_MAX, type LogStorage } from '../in-process/log-storage.ts';
import { partitionKey } from '../partitions.ts';
import type { MemoryDisk, MemoryPartition } from './memory-disk.ts';

/** Every write takes effect within the call, so a run is a function of the calls and the clock alone. */
export class MemoryStorage implements LogStorage {
  readonly #disk: MemoryDisk;
  readonly #nowMs: () => number;

  constructor(disk: MemoryDisk, nowMs: () => number) {
    this.#disk = disk;
    this.#nowMs = nowMs;
  }

  topic(name: string): TopicSpec | undefined {
    return this.#disk.topics.get(name)?.spec;
  }

  putTopics(specs: readonly TopicSpec[]): Promise<void> {
    for (const spec of specs) {
      const existing = this.#disk.topics.get(spec.name);
      if (existing !== undefined) {
        existing.spec = spec;
        continue;
      }
      const partitions = Array.from({ length: spec.partitionCount }, () => ({
        startOffset: 0,
        messages: [],
      }));
      this.#disk.topics.set(spec.name, { spec, partitions });
    }
    return Promise.resolve();
  }

  append(batches: readonly PartitionAppend[]): Promise<readonly number[]> {
    const appendMs = this.#nowMs();
    const firstOffsets = batches.map((batch) => {
      const { messages, startOffset } = this.#partition(batch);
      const firstOffset = startOffset + messages.length;
      for (const { value, timestampMs } of batch.messages) {
        messages.push({
          offset: startOffset + messages.length,
          timestampMs: timestampMs ?? appendMs,
          appendMs,
          value: Buffer.from(value),
        });
      }
      return firstOffset;
    });
    return Promise.resolve(firstOffsets);
  }

  read(
    from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number },
  ): readonly LogMessage[] {
    const { startOffset, messages } = this.#partition(from);
    const read: LogMessage[] = [];
    let readBytes = 0;
    for (let index = from.fromOffset - startOffset; read.length < READ_COUNT_MAX; index += 1) {
      const message = messages[index];
      if (message === undefined) break;
      readBytes += message.value.byteLength;
      if (read.length > 0 && readBytes > from.bytesMax) break;
      // A copy: what a caller does to it must not reach the log.
      read.push({
        offset: message.offset,
        timestampMs: message.timestampMs,
        value: Buffer.from(message.value),
      });
    }
    return read;
  }

  bounds({ topic, partition }: PartitionId): PartitionBounds {
    const { startOffset, messages } = this.#partition({ topic, partition });
    return { topic, partition, startOffset, endOffset: startOffset + messages.length };
  }

  commit(group: string, positions: readonly CommittedPosition[]): Promise<void> {
    const committed = this.#disk.positions.get(group) ?? new Map<string, CommittedPosition>();
    this.#disk.positions.set(group, committed);
    for (const position of positions) committed.set(partitionKey(position), { ...position });
    return Promise.resolve();
  }

  committed(group: string, partition: PartitionId): CommittedPosition | null {
    return this.#disk.positions.get(group)?.get(partitionKey(partition)) ?? null;
  }

  expire(): Promise<number> {
    const nowMs = this.#nowMs();
    let expiredCount = 0;
    for (const { spec, partitions } of this.#disk.topics.values()) {
      for (const partition of partitions) expiredCount += expirePartition(partition, spec, nowMs);
    }
    return Promise.resolve(expiredCount);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #partition({ topic, partition }: PartitionId): MemoryPartition {
    const found = this.#disk.topics.get(topic)?.partitions[partition];
    invariant(found !== undefined, `partition ${partition} of "${topic}" was checked before`);
    return found;
  }
}

/** The oldest go while they are too old or while the partition holds too much; the newest never goes for size, and so many of the newest as the topic says never go. */
function expirePartition(partition: MemoryPartition, spec: TopicSpec, nowMs: number): number {
  const { messages } = partition;
  let heldBytes = messages.reduce((sum, { value }) => sum + value.byteLength, 0);
  let expiredCount = 0;
  for (const { appendMs, value } of messages.slice(0, Math.max(0, messages.length - spec.messagesKeptMin))) {
    const isOld = spec.retentionMs !== null && nowMs - appendMs > spec.retentionMs;
    const isOver =
      spec.retentionBytes !== null && heldBytes > spec.retentionBytes && expiredCount < messages.length - 1;
    if (!isOld && !isOver) break;
    heldBytes -= value.byteLength;
    expiredCount += 1;
  }
  partition.messages = messages.slice(expiredCount);
  partition.startOffset += expiredCount;
  return expiredCount;
}
