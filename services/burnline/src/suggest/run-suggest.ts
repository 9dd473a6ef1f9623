import { DAY_MS, floorTo, nominalPeriodMs, type SloPlan } from '@burnline/core';
import { groupPlans, sumsOfPeriods } from '@burnline/judging';
import { readHoursOfWeek, readJudgedStarts, readPaneStarts, type HourOfWeek } from '@burnline/queries';
import { EPOCH_SETTINGS, type Store } from '@burnline/runtime';
import type { SpecFile } from '@burnline/specs';
import { countInScratch, type CountedHistory, type HistoryAccess } from '../backtest/open-history.ts';
import { outcomeOf, type TierOutcome } from '../backtest/outcome.ts';
import { judged, spanOf, type BacktestRun } from '../backtest/run-backtest.ts';
import { EVENTS_MIN, climb, proposalsOf, type SeriesWindow, type TargetEvidence } from './ladder.ts';
import { retargeted } from './retarget.ts';
import { rhythmOf, type Rhythm } from './rhythm.ts';

export interface SuggestQuestion {
  readonly files: readonly SpecFile[];
  readonly plans: readonly SloPlan[];
  /** So many days back from where the raw rows end: as far as they are kept, or of an SLI that is judged already its counts. */
  readonly days: number;
}

/** A target that past windows met, and how often its alerts would have been heard of. */
export interface Proposal extends TargetEvidence {
  /** Null: the SLO's own alert policies do not bear the target. */
  readonly tiers: readonly TierOutcome[] | null;
}

export interface Suggestion {
  readonly slo: string;
  /** As the spec has it. */
  readonly targetRatio: number;
  readonly periodMs: number;
  /** Share of good of the worst series, over each window; oldest first. */
  readonly windows: readonly { readonly endMs: number; readonly sliRatio: number }[];
  /** Days of data that the SLI has, and events of its fullest series in the newest window. */
  readonly dataDays: number;
  readonly eventCount: number;
  readonly all: Proposal | null;
  readonly most: Proposal | null;
  /** Null: less than a week of data, or none to speak of. */
  readonly rhythm: Rhythm | null;
}

export interface Suggestions {
  readonly stream: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly suggestions: readonly Suggestion[];
}

interface Measured {
  readonly known: Omit<Suggestion, 'all' | 'most'>;
  readonly evidence: readonly TargetEvidence[];
}

/**
 * Targets for SLOs, by what their SLIs were over every window of the budget's period, stepping by a day: of an SLI that is judged
 * already by its counts, else by the raw rows. Each with the alerts that it would have fired, by a backtest of the raw rows.
 */
export async function runSuggest(
  history: HistoryAccess,
  { files, plans, days }: SuggestQuestion,
  run: BacktestRun,
): Promise<Suggestions> {
  const counted = await countInScratch(history, plans, run);
  try {
    const reachedMs = history.kept.reachedMs ?? 0;
    const asked = { fromMs: reachedMs - days * DAY_MS, toMs: reachedMs };
    const span = spanOf(history, counted, asked);
    const measured = await measure(history, counted, { ...span, plans, askedFromMs: asked.fromMs });
    const proposals = measured.map(({ known, evidence }) => ({ known, ...proposalsOf(evidence) }));
    const judge = async (kind: 'all' | 'most'): Promise<ReadonlyMap<string, readonly TierOutcome[]>> => {
      const targets = new Map(
        proposals.flatMap(({ known, ...proposed }) => {
          const target = proposed[kind]?.target;
          return target === undefined ? [] : [[known.slo, target] as const];
        }),
      );
      const made = retargeted(files, plans, targets);
      if (made.length === 0) return new Map();
      const question = { ...span, stream: history.stream, plans: made };
      const decisions = await judged(counted, question, run, `judging targets that ${kind} met`);
      const { tiers } = outcomeOf(decisions, made, span);
      return new Map(made.map(({ slo }) => [slo, tiers.filter((tier) => tier.slo === slo)]));
    };
    const [ofAll, ofMost] = [await judge('all'), await judge('most')];
    const suggestions = proposals.map(({ known, all, most }) => ({
      ...known,
      all: all === null ? null : { ...all, tiers: ofAll.get(known.slo) ?? null },
      most: most === null ? null : { ...most, tiers: ofMost.get(known.slo) ?? null },
    }));
    return { stream: history.stream, ...span, suggestions };
  } finally {
    await counted.close();
  }
}

