import { createBatchDecoder, topicsOf, type SchemaSource } from '@burnline/contracts';
import {
  createLogger,
  openMemoryLog,
  type LogMessage,
  type Store,
  type StreamEpoch,
} from '@burnline/runtime';
import { createRawWork } from '@burnline/sink';

/** Writes messages of one partition into the raw tables, by the sink's own path. */
export async function writeRawRows(
  store: Store,
  schemas: SchemaSource,
  epoch: StreamEpoch,
  messages: readonly LogMessage[],
): Promise<void> {
  const log = openMemoryLog({ nowMs: () => 0 });
  // Some random integers are beyond 2^53: their messages are dead letters, and count nowhere.
  await log.ensureTopics([topicsOf(epoch.stream, { partitionCount: 1, kind: epoch.clock }).deadLetters]);
  const work = createRawWork({
    store,
    log,
    logger: createLogger({ name: 'test', level: 'silent' }),
    decoder: createBatchDecoder(schemas),
    schemas,
    repeatWindowMessages: 16,
  });
  const bounds = { startOffset: 0, endOffset: messages.length, committed: null, position: 0 };
  const partition = await work.open({ topic: epoch.topic, partition: 0, ...bounds }, epoch);
  for (const message of messages) partition.apply(message);
  const snapshot = partition.takeSnapshot();
  if (snapshot !== null) await work.write([snapshot], () => epoch);
}
