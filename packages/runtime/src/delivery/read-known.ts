import { AppError } from '@burnline/core';
import type { EventLog, LogMessage, PartitionId } from '../event-log/event-log.ts';

/**
 * Reads from an offset that the log is known to have passed: at least one message, without a hole before or between them.
 *
 * A leader that was just elected may not know the end yet and answer nothing, which is not the end: rejects with
 * DELIVERY_READ_SHORT (outcome `retry`). Rejects with DELIVERY_LOG_GAP where messages are missing.
 */
export async function readKnown(
  log: Pick<EventLog, 'read'>,
  from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number },
): Promise<readonly [LogMessage, ...LogMessage[]]> {
  const [first, ...rest] = await log.read(from);
  const { topic, partition, fromOffset } = from;
  if (first === undefined) {
    throw new AppError(
      'DELIVERY_READ_SHORT',
      `${topic}/${partition}: the log gave nothing at offset ${fromOffset}, which it has had before`,
      {
        outcome: 'retry',
        remedy: 'It passes once the leader of the partition knows its end; if it lasts, the log was cut.',
        details: { topic, partition, fromOffset },
      },
    );
  }
  const messages: [LogMessage, ...LogMessage[]] = [first, ...rest];
  for (const [index, { offset }] of messages.entries()) {
    if (offset !== fromOffset + index) throw logGap(from, { expectedOffset: fromOffset + index, offset });
  }
  return messages;
}

export function logGap(
  { topic, partition }: PartitionId,
  { expectedOffset, offset }: { readonly expectedOffset: number; readonly offset: number },
): AppError<'DELIVERY_LOG_GAP'> {
  return new AppError(
    'DELIVERY_LOG_GAP',
    `${topic}/${partition}: expected offset ${expectedOffset}, the log gave ${offset}`,
    {
      outcome: 'halt',
      remedy: 'Messages are missing from the log. Nothing was committed; see docs/operations.md.',
    },
  );
}
