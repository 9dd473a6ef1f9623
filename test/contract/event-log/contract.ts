import type { EventLog } from '@burnline/runtime';
import { describe } from 'vitest';
import { describeAppends } from './appends.ts';
import { describeGroups } from './groups.ts';
import { describePositions } from './positions.ts';
import { describeRetention } from './retention.ts';

/** A log under test, freshly made and empty. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** Closes the log and opens what it left behind. */
  readonly reopen: () => Promise<EventLog>;
  /** Closes whatever is open and removes what it left behind. */
  readonly destroy: () => Promise<void>;
  /** Sets the append clock, epoch ms; a log without it assigns real time. */
  readonly setClock?: (nowMs: number) => void;
  /** Applies retention to a log that `reopen` or the start gave; without it retention is not tested. */
  readonly expire?: (log: EventLog) => Promise<void>;
}

/**
 * The definition of the EventLog port, run for every adapter. It assumes nothing about timing: rebalances may take several
 * calls of `next`, a wait may end early or late, and deliveries may cut a partition's messages anywhere.
 */
export function describeEventLogContract(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`event log contract: ${name}`, () => {
    describeAppends(open);
    describePositions(open);
    describeGroups(open);
    describeRetention(open);
  });
}
