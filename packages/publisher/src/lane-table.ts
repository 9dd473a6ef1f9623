import { createBatchEncoder, partitionOf, streamTopicNames, uuidFromContent } from '@burnline/contracts';
import type { SchemaSource } from '@burnline/contracts';
import { createLane } from './lane.ts';
import type { Lane, LaneKind, LaneQueue } from './lane.ts';
import type { ResolvedOptions } from './publisher-options.ts';

/**
 * Every lane of a publisher, made when its partition gets its first record. The number of partitions may come to be known,
 * or to be another, while lanes are in use: whoever told it puts right what lies in the wrong one.
 */
export interface LaneTable {
  /** The lane of an event. Throws for an id that is none. */
  inference(eventId: Uint8Array): Lane<'inference'>;
  verdicts(eventId: Uint8Array): Lane<'verdict'>;
  /** All reports of one publisher share a partition, so that they stay in order. */
  reports(): Lane<'report'>;
  /** All lanes made so far, at most two per partition and one. */
  readonly all: readonly LaneQueue[];
}

export function createLaneTable(
  options: ResolvedOptions,
  schemas: SchemaSource,
  onBytes: (changeBytes: number) => void,
): LaneTable {
  const { batchEventsMax } = options;
  const topics = streamTopicNames(options.stream);
  const all: LaneQueue[] = [];
  const make = <Kind extends LaneKind>(kind: Kind, topic: string, partition: number): Lane<Kind> => {
    const encoder = createBatchEncoder({
      kind,
      schemas,
      bytesMax: options.batchBytesMax,
      countMax: batchEventsMax,
    });
    const isCounted = kind !== 'report';
    const { monotonicMs } = options;
    const lane = createLane({ topic, partition, encoder, batchEventsMax, isCounted, onBytes, monotonicMs });
    all.push(lane);
    return lane;
  };
  const inference: Lane<'inference'>[] = [];
  const verdicts: Lane<'verdict'>[] = [];
  let reports: Lane<'report'> | null = null;
  const reportPartition = (): number =>
    partitionOf(uuidFromContent(options.instance), options.partitionCount());
  return {
    inference: (eventId) => {
      const partition = partitionOf(eventId, options.partitionCount());
      return (inference[partition] ??= make('inference', topics.inference, partition));
    },
    verdicts: (eventId) => {
      const partition = partitionOf(eventId, options.partitionCount());
      return (verdicts[partition] ??= make('verdict', topics.verdicts, partition));
    },
    reports: () => (reports ??= make('report', topics.reports, reportPartition())),
    all,
  };
}
