import { periodWindow, type PeriodWindow, type SloPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { EvaluationClock, EvaluationSpan } from './evaluation-clock.ts';
import { groupPlans, windowGroupOf, type PlanGroup } from './evaluation-plan.ts';
import { judge, type BudgetRow, type BurnRateRow } from './judgement.ts';
import { changesBetween, sumsAt, type WindowSums } from './window-sums.ts';

export interface BurnStageOptions {
  readonly stream: string;
  readonly kind: 'live' | 'replay';
  readonly plans: readonly SloPlan[];
  readonly paneMs: number;
  /** Distance of evaluation instants in a replay: the interval of its chunks. */
  readonly tickMs: number;
}

/** Series whose last sums are remembered, so that a live tick writes only what changed; forgetting writes them again. */
const REMEMBERED_SERIES_MAX = 200_000;

/** Turns panes into burn rates and budgets, tick by tick; then says through which instant everything is written. */
export class BurnStage {
  readonly #store: Store;
  readonly #clock: EvaluationClock;
  readonly #options: BurnStageOptions;
  readonly #groups: readonly PlanGroup[];
  readonly #plans: ReadonlyMap<string, SloPlan>;
  readonly #lastWritten = new Map<string, string>();
  /** First pane with data, by series. */
  readonly #dataStartsMs = new Map<string, number>();
  #lastMs: number | null = null;
  #isResumed = false;

  constructor(store: Store, clock: EvaluationClock, options: BurnStageOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#options = options;
    this.#groups = groupPlans(options.plans);
    this.#plans = new Map(options.plans.map((plan) => [`${plan.slo}|${plan.sli.specRev}`, plan]));
  }

  /** Evaluates what is due; null if nothing is. Evaluating a span again writes the same rows. */
  async tick(): Promise<EvaluationSpan | null> {
    if (!this.#isResumed) {
      this.#lastMs = await this.#readLast();
      await this.#readDataStarts(this.#lastMs ?? 0);
      this.#isResumed = true;
    }
    const span = await this.#clock.due(this.#lastMs);
    if (span === null) return null;
    for (const group of this.#groups) await this.#evaluate(group, span);
    await this.#store.insertRows('evaluations', [
      {
        stream: this.#options.stream,
        evaluated_through: Math.floor(span.toMs / 1_000),
        data_start: Math.floor(Math.min(span.toMs, ...this.#dataStartsMs.values()) / 1_000),
        coverage: span.coverage,
      },
    ]);
    this.#lastMs = span.toMs;
    return span;
  }

  async #evaluate(group: PlanGroup, span: EvaluationSpan): Promise<void> {
    const sums = await this.#readSums(group, span);
    const changed = this.#options.kind === 'live' ? this.#keepChanged(sums) : sums;
    if (changed.length === 0) return;
    const burns: BurnRateRow[] = [];
    const budgets: BudgetRow[] = [];
    const periodAt = rememberPeriods(group, this.#options.paneMs);
    for (const one of changed) {
      const plan = this.#plans.get(`${one.slo}|${one.specRev}`);
      if (plan === undefined) continue;
      const { burn, budget } = judge(one, {
        stream: this.#options.stream,
        plan,
        tierWindowsMs: group.tierWindowsMs,
        period: periodAt(one.atMs),
        dataStartMs: this.#dataStartOf(one),
        coverage: span.coverage,
      });
      burns.push(burn);
      budgets.push(budget);
    }
    await this.#store.insertRows('burn_rates', burns);
    await this.#store.insertRows('budgets', budgets);
  }

  #readSums(group: PlanGroup, span: EvaluationSpan): Promise<readonly WindowSums[]> {
    const { stream, paneMs, tickMs, kind } = this.#options;
    const windows = windowGroupOf(group, span);
    return kind === 'live'
      ? sumsAt(this.#store, { streams: [stream], group: windows, atMs: span.toMs, paneMs })
      : changesBetween(this.#store, { stream, group: windows, ...span, paneMs, tickMs });
  }

  /** Sums that differ from those last written for the series; between two rows the earlier one holds. */
  #keepChanged(sums: readonly WindowSums[]): readonly WindowSums[] {
    if (this.#lastWritten.size > REMEMBERED_SERIES_MAX) this.#lastWritten.clear();
    return sums.filter((one) => {
      const text = `${one.good.join(',')}/${one.total.join(',')}`;
      if (this.#lastWritten.get(seriesKey(one)) === text) return false;
      this.#lastWritten.set(seriesKey(one), text);
      return true;
    });
  }

  #dataStartOf(sums: WindowSums): number {
    const key = seriesKey(sums);
    const startMs = Math.min(this.#dataStartsMs.get(key) ?? Infinity, sums.firstPaneMs);
    this.#dataStartsMs.set(key, startMs);
    return startMs;
  }

  /** What was seen up to the last evaluation, so that a restart fills periods like an undisturbed run. */
  async #readDataStarts(lastMs: number): Promise<void> {
    const rows = await this.#store.query<{
      slo: string;
      spec_rev: string;
      series_text: string;
      first: number;
    }>(
      `SELECT slo, spec_rev, toString(series) AS series_text, toUnixTimestamp(min(pane)) AS first FROM sli_panes
       WHERE stream = {stream:String} AND log_interval < fromUnixTimestamp({last:UInt32})
       GROUP BY slo, spec_rev, series`,
      { stream: this.#options.stream, last: Math.floor(lastMs / 1_000) },
    );
    for (const row of rows) {
      const key = seriesKey({ slo: row.slo, specRev: row.spec_rev, series: row.series_text });
      this.#dataStartsMs.set(key, row.first * 1_000);
    }
  }

  async #readLast(): Promise<number | null> {
    const [row] = await this.#store.query<{ readonly last: number; readonly count: number }>(
      `SELECT toUnixTimestamp(max(evaluated_through)) AS last, count() AS count FROM evaluations
       WHERE stream = {stream:String}`,
      { stream: this.#options.stream },
    );
    return row === undefined || row.count === 0 ? null : row.last * 1_000;
  }
}

/** Series come one after another, each over the same instants, and a calendar period takes time to find. */
function rememberPeriods(group: PlanGroup, paneMs: number): (atMs: number) => PeriodWindow {
  const periods = new Map<number, PeriodWindow>();
  return (atMs) => {
    const known = periods.get(atMs);
    if (known !== undefined) return known;
    const period = periodWindow(atMs, group.period, paneMs);
    periods.set(atMs, period);
    return period;
  };
}

function seriesKey(one: Pick<WindowSums, 'slo' | 'specRev' | 'series'>): string {
  return `${one.slo}|${one.specRev}|${one.series}`;
}