interface MeasuredSpan {
  readonly plans: readonly SloPlan[];
  /** Of the raw rows. */
  readonly fromMs: number;
  readonly toMs: number;
  /** And as far back as was asked for. */
  readonly askedFromMs: number;
}

/** What each SLI was. A composite has no target of its own to propose: its objectives have. */
async function measure(
  history: HistoryAccess,
  { store }: CountedHistory,
  { plans, fromMs, toMs, askedFromMs }: MeasuredSpan,
): Promise<readonly Measured[]> {
  const { stream } = history;
  const starts = new Map((await readPaneStarts(store, stream)).map(({ slo, startMs }) => [slo, startMs]));
  const judgedStarts = new Map((await readJudgedStarts(history.store, stream)).map((one) => [one.slo, one]));
  const lastEndMs = floorTo(toMs, DAY_MS);
  const weeks = Math.floor((lastEndMs - fromMs) / (7 * DAY_MS));
  const hours =
    weeks === 0
      ? []
      : await readHoursOfWeek(store, { stream, fromMs: lastEndMs - weeks * 7 * DAY_MS, toMs: lastEndMs });
  const found: Measured[] = [];
  for (const plan of plans.filter(({ sli }) => sli.composite === undefined)) {
    const judgedStart = judgedStarts.get(plan.slo);
    const isJudged = judgedStart?.specRev === plan.sli.specRev;
    const startMs = isJudged
      ? Math.max(askedFromMs, judgedStart.startMs)
      : Math.max(fromMs, starts.get(plan.slo) ?? Infinity);
    const endsMs = windowEnds({ startMs, lastEndMs, periodMs: nominalPeriodMs(plan.period) });
    const windows = await windowsOf(isJudged ? history.store : store, plan, { stream, toMs, endsMs });
    found.push(measuredOf(plan, windows, { startMs, toMs, endsMs, hours, weeks }));
  }
  return found;
}

/** What every series came to over windows of the budget's period, by all that is known now. */
async function windowsOf(
  store: Store,
  plan: SloPlan,
  {
    stream,
    toMs,
    endsMs,
  }: { readonly stream: string; readonly toMs: number; readonly endsMs: readonly number[] },
): Promise<readonly SeriesWindow[]> {
  const periods = endsMs.map((endMs) => ({ fromMs: endMs - nominalPeriodMs(plan.period), toMs: endMs }));
  const figures = await Promise.all(
    groupPlans([plan]).map((group) =>
      sumsOfPeriods(store, group, { stream, paneMs: EPOCH_SETTINGS.paneMs, atMs: toMs, periods }),
    ),
  );
  return figures
    .flat()
    .map(({ series, period, good, total }) => ({ series, endMs: period.toMs, good, total }));
}

/** UTC midnights at which windows end that begin within the data, oldest first. */
function windowEnds(history: {
  readonly startMs: number;
  readonly lastEndMs: number;
  readonly periodMs: number;
}): readonly number[] {
  const count = Math.floor((history.lastEndMs - history.startMs - history.periodMs) / DAY_MS) + 1;
  return Array.from(
    { length: Math.max(0, count) },
    (_, index) => history.lastEndMs - index * DAY_MS,
  ).reverse();
}

function measuredOf(
  plan: SloPlan,
  sums: readonly SeriesWindow[],
  history: {
    readonly startMs: number;
    readonly toMs: number;
    readonly endsMs: readonly number[];
    readonly hours: readonly HourOfWeek[];
    readonly weeks: number;
  },
): Measured {
  const { startMs, toMs, endsMs, hours, weeks } = history;
  const isCovered = weeks > 0 && startMs <= toMs - 7 * DAY_MS;
  const newest = sums.filter(({ endMs }) => endMs === endsMs.at(-1));
  return {
    evidence: climb(sums),
    known: {
      slo: plan.slo,
      targetRatio: plan.target.numerator / plan.target.denominator,
      periodMs: nominalPeriodMs(plan.period),
      windows: endsMs.flatMap((endMs) => {
        const ratios = sums
          .filter((one) => one.endMs === endMs && one.total >= EVENTS_MIN)
          .map(({ good, total }) => good / total);
        return ratios.length === 0 ? [] : [{ endMs, sliRatio: Math.min(...ratios) }];
      }),
      dataDays: startMs === Infinity ? 0 : Math.max(0, (toMs - startMs) / DAY_MS),
      eventCount: newest.reduce((most, { total }) => Math.max(most, total), 0),
      rhythm: isCovered
        ? rhythmOf(
            hours.filter(({ slo }) => slo === plan.slo),
            weeks,
          )
        : null,
    },
  };
}
