import { createHash } from 'node:crypto';
import { isAppError } from '@burnline/core';
import { CHECKPOINTS_TOPIC, DECISIONS_TOPIC } from '@burnline/contracts';
import type { EventLog, LogMessage } from '@burnline/runtime';
import type { Checkpoint } from './checkpoint.ts';
import { decodeLatest, encodeCheckpoint, partCountOf } from './checkpoint-parts.ts';

const READ_BYTES = 4 * 1024 * 1024;
/** Parts of two checkpoints may lie among each other where two notifiers wrote for a moment. */
const CHECKPOINTS_LOOKED_AT = 2;

/** Appends a checkpoint of the decision log, whose last message must be read by now. */
export async function writeCheckpoint(log: EventLog, checkpoint: Checkpoint): Promise<void> {
  const fingerprint = await fingerprintOf(log, checkpoint.offset);
  if (fingerprint === null) return;
  const messages = encodeCheckpoint({ checkpoint, fingerprint }).map((value) => ({ value }));
  await log.append([{ topic: CHECKPOINTS_TOPIC, partition: 0, messages }]);
}

/**
 * The latest checkpoint of the decision log; null where there is none that belongs to it: the log is read whole then. The
 * message before its offset must be the one that it was made after, so that a log which was made anew is not taken for it.
 */
export async function readCheckpoint(log: EventLog): Promise<Checkpoint | null> {
  try {
    const latest = decodeLatest(await readTail(log));
    if (latest === null) return null;
    const fingerprint = await fingerprintOf(log, latest.checkpoint.offset);
    return fingerprint === latest.fingerprint ? latest.checkpoint : null;
  } catch (error) {
    // A log that was set up before there were checkpoints, that grants no access to them, or that is another one has none.
    if (isAppError(error) && NO_CHECKPOINT.has(error.code)) return null;
    throw error;
  }
}

const NO_CHECKPOINT: ReadonlySet<string> = new Set([
  'LOG_TOPIC_UNKNOWN',
  'LOG_OFFSET_EXPIRED',
  'LOG_OFFSET_BEYOND_END',
  'LOG_REFUSED',
]);

/** The messages that hold the latest checkpoint. */
async function readTail(log: EventLog): Promise<readonly Uint8Array[]> {
  const [bounds] = await log.bounds([CHECKPOINTS_TOPIC]);
  if (bounds === undefined || bounds.startOffset === bounds.endOffset) return [];
  const { startOffset, endOffset } = bounds;
  const [last] = await readFrom(log, endOffset - 1, endOffset);
  const partCount = last === undefined ? null : partCountOf(last.value);
  if (partCount === null) return [];
  const from = Math.max(startOffset, endOffset - CHECKPOINTS_LOOKED_AT * partCount);
  return (await readFrom(log, from, endOffset)).map(({ value }) => value);
}

async function readFrom(
  log: EventLog,
  fromOffset: number,
  endOffset: number,
): Promise<readonly LogMessage[]> {
  const found: LogMessage[] = [];
  for (let next = fromOffset; next < endOffset;) {
    const from = { topic: CHECKPOINTS_TOPIC, partition: 0, fromOffset: next, bytesMax: READ_BYTES };
    const messages = await log.read(from);
    const last = messages.at(-1);
    if (last === undefined) break;
    found.push(...messages);
    next = last.offset + 1;
  }
  return found;
}

/** What tells the decision log before an offset from another one; null where its last message is gone. */
async function fingerprintOf(log: EventLog, offset: number): Promise<string | null> {
  const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: offset - 1, bytesMax: 1 };
  const [message] = await log.read(from);
  if (message?.offset !== offset - 1) return null;
  return createHash('sha256')
    .update(`${message.offset} ${message.timestampMs} `)
    .update(message.value)
    .digest('hex');
}
