import { inspectBatch, type SchemaSource } from '@burnline/contracts';
import type { Store, StreamEpoch } from '@burnline/runtime';
import { readValues, type Letter } from './letter-table.ts';
import { planReplay, type ReplayPlan } from './plan-replay.ts';
import { positionText } from './position.ts';

/** The epoch of a letter's topic, and its repeat window. */
export interface LetterStream {
  readonly epoch: StreamEpoch;
  readonly repeatWindowMessages: number;
}

interface StreamRow {
  readonly stream_epoch: string;
  readonly stream: string;
  readonly topic: string;
  readonly clock: 'live' | 'replay';
  readonly partition_count: number;
  readonly start_offsets: readonly number[];
  readonly repeat_window_messages: number;
  readonly created_ms: number;
}

/** By the epoch's name. */
export async function readLetterStreams(
  store: Store,
  letters: readonly Letter[],
): Promise<ReadonlyMap<string, LetterStream>> {
  const rows = await store.query<StreamRow>(
    `SELECT stream_epoch, stream, topic, clock, partition_count, start_offsets, repeat_window_messages,
            toUnixTimestamp64Milli(created_at) AS created_ms
     FROM stream_epochs FINAL WHERE stream_epoch IN {epochs:Array(String)}`,
    { epochs: [...new Set(letters.map((letter) => letter.stream_epoch))] },
  );
  return new Map(
    rows.map((row) => [
      row.stream_epoch,
      {
        epoch: {
          epoch: row.stream_epoch,
          stream: row.stream,
          topic: row.topic,
          clock: row.clock,
          partitionCount: row.partition_count,
          startOffsets: row.start_offsets,
          createdAtMs: row.created_ms,
        },
        repeatWindowMessages: row.repeat_window_messages,
      },
    ]),
  );
}

/** Letters whose bytes are looked at together: one of them may be a megabyte. */
const VALUES_PER_QUERY = 50;

/** What would be sent, and what not; sends nothing, and needs the database alone. */
export async function planOf(
  { store, schemas }: { readonly store: Store; readonly schemas: SchemaSource },
  letters: readonly Letter[],
): Promise<ReplayPlan> {
  const streams = await readLetterStreams(store, letters);
  const positions = await readSinkPositions(store, [...streams.keys()]);
  const readable = new Set<string>();
  for (let start = 0; start < letters.length; start += VALUES_PER_QUERY) {
    const values = await readValues(store, letters.slice(start, start + VALUES_PER_QUERY));
    for (const [position, value] of values)
      if (inspectBatch(value, schemas).fault === null) readable.add(position);
  }
  return planReplay(letters, (letter) => {
    const stream = streams.get(letter.stream_epoch);
    const sinkPosition = positions.get(`${letter.stream_epoch}/${letter.partition}`) ?? 0;
    return {
      isOfReplay: stream?.epoch.clock === 'replay',
      isReadable: readable.has(positionText(letter)),
      messagesSince: sinkPosition - letter.offset,
      repeatWindowMessages: stream?.repeatWindowMessages ?? 0,
    };
  });
}

/** How far the sink has come, by epoch and partition: the log reaches there at least. */
async function readSinkPositions(
  store: Store,
  epochs: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<{ stream_epoch: string; partition: number; position: number }>(
    `SELECT stream_epoch, partition, position FROM watermarks FINAL
     WHERE consumer = 'sink' AND stream_epoch IN {epochs:Array(String)}`,
    { epochs },
  );
  return new Map(rows.map((row) => [`${row.stream_epoch}/${row.partition}`, row.position]));
}
