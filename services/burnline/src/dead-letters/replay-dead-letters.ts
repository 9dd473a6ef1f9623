import type { BatchDecoder, SchemaSource } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import type { Clock, EventLog, Logger, Store } from '@burnline/runtime';
import { writeAgain } from '@burnline/sink';
import { planOf, readLetterStreams, type LetterStream } from './letter-streams.ts';
import { readValues, type Letter } from './letter-table.ts';
import { ATTEMPTS_MAX, capText, type PlannedReplay, type RefusedReplay } from './plan-replay.ts';
import { positionText } from './position.ts';
import { countAttempts, recordAttempts, recordDone, type RecordedAttempt } from './replay-attempts.ts';

export interface ReplayPorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Who asks for it: a user of the operating system. */
  readonly user: string;
}

interface SentLetter extends PlannedReplay {
  /** Where it is in its partition now; its own offset if its rows were written there. */
  readonly toOffset: number;
}

export interface ReplayResult {
  readonly sent: readonly SentLetter[];
  readonly refused: readonly RefusedReplay[];
}

/** Letters that are recorded, sent and confirmed together, and the bytes of them: what a crash leaves unconfirmed at most. */
const BATCH_LETTERS_MAX = 50;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Sends dead letters again, at most ATTEMPTS_MAX times for each content wherever it stands. What could not be read is appended
 * to its own topic and partition; of what the database refused the rows are written at its own position.
 *
 * Each attempt is recorded before it is made. Rejects with LOG_TOPIC_UNKNOWN before anything is recorded.
 */
export async function replayDeadLetters(
  ports: ReplayPorts,
  letters: readonly Letter[],
): Promise<ReplayResult> {
  const { planned, refused } = await planOf(ports, letters);
  await ports.log.bounds([...new Set(planned.map(({ letter }) => letter.topic))]);
  const streams = await readLetterStreams(ports.store, letters);
  const sent: SentLetter[] = [];
  const all: RefusedReplay[] = [...refused];
  for (const batch of batchesOf(planned)) {
    const result = await sendBatch(ports, streams, batch);
    sent.push(...result.sent);
    all.push(...result.refused);
  }
  return { sent, refused: all };
}

async function sendBatch(
  ports: ReplayPorts,
  streams: ReadonlyMap<string, LetterStream>,
  batch: readonly PlannedReplay[],
): Promise<ReplayResult> {
  const { store, clock, user } = ports;
  const recorded = await recordAttempts(store, batch, { user, nowMs: clock.nowMs() });
  // Counted after the record: of two who send the same content at once, neither goes beyond the cap.
  const counts = await countAttempts(store, recorded);
  const countOf = ({ letter }: RecordedAttempt): number => counts.get(letter.checksum) ?? 0;
  const allowed = recorded.filter((attempt) => countOf(attempt) <= ATTEMPTS_MAX);
  const refused: RefusedReplay[] = recorded
    .filter((attempt) => countOf(attempt) > ATTEMPTS_MAX)
    .map((attempt) => ({ letter: attempt.letter, why: capText(countOf(attempt) - 1) }));
  const toAppend = allowed.filter(({ way }) => way === 'append');
  const done = await appendAgain(ports, toAppend);
  for (const attempt of toAppend)
    if (!done.some((one) => one.attempt === attempt))
      refused.push({ letter: attempt.letter, why: 'its row has expired meanwhile' });
  for (const attempt of allowed.filter(({ way }) => way === 'write')) {
    const { letter } = attempt;
    if (await writeRows(ports, streams, letter)) done.push({ attempt, toOffset: letter.offset });
    else refused.push({ letter, why: 'the database refuses it again' });
  }
  await recordDone(store, done, user);
  return { sent: done.map(({ attempt, toOffset }) => ({ ...attempt, toOffset })), refused };
}

interface Done {
  readonly attempt: RecordedAttempt;
  readonly toOffset: number;
}

async function appendAgain(
  { store, log }: ReplayPorts,
  attempts: readonly RecordedAttempt[],
): Promise<Done[]> {
  if (attempts.length === 0) return [];
  const values = await readValues(
    store,
    attempts.map(({ letter }) => letter),
  );
  const found = attempts.flatMap((attempt) => {
    const value = values.get(positionText(attempt.letter));
    return value === undefined ? [] : [{ attempt, value }];
  });
  // An entry for each: the log tells the offset of each entry.
  const offsets = await log.append(
    found.map(({ attempt, value }) => ({
      topic: attempt.letter.topic,
      partition: attempt.letter.partition,
      messages: [{ value }],
    })),
  );
  return found.flatMap(({ attempt }, index) => {
    const toOffset = offsets[index];
    return toOffset === undefined ? [] : [{ attempt, toOffset }];
  });
}

function writeRows(
  ports: ReplayPorts,
  streams: ReadonlyMap<string, LetterStream>,
  letter: Letter,
): Promise<boolean> {
  const stream = streams.get(letter.stream_epoch);
  if (stream === undefined) {
    throw new AppError('DEAD_LETTER_EPOCH_UNKNOWN', `No epoch ${letter.stream_epoch} is recorded`, {
      remedy: 'The table stream_epochs is not the one of these letters: restore the database as a whole.',
    });
  }
  return writeAgain(ports, { ...stream, partition: letter.partition, offset: letter.offset });
}

function batchesOf(planned: readonly PlannedReplay[]): readonly (readonly PlannedReplay[])[] {
  const batches: PlannedReplay[][] = [];
  let bytes = 0;
  for (const one of planned) {
    const batch = batches.at(-1);
    bytes += one.letter.value_bytes;
    if (batch === undefined || batch.length >= BATCH_LETTERS_MAX || bytes > BATCH_BYTES_MAX) {
      batches.push([one]);
      bytes = one.letter.value_bytes;
    } else batch.push(one);
  }
  return batches;
}
