import { partitionOf, pickRecords, type BatchDecoder, type BatchFrame } from '@burnline/contracts';
import type { CollectorParts } from '../../collector-parts.ts';

/** A message that was walked to its last byte, and the messages that it makes in the log. */
export interface PlacedFrame {
  /** Records in it. */
  readonly count: number;
  readonly schemaId: number;
  readonly frames: readonly BatchFrame[];
}

/**
 * Puts records where their ids belong, whatever their publisher took for the number of partitions: the number is the
 * log's, and repeats are found within a partition alone. A publisher that has it right pays nothing but the look; one that
 * does not know it yet, or knows an old one, has its messages cut up, each record's bytes as they were.
 *
 * Throws CONTRACT_DECODE_FAILED for bytes that are no batch of their topic's kind, CONTRACT_SCHEMA_UNKNOWN.
 */
export function framePlacer({
  decoder,
  topics,
}: Pick<CollectorParts, 'decoder' | 'topics'>): (frame: BatchFrame) => PlacedFrame {
  const { partitionCount } = topics;
  const idsOf = new Map([
    [topics.inference, idReader(decoder, 'inference')],
    [topics.verdicts, idReader(decoder, 'verdict')],
  ]);
  return (frame) => {
    const read = idsOf.get(frame.topic);
    // Reports have no ids: a publisher's own stay together in order, in whichever partition it sends them to.
    if (read === undefined) {
      const { count, schemaId } = decoder.walkBatch(frame.value);
      return { count, schemaId, frames: [{ ...frame, partition: frame.partition % partitionCount }] };
    }
    const { records, ...layout } = read(frame.value);
    const { count, schemaId } = layout;
    const indexesByPartition = new Map<number, number[]>();
    for (const [index, { event_id }] of records.entries()) {
      const partition = partitionOf(event_id, partitionCount);
      const indexes = indexesByPartition.get(partition);
      if (indexes === undefined) indexesByPartition.set(partition, [index]);
      else indexes.push(index);
    }
    const [first] = indexesByPartition.keys();
    if (indexesByPartition.size < 2)
      return { count, schemaId, frames: [{ ...frame, partition: first ?? 0 }] };
    const frames = [...indexesByPartition].map(([partition, indexes]) => ({
      topic: frame.topic,
      partition,
      value: pickRecords(frame.value, layout, indexes),
    }));
    return { count, schemaId, frames };
  };
}

function idReader(decoder: BatchDecoder, kind: 'inference' | 'verdict') {
  return decoder.createProjectedDecoder(kind, ['event_id']);
}
