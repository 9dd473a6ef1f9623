import type { Contribution, DecisionRecord } from '@burnline/contracts';

/** A decision that stands, and whether receivers are told of it or it is only recorded as inhibited. */
export interface Telling {
  readonly decision: DecisionRecord;
  readonly isTold: boolean;
  /** What receivers and tables know it by. */
  readonly key: string;
  /** When the alert fired, epoch ms; null if its fire is not in the log. */
  readonly firedAtMs: number | null;
  /** Receivers that are told, as the routes of its fire name them; absent: those that hear of everything. */
  readonly receivers?: readonly string[];
}

/** What was looked up beside a live decision, see `alert_contexts`. */
export interface TellingContext {
  readonly attribution: readonly Contribution[];
  readonly budgetRemaining: number | null;
  /** Something of the attribution could not be read in time. */
  readonly isUnread: boolean;
}

/** An address that whoever is told may open. */
export interface Link {
  readonly name: 'console' | 'runbook';
  readonly href: string;
  readonly text: string;
}

/** One thing to tell one receiver. */
export interface Notice {
  readonly telling: Telling;
  readonly context: TellingContext | null;
  /** How often a standing alert was told before: 0 for the first time. */
  readonly repeat: number;
  /** Where the console shows it; absent: nobody said where the console is, or it has no page. */
  readonly page?: Link;
  /** Nothing burns: somebody wants to see whether it arrives. */
  readonly isTest?: true;
}
