import type { StreamEpoch } from '@burnline/runtime';
import type { PendingMessage } from './pending-message.ts';

/** Where in which log a message stands. */
export interface Where {
  readonly partition: number;
  readonly epoch: StreamEpoch;
}

export type RawMessage = Extract<PendingMessage, { kind: 'inference' | 'verdict' }>;

/** A message of events that is to be written, of any partition. */
export interface RawItem {
  readonly pending: RawMessage;
  readonly where: Where;
}

/** Start of a row's life, epoch seconds: its log time, or in a replay the start of the epoch, whatever the data's age. */
export function keptSinceS(timestampMs: number, epoch: StreamEpoch): number {
  return Math.floor((epoch.clock === 'live' ? timestampMs : epoch.createdAtMs) / 1_000);
}
