import type { SliPlan } from '@burnline/core';
import type { BatchDecoder, SchemaSource } from '@burnline/contracts';
import {
  startOf,
  type AssignedPartition,
  type EpochSettings,
  type PartitionWork,
  type Store,
  type StreamEpoch,
  type StreamWork,
} from '@burnline/runtime';
import { KernelEventCounter } from '../kernel/kernel-event-counter.ts';
import { PaneWriter } from './pane-writer.ts';
import { PartitionCounter, type PartitionSnapshot } from './partition-counter.ts';

/** Rows in memory above which reading waits for the database: some hundred bytes each. */
const HELD_ROWS_MAX = 400_000;

/** Counts a stream into panes: what the processor does with the messages that StreamWorker hands it. */
export function createPaneWork(parts: {
  readonly store: Store;
  readonly settings: EpochSettings;
  readonly plans: readonly SliPlan[];
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
}): StreamWork<PartitionSnapshot> {
  const writer = new PaneWriter(parts.store, parts.settings);
  // One for all partitions: compiled once, and its buffers are used by one message at a time.
  const counting = { settings: parts.settings, counter: new KernelEventCounter(parts) };
  return {
    consumer: 'processor',
    heldMax: HELD_ROWS_MAX,
    writesMarks: true,
    open: (assigned: AssignedPartition, epoch: StreamEpoch): PartitionWork<PartitionSnapshot> =>
      new PartitionCounter(
        { topic: assigned.topic, partition: assigned.partition },
        startOf(assigned, epoch),
        counting,
      ),
    write: (snapshots, epochOf) => writer.write(snapshots, epochOf),
  };
}
