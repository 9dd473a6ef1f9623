import type { SchemaSource } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import type { EventLog, LogMessage, PartitionId } from '../event-log/event-log.ts';
import { fetchSchemas } from './fetch-schemas.ts';
import { readKnown } from './read-known.ts';

/** Bytes read at a time while warming up. */
const WARM_UP_READ_BYTES = 4 * 1024 * 1024;

/**
 * First offset from which repeats are decided for what is counted from `before` on. Throws WARM_UP_EXPIRED if the log no
 * longer has it.
 */
export function warmUpStart(where: WarmUpRange): number {
  const next = Math.max(where.epochStart, where.before - where.windowMessages);
  if (next >= where.before || next >= where.logStart) return next;
  throw new AppError(
    'WARM_UP_EXPIRED',
    `${where.topic}/${where.partition}: repeats are decided from offset ${next} on, the log begins at ${where.logStart}`,
    { outcome: 'halt', remedy: 'Retention was shorter than the outage; see docs/operations.md.' },
  );
}

export interface WarmUpRange extends PartitionId {
  /** First offset that is counted, exclusive end of the warm-up. */
  readonly before: number;
  readonly windowMessages: number;
  /** First offset of the epoch: what lies before it belongs to others. */
  readonly epochStart: number;
  /** First offset that the log still has. */
  readonly logStart: number;
}

/**
 * Hands over the messages before a start, oldest first, so that repeats are decided as if everything had been read.
 * Rejects with WARM_UP_EXPIRED if the log no longer has them, and as `readKnown` where it gives too little.
 */
export async function readWarmUp(
  { log, schemas }: { readonly log: Pick<EventLog, 'read'>; readonly schemas: SchemaSource },
  where: WarmUpRange,
  onMessage: (message: LogMessage) => void,
): Promise<void> {
  let next = warmUpStart(where);
  while (next < where.before) {
    const messages = await readKnown(log, { ...where, fromOffset: next, bytesMax: WARM_UP_READ_BYTES });
    await fetchSchemas(schemas, messages);
    for (const message of messages) {
      if (message.offset >= where.before) return;
      onMessage(message);
      next = message.offset + 1;
    }
  }
}
