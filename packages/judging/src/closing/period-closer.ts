import {
  budgetOf,
  formatRatio,
  parseExactRatio,
  type Budget,
  type ExactRatio,
  type SloPlan,
} from '@burnline/core';
import { readProgress, type Store, type StreamEpoch } from '@burnline/runtime';
import { readAdjustmentsSince, type Adjustment, type DatedAdjustment } from '../adjusting/adjustments.ts';
import { sharedReading, type ReadingOf } from '../evaluation/budget-reading.ts';
import { readGapShare } from '../evaluation/gap-share.ts';
import { groupPlans, type PlanGroup } from '../evaluation/evaluation-plan.ts';
import { sumsOfPeriods, type PastPeriod, type PeriodFigure } from '../evaluation/past-periods.ts';
import { LATE_EVENTS, adjustedSince, inForceAt } from './causes.ts';
import {
  readReported,
  writeClosings,
  writeRestatements,
  type Closing,
  type ReportedFigure,
  type Restatement,
} from './closed-figures.ts';
import { WATCHED_MS, endedPeriods, graceOf } from './ended-periods.ts';

export interface PeriodCloserOptions {
  readonly stream: string;
  readonly epochs: readonly StreamEpoch[];
  /** SLOs that are judged here, each by its active revision. */
  readonly judged: () => readonly SloPlan[];
  readonly paneMs: number;
}

/** A step's place in time. */
interface Look {
  /** The database's clock when it began, epoch ms: adjustments up to then are in what it finds. */
  readonly nowMs: number;
  /** Every partition's rows up to this log time are written, epoch ms. */
  readonly throughMs: number;
  readonly adjustments: readonly DatedAdjustment[];
  readonly readingOf: ReadingOf;
}

/**
 * Closes calendar periods that are over, each once, and says what changed their budgets afterwards. A step that is taken
 * again, after a crash or beside another's, writes nothing that is not there already.
 */
export class PeriodCloser {
  readonly #store: Store;
  readonly #options: PeriodCloserOptions;

