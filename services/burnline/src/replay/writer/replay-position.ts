import type { BatchDecoder } from '@burnline/contracts';
import { readKnown, type EventLog, type LogMessage, type PartitionBounds } from '@burnline/runtime';

/** How far an earlier run of the same replay came. */
export interface ReplayPosition {
  /** Every record before this instant (epoch ms) is in the log and acknowledged; null if nothing is known to be. */
  readonly acknowledgedThroughMs: number | null;
  readonly isComplete: boolean;
}

/** Messages read at a time while looking back for the last mark. */
const LOOK_BACK_MESSAGES = 256;
const LOOK_BACK_BYTES = 8 * 1024 * 1024;

/**
 * Reads the position off the log itself: a mark is appended to every partition after all that lies before it is
 * acknowledged, so the oldest of the partitions' last marks is what is certain.
 */
export async function findReplayPosition(
  log: EventLog,
  decoder: BatchDecoder,
  topics: readonly string[],
): Promise<ReplayPosition> {
  const bounds = await log.bounds(topics);
  const marks = await Promise.all(bounds.map((partition) => lastMark(log, decoder, partition)));
  const known = marks.flatMap((mark) => mark ?? []);
  if (known.length < marks.length || known.length === 0)
    return { acknowledgedThroughMs: null, isComplete: false };
  return {
    acknowledgedThroughMs: Math.min(...known.map((mark) => mark.atMs)),
    isComplete: known.every((mark) => mark.kind === 'end'),
  };
}

interface FoundMark {
  readonly kind: string;
  readonly atMs: number;
}

async function lastMark(
  log: EventLog,
  decoder: BatchDecoder,
  bounds: PartitionBounds,
): Promise<FoundMark | null> {
  let end = bounds.endOffset;
  while (end > bounds.startOffset) {
    const start = Math.max(bounds.startOffset, end - LOOK_BACK_MESSAGES);
    const messages: LogMessage[] = [];
    for (let next = start; next < end; next = (messages.at(-1)?.offset ?? end) + 1) {
      messages.push(...(await readKnown(log, { ...bounds, fromOffset: next, bytesMax: LOOK_BACK_BYTES })));
    }
    for (const message of messages.filter((one) => one.offset < end).reverse()) {
      const layout = decoder.walkBatch(message.value);
      if (layout.kind !== 'mark') continue;
      const batch = decoder.decodeBatch(message.value);
      const [mark] = batch.kind === 'mark' ? batch.records : [];
      if (mark !== undefined && mark.kind !== 'specs') return { kind: mark.kind, atMs: message.timestampMs };
    }
    end = start;
  }
  return null;
}
