import { partitionAt, pickRecords, type BatchFrame, type CheckedBatch } from '@burnline/contracts';

/**
 * Puts records where their ids belong, whatever their publisher took for the number of partitions: the number is the
 * log's, and repeats are found within a partition alone. A publisher that has it right pays nothing but the look; one that
 * does not know it yet, or knows an old one, has its messages cut up, each record's bytes as they were.
 */
export function placeFrame(
  frame: BatchFrame,
  batch: CheckedBatch,
  partitionCount: number,
): readonly BatchFrame[] {
  const { places } = batch;
  // Reports have no ids: a publisher's own stay together in order, in whichever partition it sends them to.
  if (places.length === 0) return [{ ...frame, partition: frame.partition % partitionCount }];
  const first = partitionAt(places[0] ?? 0, partitionCount);
  if (places.every((place) => partitionAt(place, partitionCount) === first))
    return [{ ...frame, partition: first }];
  const indexesByPartition = new Map<number, number[]>();
  for (const [index, place] of places.entries()) {
    const partition = partitionAt(place, partitionCount);
    const indexes = indexesByPartition.get(partition);
    if (indexes === undefined) indexesByPartition.set(partition, [index]);
    else indexes.push(index);
  }
  return [...indexesByPartition].map(([partition, indexes]) => ({
    topic: frame.topic,
    partition,
    value: pickRecords(frame.value, batch, indexes),
  }));
}