  constructor(store: Store, options: PeriodCloserOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** One look at all periods. */
  async step(): Promise<void> {
    const groups = groupPlans(this.#options.judged()).filter(({ period }) => period.kind === 'calendar');
    if (groups.length === 0) return;
    const progress = await readProgress(this.#store, 'processor', this.#options.epochs);
    if (progress.logTimeMs === null) return;
    const nowMs = await this.#databaseNowMs();
    const look: Look = {
      nowMs,
      throughMs: progress.logTimeMs,
      adjustments: await readAdjustmentsSince(this.#store, nowMs - WATCHED_MS),
      readingOf: sharedReading(this.#store, this.#options.stream),
    };
    for (const group of groups) await this.#lookAt(group, look);
  }

  async #lookAt(group: PlanGroup, look: Look): Promise<void> {
    const { stream } = this.#options;
    const periods = endedPeriods(group, look.throughMs - graceOf(group));
    const [first] = periods;
    if (first === undefined) return;
    const slos = group.plans.map(({ slo }) => slo);
    const reported = await readReported(this.#store, { stream, slos, sinceMs: first.fromMs });
    const figures = await this.#figuresOf(group, periods, look, inForceAt(look.adjustments, look.nowMs));
    const known = new Map(reported.map((one) => [keyOf(one, one), one]));
    const fresh = figures.filter((one) => !known.has(keyOf(one, one.period)));
    await this.#close(group, fresh, look);
    await this.#restate(group, { reported, figures, periods }, look);
  }

  /** By what was left out at some time, of all that is there now. */
  #figuresOf(
    group: PlanGroup,
    periods: readonly PastPeriod[],
    look: Look,
    adjustments: readonly Adjustment[],
  ): Promise<readonly PeriodFigure[]> {
    const { stream, paneMs } = this.#options;
    const readingOf: ReadingOf = async () => ({ ...(await look.readingOf()), adjustments });
    return sumsOfPeriods(this.#store, group, {
      ...{ stream, paneMs, atMs: look.throughMs, periods, readingOf },
    });
  }

  async #close(group: PlanGroup, fresh: readonly PeriodFigure[], { nowMs }: Look): Promise<void> {
    if (fresh.length === 0) return;
    const plans = planBySlo(group);
    const begins = await this.#firstJudgedMs();
    const labels = await this.#labelsOf(fresh);
    const coverages = new Map<number, number>();
    for (const { period } of fresh)
      if (!coverages.has(period.fromMs))
        coverages.set(period.fromMs, 1 - (await readGapShare(this.#store, this.#options.epochs, period)));
    const closings = fresh.flatMap((one): readonly Closing[] => {
      const plan = plans.get(one.slo);
      // What was over before the SLO was judged was never reported, and is known in part.
      if (plan === undefined || one.period.toMs <= (begins.get(one.slo) ?? 0)) return [];
      const coverage = coverages.get(one.period.fromMs) ?? 0;
      const { remainingRatio, state } = budgetIn(one.period, one, { target: plan.target, coverage });
      return [
        {
          ...{ slo: one.slo, specRev: one.specRev, series: one.series },
          labels: labels.get(`${one.specRev} ${one.series}`) ?? {},
          ...one.period,
          ...{ good: one.good, total: one.total, target: formatRatio(plan.target) },
          ...{ remainingRatio, state, coverage, reportedMs: nowMs },
        },
      ];
    });
    await writeClosings(this.#store, this.#options.stream, closings);
  }

  async #restate(
    group: PlanGroup,
    seen: {
      readonly reported: readonly ReportedFigure[];
      readonly figures: readonly PeriodFigure[];
      readonly periods: readonly PastPeriod[];
    },
    look: Look,
  ): Promise<void> {
    const plans = planBySlo(group);
    const now = countsBy(seen.figures);
    const isWatched = new Set(seen.periods.map(({ fromMs }) => fromMs));
    /** By instant of the last report, since which adjustments may have come: what there would be without them. */
    const unadjusted = new Map<string, ReadonlyMap<string, Counts>>();
    const found: (Restatement & { readonly foundMs: number })[] = [];
    for (const before of seen.reported) {
      const plan = plans.get(before.slo);
      // Another revision counts something else: that is no other figure of the same.
      if (plan?.sli.specRev !== before.specRev || !isWatched.has(before.fromMs)) continue;
      const after = now.get(keyOf(before, before)) ?? NOTHING;
      const adjusted = adjustedSince(before, plan, look.adjustments);
      if (isSame(before, after) && adjusted.length === 0) continue;
      let last: ReportedFigure = before;
      if (adjusted.length > 0) {
        const then = inForceAt(look.adjustments, before.reportedMs);
        const key = then.map(({ id }) => id).join(' ');
        const counts =
          unadjusted.get(key) ?? countsBy(await this.#figuresOf(group, seen.periods, look, then));
        unadjusted.set(key, counts);
        const between = counts.get(keyOf(before, before)) ?? NOTHING;
        if (!isSame(before, between)) {
          found.push({ ...restated(last, between, [LATE_EVENTS]), foundMs: look.nowMs - 1 });
          last = { ...before, ...between, remainingRatio: remainingOf(before, between) };
        }
      }
      if (isSame(last, after)) continue;
      found.push({
        ...restated(last, after, adjusted.length > 0 ? adjusted : [LATE_EVENTS]),
        foundMs: look.nowMs,
      });
    }
    await writeRestatements(this.#store, this.#options.stream, found);
  }

  async #databaseNowMs(): Promise<number> {
    const [row] = await this.#store.query<{ readonly now_ms: number }>(
      'SELECT toUnixTimestamp64Milli(now64(3)) AS now_ms',
    );
    return row?.now_ms ?? 0;
  }

  /** By SLO: when a revision of it became active first. */
  async #firstJudgedMs(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#store.query<{ readonly slo: string; readonly first_ms: number }>(
      `SELECT slo, toUnixTimestamp64Milli(min(activated_at)) AS first_ms FROM active_specs
       WHERE stream = {stream:String} AND spec_rev != '' GROUP BY slo`,
      { stream: this.#options.stream },
    );
    return new Map(rows.map(({ slo, first_ms }) => [slo, first_ms]));
  }

  async #labelsOf(
    figures: readonly PeriodFigure[],
  ): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const rows = await this.#store.query<{
      readonly spec_rev: string;
      readonly series_text: string;
      readonly labels: Readonly<Record<string, string>>;
    }>(
      `SELECT spec_rev, toString(series) AS series_text, any(labels) AS labels FROM series
       WHERE slo IN {slos:Array(String)} AND spec_rev IN {revs:Array(String)} GROUP BY spec_rev, series`,
      {
        slos: [...new Set(figures.map(({ slo }) => slo))],
        revs: [...new Set(figures.map(({ specRev }) => specRev))],
      },
    );
    return new Map(rows.map((row) => [`${row.spec_rev} ${row.series_text}`, row.labels]));
  }
}

interface Counts {
  readonly good: number;
  readonly total: number;
}

const NOTHING: Counts = { good: 0, total: 0 };

const isSame = (left: Counts, right: Counts): boolean =>
  left.good === right.good && left.total === right.total;

const planBySlo = ({ plans }: PlanGroup): ReadonlyMap<string, SloPlan> =>
  new Map(plans.map((plan) => [plan.slo, plan]));

const keyOf = (
  { slo, series }: { readonly slo: string; readonly series: string },
  { fromMs }: { readonly fromMs: number },
): string => `${fromMs} ${series} ${slo}`;

const countsBy = (figures: readonly PeriodFigure[]): ReadonlyMap<string, Counts> =>
  new Map(figures.map((one) => [keyOf(one, one.period), { good: one.good, total: one.total }]));

/** The whole period is over: nothing of it is estimated. */
function budgetIn(
  { fromMs, toMs }: PastPeriod,
  { good, total }: Counts,
  by: { readonly target: ExactRatio; readonly coverage: number },
): Budget {
  const periodMs = toMs - fromMs;
  return budgetOf({ ...by, good, total, periodMs, filledMs: periodMs });
}

const remainingOf = (figure: ReportedFigure, counts: Counts): number | null =>
  budgetIn(figure, counts, { target: targetOf(figure.target), coverage: 1 }).remainingRatio;

const restated = (before: ReportedFigure, after: Counts, causes: readonly string[]): Restatement => ({
  before,
  after: { ...after, remainingRatio: remainingOf(before, after) },
  causes,
});

/** Of `formatRatio`: a decimal, or a fraction. */
function targetOf(text: string): ExactRatio {
  const [numerator, denominator] = text.split('/');
  return denominator === undefined
    ? parseExactRatio(text)
    : { numerator: Number(numerator), denominator: Number(denominator) };
}
