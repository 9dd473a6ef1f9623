import type { ReportKind } from './report-period.ts';

type Labels = Readonly<Record<string, string>>;

/** Where bad events came from, see core's `Attributed`. */
export interface ReportReason {
  readonly dimension: string;
  readonly value: string;
  /** Of all bad events and of all events, 0 to 1. */
  readonly badShare: number;
  readonly trafficShare: number;
  /** Bad events beyond those that it would have had, had it gone with it as with the events it is held against. */
  readonly excess: number;
  readonly method: string;
  /** Of a composite: the part whose bad events they are, which spent most. */
  readonly part?: string;
}

/** What one part of a composite did in the report's time, over all its series. */
export interface ReportPart {
  readonly slo: string;
  readonly bad: number;
  readonly total: number;
  /** What it adds to what the composite spent: its share of bad over its own budget, times its weight. */
  readonly spentRatio: number;
}

/**
 * One series of one SLO over the report's time. Counts are in what the SLO counts; of a composite, which counts nothing itself, they and its
 * target stand for what its parts burn, and tell people nothing.
 */
export interface ReportBudget {
  readonly slo: string;
  readonly displayName: string;
  readonly service: string;
  readonly dimension: string;
  readonly labels: Labels;
  readonly targetRatio: number;
  /** The SLO's own budget period, as its document writes it. */
  readonly period: string;
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  /** good / total; null where nothing counted. */
  readonly sliRatio: number | null;
  /** bad / (total x (1 - target)): 1 is all that the time allows. Null where nothing counted. */
  readonly spentRatio: number | null;
  /** Whether the SLI was at its target or above, decided on integers; null where nothing counted. */
  readonly isMet: boolean | null;
  /** What was left of the budget of its own period when the time began and ended, signed; null where nobody had judged it. */
  readonly leftBeforeRatio: number | null;
  readonly leftAfterRatio: number | null;
  /** State at the end. */
  readonly state: string;
  readonly coverage: number;
  /** Of those that spent most; empty of others, and where raw rows do not tell. */
  readonly reasons: readonly ReportReason[];
  /** Of a composite, the one that spent most first; of others, and of reports that were kept before there were any, absent. */
  readonly parts?: readonly ReportPart[];
}

/** An alert that fired in the report's time. */
export interface ReportAlert {
  readonly slo: string;
  readonly labels: Labels;
  readonly tier: string;
  readonly severity: string;
  readonly state: string;
  readonly firedAtMs: number;
  /** From the first bad event of its long window to the decision; null where its rows do not tell. */
  readonly detectMs: number | null;
  /** From the decision to its end; null while it is open. */
  readonly resolveMs: number | null;
}

export interface ReportCost {
  readonly costNanoUsd: number;
  readonly requests: number;
  readonly unpriced: number;
  /** Of the stretch of the same length before; null where its raw rows are gone. */
  readonly before: { readonly costNanoUsd: number; readonly requests: number } | null;
  /** The most expensive first. */
  readonly services: readonly {
    readonly service: string;
    readonly costNanoUsd: number;
    readonly requests: number;
  }[];
  /** By day, of each service. */
  readonly days: readonly { readonly atMs: number; readonly service: string; readonly costNanoUsd: number }[];
}

/** Something that somebody has to do, or that happens by itself unless they do. */
export interface ReportDue {
  readonly kind: 'budget' | 'alert' | 'override';
  /** Null: it is due now. Epoch ms. */
  readonly atMs: number | null;
  readonly what: string;
  readonly text: string;
}

/** What was left of one budget when each day ended. */
export interface ReportBurnDown {
  readonly slo: string;
  readonly labels: Labels;
  readonly points: readonly { readonly atMs: number; readonly remainingRatio: number | null }[];
}

/** A week or a month of one stream as it was known when the report was made. Times are epoch ms, to exclusive. */
export interface ReportFigures {
  readonly stream: string;
  readonly kind: ReportKind;
  readonly fromMs: number;
  readonly toMs: number;
  /** Group values that every series of it has; empty: all series. */
  readonly labels: Labels;
  /** Least of all budgets at the end, 0 to 1; null without any. */
  readonly coverage: number | null;
  /** What spent most first. */
  readonly budgets: readonly ReportBudget[];
  /** Series that the report has no room for, those that spent least. */
  readonly budgetsLeftOut: number;
  readonly burnDowns: readonly ReportBurnDown[];
  readonly alerts: readonly ReportAlert[];
  readonly alertsLeftOut: number;
  /** Of all of them, those that are left out too. */
  readonly alertsOver: {
    readonly count: number;
    /** From the decision to its end; of an even number the lower of both in the middle. Null where none is over. */
    readonly resolveMedianMs: number | null;
  };
  /** Null of a report of some series: spend is of no SLO; and where it could not be read. */
  readonly cost: ReportCost | null;
  /** Why spend could not be read; null: it was, or is no part of the report. */
  readonly costUnread: string | null;
}

/** A figure of a report that is another now than when it was told first. */
export interface ReportChange {
  readonly what: string;
  readonly figure: 'good' | 'total' | 'spent' | 'cost' | 'alerts';
  readonly before: number | null;
  readonly after: number | null;
}

export interface Report extends ReportFigures {
  /** Of the row that keeps its figures; null where none does, since whoever asked only reads. */
  readonly id: string | null;
  readonly madeAtMs: number;
  /** When its time was first reported; null: this is the first one. */
  readonly firstMadeAtMs: number | null;
  /** What is another now than it was said to be then. */
  readonly restated: readonly ReportChange[];
  /** Series that only one of both has, where the other had no room for all: whether they changed is not known. */
  readonly restatedUntold: number;
  /** As of when it was made: no part of what is kept or restated. */
  readonly due: readonly ReportDue[];
}
