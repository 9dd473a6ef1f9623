import type { PartitionId } from './event-log.ts';

/** Topic and partition as one text, for maps. Topic names hold no slash, so it is unique. */
export function partitionKey({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`;
}

/** Partitions 0 to `partitionCount` - 1. */
export function partitionsOf(topic: string, partitionCount: number): PartitionId[] {
  return Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
}

/** In the order of their first items. */
export function groupedByTopic<T extends PartitionId>(items: readonly T[]): Map<string, T[]> {
  const byTopic = new Map<string, T[]>();
  for (const item of items) {
    const ofTopic = byTopic.get(item.topic);
    if (ofTopic === undefined) byTopic.set(item.topic, [item]);
    else ofTopic.push(item);
  }
  return byTopic;
}
