import type { PredicateNode } from '../predicates/predicate-node.ts';
import type { HistogramPlan } from '../panes/histogram-plan.ts';
import type { AlertRoute } from '../alerts/alert-route.ts';
import type { BurnTier } from './burn-tier.ts';
import type { ExactRatio } from './exact-ratio.ts';

/** Which records an SLI counts. */
export type SliStream = 'inference' | 'verdicts';

export type BudgetPeriod =
  | { readonly kind: 'rolling'; readonly durationMs: number; readonly text: string }
  | {
      readonly kind: 'calendar';
      readonly text: string;
      readonly unit: 'day' | 'week' | 'month' | 'quarter' | 'year';
      readonly count: number;
      readonly startLocal: string;
      readonly timeZone: string;
    };

/** How an SLI's events are grouped into series, each with a budget of its own. */
export interface GroupBy {
  /** Field names, or `attributes.key`. Empty: one series for all. */
  readonly dimensions: readonly string[];
  /** Beyond so many distinct values in a chunk, in log order, a value counts under `__other__`. */
  readonly seriesCountMax: number;
}

/**
 * How good and total are made from what is counted, where they are not the counts themselves. Budgets, burn rates and alerts
 * know only what comes of it.
 */
export type Derivation = Slices | Envelope;

/** Slices of time. */
export type Slices = SliceRule &
  (
    | {
        readonly kind: 'timeslices';
        /** A slice is good whose share of good is not below this. */
        readonly target: ExactRatio;
      }
    /** A slice is good for as much of its time as its share of good; budgets count milliseconds. */
    | { readonly kind: 'ratio-timeslices' }
    | MeanRule
    | CalibrationRule
    | CapacityRule
    | DriftRule
  );

/** A slice is good while the mean of a number lies on one side of a bound. */
export interface MeanRule {
  readonly kind: 'mean-timeslices';
  /** Of the numbers, or the root of the mean of their squares. */
  readonly aggregate: 'mean' | 'root-mean-square';
  /** The SLI's sum that it is made of: in fixed point, of squares for the root. */
  readonly sum: string;
  /** Digits after the point of the numbers. */
  readonly decimals: number;
  readonly operator: '<' | '<=' | '>' | '>=';
  /** The numerator may be negative. */
  readonly bound: ExactRatio;
  /** A slice with fewer values has nothing to be judged by. */
  readonly countMin: number;
}

/**
 * A slice is good while its expected calibration error is on one side of a bound: over equal bins of stated confidence, how far
 * what was stated is from what came true, added up and divided by the number of values.
 */
export interface CalibrationRule {
  readonly kind: 'calibration-timeslices';
  /** The SLI's sums that it is made of, one per bin: what was stated less what came true, in fixed point. */
  readonly sums: readonly string[];
  /** Digits after the point of the confidences. */
  readonly decimals: number;
  readonly operator: '<' | '<=';
  readonly bound: ExactRatio;
  /** A slice with fewer values has nothing to be judged by. */
  readonly countMin: number;
}

/** A slice is good while what it used per minute is on one side of a share of a quota. */
export interface CapacityRule {
  readonly kind: 'capacity-timeslices';
  /** The SLI's sums that are added up to what was used; empty: its events, one request each. */
  readonly used: readonly string[];
  /** Per minute; or the SLI's sum of what events say of it, of which the mean over those that do counts. */
  readonly quota: number | string;
  readonly operator: '<' | '<=';
  /** The share of the quota; it may be above 1. */
  readonly bound: ExactRatio;
}

/** A slice is good while the distribution of a number is close enough to another one of the same series. */
export interface DriftRule {
  readonly kind: 'drift-timeslices';
  /** Population stability index; largest distance of the cumulated shares; or the chance of such a difference between samples of one distribution. */
  readonly statistic: 'psi' | 'kolmogorov-smirnov' | 'chi-square';
  /** A period of event time, or the time before each slice. */
  readonly reference:
    | { readonly kind: 'pinned'; readonly fromMs: number; readonly toMs: number }
    | { readonly kind: 'trailing'; readonly lengthMs: number };
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly bound: ExactRatio;
  /** Values that a slice, and its reference, need to be judged. */
  readonly countMin: number;
}

/** Which slices of time there are, whatever makes a good one. */
export interface SliceRule {
  readonly sliceMs: number;
  /**
   * What a slice counts as that has nothing to be judged by, once the series has begun to have data. Absent: as nothing; what is
   * counted is the slices that were observed.
   */
  readonly empty?: 'good' | 'bad';
  /** For so long the state of a slice holds for those after it that have nothing to be judged by; a multiple of the slice. */
  readonly holdMs?: number;
}

/** One SLO whose burn rate, times a weight, is a part of a composite's. */
export interface CompositePart {
  readonly slo: string;
  /** The revision whose rows are read. */
  readonly specRev: string;
  /** How its good and total are made, where they are not counts of events. */
  readonly derivation?: Derivation;
  /** What its events weigh, where that is not one each. */
  readonly eventWeight?: SliWeight;
  /** Above 0; a multiplier as it stands: 2 and 4 burn twice what 1 and 2 do. */
  readonly weight: ExactRatio;
  /** 0 < target < 1. */
  readonly target: ExactRatio;
}

