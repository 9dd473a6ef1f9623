import { AppError } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { positionText, type LetterPosition } from './position.ts';

export type LetterState = 'open' | 'replayed' | 'given up';

/** A row of dead_letter_states. */
export interface Letter {
  readonly stream_epoch: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly log_time_ms: number;
  readonly code: string;
  readonly reason: string;
  readonly checksum: string;
  readonly value_bytes: number;
  readonly attempts: number;
  readonly state: LetterState;
  /** Null if it was not sent again from here. */
  readonly replayed_to: number | null;
}

export interface LetterFilter {
  readonly code?: string;
  readonly topic?: string;
  readonly state?: LetterState;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly limit: number;
}

const COLUMNS = `stream_epoch, topic, partition, offset, toUnixTimestamp64Milli(log_time) AS log_time_ms, code, reason,
  checksum, value_bytes, attempts, state, if(is_replayed, replayed_to, NULL) AS replayed_to`;

/** Newest first, at most `limit`. */
export async function readLetters(store: Store, filter: LetterFilter): Promise<readonly Letter[]> {
  return store.query<Letter>(
    `SELECT ${COLUMNS} FROM dead_letter_states
     WHERE ({code:String} = '' OR code = {code:String}) AND ({topic:String} = '' OR topic = {topic:String})
       AND ({state:String} = '' OR state = {state:String})
       AND log_time >= fromUnixTimestamp64Milli({since:Int64}) AND log_time < fromUnixTimestamp64Milli({until:Int64})
     ORDER BY log_time DESC, stream_epoch, partition, offset DESC LIMIT {limit:UInt32}`,
    {
      code: filter.code ?? '',
      topic: filter.topic ?? '',
      state: filter.state ?? '',
      since: filter.sinceMs ?? 0,
      until: filter.untilMs ?? UNTIL_MS_MAX,
      limit: filter.limit,
    },
  );
}

/** After every time that a letter can have. */
const UNTIL_MS_MAX = 2 ** 32 * 1_000;

/** Throws CLI_DEAD_LETTER_UNKNOWN. */
export async function readLetter(store: Store, at: LetterPosition): Promise<Letter> {
  const [letter] = await store.query<Letter>(
    `SELECT ${COLUMNS} FROM dead_letter_states
     WHERE (stream_epoch = {source:String} OR topic = {source:String})
       AND partition = {partition:UInt32} AND offset = {offset:UInt64}
     ORDER BY log_time DESC LIMIT 1`,
    { ...at },
  );
  if (letter !== undefined) return letter;
  throw new AppError(
    'CLI_DEAD_LETTER_UNKNOWN',
    `No dead letter stands at ${at.source}/${at.partition}/${at.offset}`,
    {
      remedy: '`burnline dead-letters list` shows where they stand; letters are kept for 90 days.',
    },
  );
}

/** The original bytes of letters, by `positionText`. */
export async function readValues(
  store: Store,
  letters: readonly Letter[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const rows = await store.query<{ stream_epoch: string; partition: number; offset: number; value: string }>(
    `SELECT stream_epoch, partition, offset, base64Encode(value) AS value FROM dead_letters FINAL
     WHERE (stream_epoch, partition, offset) IN
       (SELECT arrayJoin(arrayZip({epochs:Array(String)}, {partitions:Array(UInt16)}, {offsets:Array(UInt64)})))`,
    {
      epochs: letters.map((letter) => letter.stream_epoch),
      partitions: letters.map((letter) => letter.partition),
      offsets: letters.map((letter) => letter.offset),
    },
  );
  return new Map(rows.map((row) => [positionText(row), Buffer.from(row.value, 'base64')]));
}
