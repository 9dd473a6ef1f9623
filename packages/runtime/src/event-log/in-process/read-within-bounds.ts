import { invariant } from '@burnline/core';
import type { LogMessage, PartitionId } from '../event-log.ts';
import { beyondEndError, expiredError } from '../shared/checks.ts';
import type { LogStorage } from './log-storage.ts';

/**
 * Reads within the bounds; nothing at the end. Throws LOG_OFFSET_EXPIRED below the start. An offset beyond the end is
 * LOG_OFFSET_BEYOND_END and not an empty answer, which would wait for ever on a log that was replaced.
 */
export function readWithinBounds(
  storage: LogStorage,
  from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number },
): readonly LogMessage[] {
  const { fromOffset } = from;
  invariant(Number.isSafeInteger(fromOffset) && fromOffset >= 0, `offset ${fromOffset} is a whole number`);
  const { startOffset, endOffset } = storage.bounds(from);
  if (fromOffset < startOffset) throw expiredError(from, startOffset);
  if (fromOffset > endOffset) throw beyondEndError(from, endOffset);
  if (fromOffset === endOffset) return [];
  const messages = storage.read(from);
  // Retention may commit between the look at the bounds and the read.
  if (messages.length === 0) throw expiredError(from, storage.bounds(from).startOffset);
  return messages;
}
