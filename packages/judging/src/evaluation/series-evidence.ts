import { SOURCE_LOST_MS, type SloPlan } from '@burnline/core';
import { otherSeriesOf } from '@burnline/counting';
import type { EvaluationSpan } from './evaluation-clock.ts';
import { sloCoverages } from './slo-coverage.ts';
import type { WindowSums } from './window-sums.ts';

/** What is known about a series' sums beside them: how far they may be believed. */
export interface SeriesEvidence {
  /** How complete they are, 0 to 1. */
  readonly coverage: number;
  /** Events of the period in `__other__`, any of which may belong to the series. */
  readonly unassigned: number;
  /** Whether silence of the series is rest: a source lives, or stopped after the series' last event. */
  readonly isHeard: boolean;
  /** When the newest source was last heard of whose data is missing still, epoch ms; null if none is missing. */
  readonly lostAtMs: number | null;
  /** Index of dispersion of its events, 1 or more: as much less do they show. */
  readonly dispersion: number;
}

/**
 * A source that died with the series' last event is known to be lost after so long: its last report came before, and reports
 * come every 10 s. Until then the silence may be its death, and after that those that live speak for it.
 */
const REST_KNOWN_MS = SOURCE_LOST_MS + 10_000;

export type EvidenceOf = (one: WindowSums) => SeriesEvidence;

/**
 * Of a history, which asks no sources, and knows nothing of how its events come in bursts; `unassigned` is given as it was at the
 * instant of the sums.
 */
export function historyEvidence(unassigned: number, total: number): SeriesEvidence {
  return {
    coverage: certainShare(total, unassigned),
    unassigned,
    isHeard: true,
    lostAtMs: null,
    dispersion: 1,
  };
}

/** Evidence of every series at one instant of a history. */
export function instantEvidence(plans: readonly SloPlan[], sums: readonly WindowSums[]): EvidenceOf {
  const others = otherSeries(plans, sums);
  return (one) => historyEvidence(unassignedTo(one, others), one.total[0] ?? 0);
}

/**
 * Evidence of series at one instant of a live stream: of all that have sums, or of some, with those of `__other__` of their
 * SLOs among them and what counted a moment ago.
 */
export function liveEvidence(
  plans: readonly SloPlan[],
  span: EvaluationSpan,
  seen: {
    readonly sums: readonly WindowSums[];
    readonly paneMs: number;
    /** See countingSlos. */
    readonly counting: ReadonlySet<string>;
    readonly dispersionOf: (one: WindowSums) => number;
  },
): EvidenceOf {
  const { sums, paneMs, dispersionOf } = seen;
  const coverages = sloCoverages(plans, span, seen.counting);
  const byName = new Map(plans.map((plan) => [plan.slo, plan]));
  const others = otherSeries(plans, sums);
  const nowMs = span.windowsToMs ?? span.toMs;
  return (one) => {
    const plan = byName.get(one.slo);
    const unassigned = unassignedTo(one, others);
    const coverage = (coverages.get(one.slo) ?? span.coverage) * certainShare(one.total[0] ?? 0, unassigned);
    const dispersion = dispersionOf(one);
    if (span.sources === undefined || plan === undefined)
      return { coverage, unassigned, isHeard: true, lostAtMs: null, dispersion };
    const silence = span.sources.silenceOf(plan.service);
    const lastPaneMs = one.lastPaneMs ?? 0;
    const isRestKnown = nowMs >= lastPaneMs + paneMs + REST_KNOWN_MS;
    const hasStopped = (silence?.stoppedAtMs ?? -1) >= lastPaneMs;
    const isHeard = hasStopped || (silence?.isAlive === true && isRestKnown);
    const followedAtMs = silence?.followedAtMs ?? null;
    // Another source has followed the one that was lost, but it may feed other series.
    const isMissingHere = followedAtMs !== null && lastPaneMs + paneMs <= followedAtMs;
    const lost = [silence?.lostAtMs ?? null, isMissingHere ? followedAtMs : null];
    const known = lost.flatMap((atMs) => (atMs === null ? [] : [atMs]));
    const lostAtMs = known.length === 0 ? null : Math.max(...known);
    return { coverage, unassigned, isHeard, lostAtMs, dispersion };
  };
}

/** The series `__other__` of an SLO, and how many events of the period are in it. */
interface OtherSeries {
  readonly series: string;
  readonly total: number;
}

/** By SLO, of those that have one. */
function otherSeries(
  plans: readonly SloPlan[],
  sums: readonly WindowSums[],
): ReadonlyMap<string, OtherSeries> {
  const names = new Map(plans.map((plan) => [plan.slo, otherSeriesOf(plan.sli.groupBy.dimensions)]));
  return new Map(
    sums
      .filter(({ slo, series }) => names.get(slo) === series)
      .map(({ slo, series, total }) => [slo, { series, total: total[0] ?? 0 }]),
  );
}

/**
 * A chunk admits groups in log order, so a series is counted where it came in time and is in `__other__` where it did not:
 * whatever lies there may be its own.
 */
function unassignedTo(
  { slo, series }: Pick<WindowSums, 'slo' | 'series'>,
  others: ReadonlyMap<string, OtherSeries>,
): number {
  const other = others.get(slo);
  return other === undefined || other.series === series ? 0 : other.total;
}

/** Share of what may belong to a series that is counted for it, 0 to 1. */
function certainShare(total: number, unassigned: number): number {
  return unassigned === 0 ? 1 : total / (total + unassigned);
}