/** Entities, each good while what it consumed is within its envelope. What is counted is grouped by entity. */
export interface Envelope {
  readonly kind: 'envelope';
  /** Fields that name an entity: the dimensions of its group. */
  readonly entity: readonly string[];
  /**
   * Over what an entity is summed: its UTC day, its month, or its life: the UTC day of its last event and the day before, so that
   * midnight splits nothing. Each is an entity of its own.
   */
  readonly per: 'life' | 'day' | 'month';
  /** Sums that are added up to what it consumed; empty: its events, one step each. */
  readonly consumed: readonly string[];
  /**
   * What the limit is a multiple of; null: of one unit. `entity`: what every event says of its entity, of which the mean counts;
   * `event`: what each event says of itself, added up. What is believed is held against from both sides: the limit is the share
   * by which the two may differ.
   */
  readonly expected: {
    readonly sum: string;
    readonly of: 'entity' | 'event';
    readonly isBelieved?: true;
  } | null;
  readonly operator: '<' | '<=';
  readonly limit: ExactRatio;
}

/** What an event weighs where it is not one. Good and total are weights then, and what was seen stays a number of events. */
export type SliWeight = FieldWeight | ShareWeight;

/** The sum of some of its integer fields. An event without a value of a field weighs nothing by it, and is counted as missing. */
export interface FieldWeight {
  readonly fields: readonly string[];
  /** So many units of the fields are one of the weight: nano-USD are weighed as micro-USD. */
  readonly perUnit: 1 | 1_000;
}

/** As much for every event, 10^SHARE_DECIMALS units, of which a share is good, or bad: it says itself how much. */
export interface ShareWeight {
  /** The SLI's sum of the shares, in those units. */
  readonly shareSum: string;
  readonly of: 'good' | 'bad';
}

/** Digits after the point of shares. */
export const SHARE_DECIMALS = 6;

/** One SLI, as the processor counts it: everything that decides the value of a pane row is in here and in `specRev`. */
export interface SliPlan {
  /** Unique among all specs of a pipeline; `name`, or `name/objective` where an SLO has several objectives. */
  readonly slo: string;
  /** 16 hex digits: a hash of everything below that decides a row's value. Changing it starts new rows. */
  readonly specRev: string;
  readonly stream: SliStream;
  /** Which events the SLI speaks of. Others are not looked at. `null`: all of the stream. */
  readonly scope: PredicateNode | null;
  /** Within the scope: what counts. What does not is counted as excluded. `null`: all. */
  readonly total: PredicateNode | null;
  /** Within the total: either what is good, or what is bad. */
  readonly verdict: { readonly kind: 'good' | 'bad'; readonly where: PredicateNode };
  readonly groupBy: GroupBy;
  /**
   * Integer fields summed over what counts in the total, measures rounded down, or over what is good of it alone (`sumTermOf`).
   * An absent value adds nothing.
   */
  readonly sums: readonly string[];
  /** A field whose distribution over the total is kept. */
  readonly histogram: HistogramPlan | null;
  /** Absent: every event weighs the same. */
  readonly weight?: SliWeight;
  /** Absent: good and total are counts of what is counted. */
  readonly derivation?: Derivation;
  /** Of a composite, which counts no events itself: SLOs that are judged over the same period, at least two. */
  readonly composite?: readonly CompositePart[];
}

export type SloTrack = 'infrastructure' | 'model';

/** What of a service a budget is of: the dimensions that a service is looked at by. */
export const SLO_DIMENSIONS = [
  'availability',
  'latency',
  'quality',
  'safety',
  'cost',
  'drift',
  'freshness',
  'capacity',
  'other',
] as const;
export type SloDimension = (typeof SLO_DIMENSIONS)[number];

export type Criticality = 'critical' | 'high' | 'medium' | 'low';

/** What it means when an SLO counts nothing and no source of its service says that it lives. */
export const NO_DATA_POLICIES = ['no_traffic', 'no_data'] as const;
export type NoDataPolicy = (typeof NO_DATA_POLICIES)[number];

/**
 * A guard for low traffic that goes by how much the events of a window show: a tier fires only if the exact lower bound of their
 * share of bad ones, with a confidence of 1 - alpha, is at or above the tier's.
 */
export interface LowTraffic {
  readonly kind: 'exact';
  /** Above 0, 0.5 at most. */
  readonly alpha: ExactRatio;
}

/** One objective of an SLO, ready to be judged. */
export interface SloPlan {
  readonly slo: string;
  readonly displayName: string;
  readonly service: string;
  readonly description: string;
  readonly track: SloTrack;
  readonly dimension: SloDimension;
  /** The SLO whose budget this one's series are a part of: of the same stream, weight and period, grouped by no more. */
  readonly within?: string;
  readonly criticality: Criticality;
  readonly sli: SliPlan;
  /** 0 < target < 1. */
  readonly target: ExactRatio;
  readonly period: BudgetPeriod;
  readonly tiers: readonly BurnTier[];
  /** An alert needs at least so many bad events in its long window (low-traffic guard). */
  readonly badCountMin: number;
  /** And at least so many events in it, good and bad; 0 if absent. */
  readonly eventCountMin?: number;
  /** And so much evidence; absent: the two counts alone. */
  readonly lowTraffic?: LowTraffic;
  /** Where what to do when an alert fires is written down: a link, or a text. */
  readonly runbook?: string;
  /** From how many series on that fire together one notification names them all; GROUP_FROM_DEFAULT if absent. */
  readonly groupFrom?: number;
  /** Who is told of alerts that no tier's own route takes, as the service says; absent: whoever hears of everything. */
  readonly routes?: readonly AlertRoute[];
  /** `no_traffic` if absent. */
  readonly noData?: NoDataPolicy;
  readonly labels: Readonly<Record<string, string>>;
  /** Where the spec came from, for messages: file, document number from 1. */
  readonly source: { readonly file: string; readonly document: number };
}
