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
import type { SpecCatalog } from '../specs/spec-catalog.ts';
import { createSpecMarkReader } from '../specs/spec-marks.ts';
import { createCounters } from './counters.ts';
import { countersIn } from './placed-counter.ts';
import { PaneWriter } from './pane-writer.ts';
import { PartitionCounter, type PartitionSnapshot } from './partition-counter.ts';

/** Rows in memory above which reading waits for the database: some hundred bytes each. */
const HELD_ROWS_MAX = 400_000;

/**
 * Counts a stream into panes: what the processor does with the messages that StreamWorker hands it. What is counted is
 * what the log announces.
 */
export function createPaneWork(parts: {
  readonly store: Store;
  readonly settings: EpochSettings;
  readonly catalog: SpecCatalog;
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
}): StreamWork<PartitionSnapshot> {
  const { catalog, settings, store } = parts;
  const writer = new PaneWriter(store, settings);
  const readSpecChange = createSpecMarkReader(parts);
  const counterOf = createCounters(parts);
  return {
    consumer: 'processor',
    heldMax: HELD_ROWS_MAX,
    writesMarks: true,
    letsBytesGo: true,
    open: async (
      assigned: AssignedPartition,
      epoch: StreamEpoch,
    ): Promise<PartitionWork<PartitionSnapshot>> => {
      const start = startOf(assigned, epoch);
      const specSet = await catalog.setOf(start.specSetId);
      const partition = { topic: assigned.topic, partition: assigned.partition };
      const counting = {
        settings,
        readSpecChange,
        counterOf: countersIn(assigned.topic, counterOf, parts.schemas),
      };
      return new PartitionCounter(partition, { ...start, specSet }, counting);
    },
    prepare: async (messages) => {
      await catalog.fetch(messages.flatMap((message) => readSpecChange(message.value)?.begun ?? []));
    },
    write: (snapshots, epochOf) => writer.write(snapshots, epochOf),
  };
}
