import type { SourceReport } from '@burnline/core';
import type { LogMessage } from '@burnline/runtime';

/** A message that is read and waits to be written: of its events only what the reader decided about them is kept beside it. */
export type PendingMessage =
  | {
      readonly kind: 'inference' | 'verdict';
      readonly message: LogMessage;
      readonly schemaId: number;
      readonly count: number;
      /** Event times, clamped to the message's timestamp, epoch microseconds. */
      readonly timesMicros: Float64Array;
      /** 1 for a repeat. */
      readonly repeats: Uint8Array;
    }
  | { readonly kind: 'report'; readonly message: LogMessage; readonly reports: readonly SourceReport[] }
  | { readonly kind: 'bad'; readonly message: LogMessage; readonly code: string; readonly reason: string };

/** Objects around a message's bytes, and nine bytes for each event: what it takes in memory while it waits. */
const MESSAGE_BYTES = 512;
const EVENT_BYTES = 9;

export function heldBytesOf(pending: PendingMessage): number {
  const eventCount = 'count' in pending ? pending.count : 0;
  return pending.message.value.length + MESSAGE_BYTES + eventCount * EVENT_BYTES;
}
