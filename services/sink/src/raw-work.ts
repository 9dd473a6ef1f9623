import type { BatchDecoder, SchemaSource } from '@burnline/contracts';
import { startOf, type EventLog, type Logger, type Store, type StreamWork } from '@burnline/runtime';
import { IdentityReader } from './identity-walk.ts';
import { MessageReader } from './message-reader.ts';
import { RawPartition, type RawSnapshot } from './raw-partition.ts';
import { RawWriter } from './raw-writer.ts';

/**
 * Bytes of messages in memory above which reading waits for the database. A flush on its way holds as much once more, and
 * two inserts' bodies beside it.
 */
const HELD_BYTES_MAX = 64 * 1024 * 1024;

/** Keeps every event and verdict as a row: what the sink does with the messages that StreamWorker hands it. */
export function createRawWork(parts: {
  readonly store: Store;
  /** Dead letters are appended to it; `DEAD_LETTERS_TOPIC` must be there. */
  readonly log: Pick<EventLog, 'append'>;
  readonly logger: Logger;
  readonly decoder: BatchDecoder;
  readonly schemas: SchemaSource;
  readonly repeatWindowMessages: number;
  readonly heldBytesMax?: number;
}): StreamWork<RawSnapshot> {
  const writer = new RawWriter(parts);
  const identities = new IdentityReader();
  return {
    consumer: 'sink',
    heldMax: parts.heldBytesMax ?? HELD_BYTES_MAX,
    writesMarks: false,
    open: (assigned, epoch) => {
      const partition = { topic: assigned.topic, partition: assigned.partition };
      const reader = new MessageReader({ ...parts, topic: assigned.topic, identities });
      return Promise.resolve(new RawPartition(partition, startOf(assigned, epoch), reader));
    },
    write: (snapshots, epochOf) => writer.write(snapshots, epochOf),
  };
}
