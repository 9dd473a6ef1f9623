import type { BatchDecoder } from '@burnline/contracts';
import { startOf, type Logger, type Store, type StreamWork } from '@burnline/runtime';
import { MessageReader } from './message-reader.ts';
import { RawPartition, type RawSnapshot } from './raw-partition.ts';
import type { WriterSchemaOf } from './raw-rows.ts';
import { RawWriter } from './raw-writer.ts';

/** Bytes of messages in memory above which reading waits for the database. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;

/** Keeps every event and verdict as a row: what the sink does with the messages that StreamWorker hands it. */
export function createRawWork(parts: {
  readonly store: Store;
  readonly logger: Logger;
  readonly decoder: BatchDecoder;
  readonly schemaOf: WriterSchemaOf;
  readonly repeatWindowMessages: number;
}): StreamWork<RawSnapshot> {
  const writer = new RawWriter(parts);
  return {
    consumer: 'sink',
    heldMax: HELD_BYTES_MAX,
    writesMarks: false,
    open: (assigned, epoch) => {
      const partition = { topic: assigned.topic, partition: assigned.partition };
      const reader = new MessageReader(parts.decoder, parts.repeatWindowMessages);
      return Promise.resolve(new RawPartition(partition, startOf(assigned, epoch), reader));
    },
    write: (snapshots, epochOf) => writer.write(snapshots, epochOf),
  };
}
