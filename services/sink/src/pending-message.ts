import type { SourceReport } from '@burnline/core';
import type { LogMessage } from '@burnline/runtime';

/** One event or verdict within a message: where its bytes are, and what the reader decided about it. */
export interface PendingDatum {
  readonly start: number;
  readonly end: number;
  readonly eventId: Uint8Array;
  /** Event time, clamped to the message's timestamp, epoch microseconds. */
  readonly timeMicros: number;
  readonly isRepeat: boolean;
}

/** A message that is read and waits to be written. */
export type PendingMessage =
  | {
      readonly kind: 'inference' | 'verdict';
      readonly message: LogMessage;
      readonly schemaId: number;
      readonly datums: readonly PendingDatum[];
    }
  | { readonly kind: 'report'; readonly message: LogMessage; readonly reports: readonly SourceReport[] }
  | { readonly kind: 'bad'; readonly message: LogMessage; readonly code: string; readonly reason: string };
