import { DAY_MS, nominalPeriodMs, type SloPlan } from '@burnline/core';
import { isOfEntities } from '@burnline/counting';
import { WHOLE_SHARE, type ShardShare, type Store, type WrittenPartition } from '@burnline/runtime';
import { countAdjustmentRows } from '../adjusting/adjustments.ts';
import type { EvaluationClock, EvaluationSpan } from './evaluation-clock.ts';
import { DataStarts } from './data-starts.ts';
import { KnownDispersions } from '../dispersion/known-dispersions.ts';
import { groupPlans, rememberPeriods, windowGroupOf, type PlanGroup } from './evaluation-plan.ts';
import {
  BUDGET_COLUMNS,
  budgetAt,
  budgetRow,
  burningTiers,
  BURN_RATE_COLUMNS,
  burnRateRow,
  type JudgementContext,
} from './judgement.ts';
import { LiveSums } from './live-sums.ts';
import { LiveChanges, type LiveTick, type Verdict } from './live-changes.ts';
import { HistoryOthers } from './history-others.ts';
import { quietThroughMs } from './quiet-history.ts';
import { sharedReading, type ReadingOf } from './budget-reading.ts';
import { instantEvidence, liveEvidence, type EvidenceOf } from './series-evidence.ts';
import { groupChangesBetween, groupSumsAt } from './group-sums.ts';
import { countingSlos } from './slo-coverage.ts';
import { isSamePlace, readTouched, type Touched } from './touched-series.ts';
import type { WindowSums } from './window-sums.ts';

export interface BurnStageOptions {
  readonly stream: string;
  readonly kind: 'live' | 'replay';
  /** SLOs that are judged, each by its active revision; another list whenever that changes. */
  readonly judged: () => readonly SloPlan[];
  readonly paneMs: number;
  /** Distance of evaluation instants in a replay: the interval of its chunks. */
  readonly tickMs: number;
  /** What this process judges of them; all by default. */
  readonly shards?: ShardShare;
}

/** Rows of one INSERT: some ten megabytes of JSON, whatever number of series and ticks a span has. */
const ROWS_PER_INSERT_MAX = 50_000;

/** Turns panes into burn rates and budgets, tick by tick; then says through which instant everything is written. */
export class BurnStage {
  readonly #store: Store;
  readonly #clock: EvaluationClock;
  readonly #options: BurnStageOptions;
  #judged: readonly SloPlan[] | null = null;
  #groups: readonly PlanGroup[] = [];
  /** By SLO: each is judged by one revision. */
  #plans: ReadonlyMap<string, SloPlan> = new Map();
  readonly #liveChanges = new LiveChanges();
  readonly #dataStarts: DataStarts;
  readonly #historyOthers: HistoryOthers;
  readonly #liveSums: LiveSums;
  readonly #dispersions: KnownDispersions;
  #lastMs: number | null = null;
  #isResumed = false;
  /** The last step of a history changed nothing. */
  #isQuiet = false;
  #areStartsRead = false;
  /** Of a history: rows of budget_adjustments that its last span went by. */
  #adjustmentRows = 0;
  /** Live: how far rows were written when it was last judged, or looked. */
  #written: readonly WrittenPartition[] | undefined;
  /** Live, by group: what counted at the last tick. */
  readonly #counting = new Map<PlanGroup, ReadonlySet<string>>();

  constructor(store: Store, clock: EvaluationClock, options: BurnStageOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#options = options;
    this.#dataStarts = new DataStarts(store, options);
    this.#historyOthers = new HistoryOthers(store, options.stream);
    this.#liveSums = new LiveSums(store);
    this.#dispersions = new KnownDispersions(store, options.stream);
  }

  /** The SLOs that the latest rows speak of; null before the first call of `tick`. */
  get judged(): readonly SloPlan[] | null {
    return this.#judged;
  }

  /** Evaluates what is due; null if nothing is. Evaluating a span again writes the same rows. */
  async tick(): Promise<EvaluationSpan | null> {
    try {
      return await this.#tick();
    } catch (error) {
      // What was written of the span is not known, so the next call starts from what the tables say.
      this.#isResumed = false;
      throw error;
    }
  }

  /**
   * Between two ticks of a live stream: judges what was written since, as far as it may burn, and writes the series alone that
   * begin to burn a tier, so that a page does not wait for the next tick. Null where there is nothing to say before that.
   */
  async look(): Promise<EvaluationSpan | null> {
    if (!this.#isResumed || this.#judged === null || this.#options.judged() !== this.#judged) return null;
    try {
      const written = await this.#clock.written?.();
      if (written === undefined || isSamePlace(written, this.#written)) return null;
      const since = this.#written ?? [];
      const touched = await readTouched(this.#store, this.#options.stream, { plans: this.#judged, since });
      this.#written = written;
      if (touched.slos.size === 0) return null;
      const span = await this.#clock.due(this.#lastMs);
      return span === null ? null : await this.#look(span, touched);
    } catch (error) {
      this.#isResumed = false;
      throw error;
    }
  }

  async #look(span: EvaluationSpan, { slos, series }: Touched): Promise<EvaluationSpan | null> {
    let burningCount = 0;
    const readingOf = sharedReading(this.#store, this.#options.stream);
    for (const whole of this.#groups) {
      // Parts of a composite alert nobody by themselves.
      if (whole.tierWindowsMs.length === 0) continue;
      const touched = whole.plans.filter((plan) => isTouched(plan, slos));
      if (touched.length === 0) continue;
      // What is remembered is remembered of a whole group.
      const plans = isRemembered(whole) ? whole.plans : touched;
      const group = { ...whole, plans };
      const counting = this.#counting.get(whole) ?? new Set();
      const { sums, contextOf, tick } = await this.#sumsNow(group, {
        span,
        readingOf,
        only: { counting, series: isMadeOfAll(whole) ? null : series },
      });
      const burning = this.#liveChanges.burningAnew(sums, tick);
      if (burning.length === 0) continue;
      if (burningCount === 0) await this.#dataStarts.readSpan(span);
      await this.#write(burning, contextOf);
      this.#liveChanges.remember(burning, tick);
      burningCount += burning.length;
    }
    if (burningCount === 0) return null;
    await this.#reached(span);
    return span;
  }

  async #tick(): Promise<EvaluationSpan | null> {
    if (!this.#isResumed) {
      this.#lastMs = await this.#readLast();
      if (this.#options.kind === 'live') await this.#resumeLive();
      else await this.#historyOthers.resume(this.#lastMs ?? 0);
      this.#isResumed = true;
      this.#areStartsRead = false;
    }
    await this.#takeOverPlans();
    const due = await this.#clock.due(this.#lastMs);
    if (due === null) return null;
    const span = this.#isQuiet ? await this.#beyondQuiet(due) : due;
    this.#written = span.written;
    await this.#dataStarts.readSpan(span);
    const changeCount = await this.#evaluate(span);
    await this.#reached(span);
    this.#isQuiet = this.#options.kind === 'replay' && changeCount === 0;
    return span;
  }

  async #resumeLive(): Promise<void> {
    const periodsMs = this.#options.judged().map(({ period }) => nominalPeriodMs(period));
    await this.#liveChanges.resume(this.#store, this.#options.stream, Math.max(0, ...periodsMs) + DAY_MS);
  }

  /** Says through which instant everything is written that is to be decided on. */
  async #reached(span: EvaluationSpan): Promise<void> {
    await this.#store.insertRows(
      'evaluations',
      this.#shards.map((shard) => ({
        stream: this.#options.stream,
        shard,
        evaluated_through: Math.floor(span.toMs / 1_000),
        data_start: Math.floor(Math.min(span.toMs, this.#dataStarts.firstMs) / 1_000),
        coverage: span.coverage * (span.sources?.overall ?? 1),
      })),
    );
    this.#lastMs = span.toMs;
  }

  /** A step of history in which nothing changed is followed by one that reaches to the next change. */
  async #beyondQuiet(due: EvaluationSpan): Promise<EvaluationSpan> {
    const { stream, paneMs, tickMs } = this.#options;
    const quietMs = await quietThroughMs(this.#store, { stream, paneMs, tickMs, groups: this.#groups }, due);
    return quietMs > due.toMs ? { ...due, toMs: quietMs } : due;
  }

  /** In a history, revisions that were backfilled since are judged at the instant that was reached. */
  async #takeOverPlans(): Promise<void> {
    const judged = this.#options.judged();
    if (judged === this.#judged && this.#areStartsRead) return;
    // A backfill began before what was known of its series.
    await this.#dataStarts.resume(judged, this.#lastMs ?? 0);
    this.#areStartsRead = true;
    if (judged === this.#judged) return;
    if (this.#judged !== null) this.#historyOthers.forget();
    this.#groups = groupPlans(judged);
    this.#counting.clear();
    this.#plans = new Map(judged.map((plan) => [plan.slo, plan]));
    if (this.#lastMs !== null && this.#options.kind === 'replay')
      await this.#judgeBackfilled(judged, this.#lastMs);
    this.#judged = judged;
  }

  async #judgeBackfilled(judged: readonly SloPlan[], atMs: number): Promise<void> {
    const rows = await this.#store.query<{ readonly spec_rev: string }>(
      `SELECT DISTINCT spec_rev FROM backfills WHERE stream = {stream:String}
         AND spec_rev NOT IN (SELECT spec_rev FROM budget_hours WHERE stream = {stream:String})`,
      { stream: this.#options.stream },
    );
    const unjudged = new Set(rows.map((row) => row.spec_rev));
    const fresh = judged.filter((plan) => unjudged.has(plan.sli.specRev));
    const { stream, paneMs } = this.#options;
    for (const group of groupPlans(fresh)) {
      const sums = await groupSumsAt(this.#store, group, { stream, atMs, paneMs, startOf: this.#startOf });
      const evidenceOf = instantEvidence(group.plans, sums);
      await this.#write(sums, this.#contexts(group, { evidenceOf }));
    }
  }

  /** Returns how many rows it wrote of each table. */
  async #evaluate(span: EvaluationSpan): Promise<number> {
    let changeCount = 0;
    if (this.#options.kind === 'live') {
      await this.#dispersions.refresh(this.#judged ?? []);
      const readingOf = sharedReading(this.#store, this.#options.stream);
      for (const group of this.#groups) changeCount += await this.#evaluateNow(group, { span, readingOf });
      return changeCount;
    }
    const rowCount = await countAdjustmentRows(this.#store);
    const isRestated = rowCount !== this.#adjustmentRows;
    for (const group of this.#groups) changeCount += await this.#evaluateHistory(group, span, isRestated);
    this.#adjustmentRows = rowCount;
    return changeCount;
  }

  async #evaluateHistory(group: PlanGroup, span: EvaluationSpan, isRestated: boolean): Promise<number> {
    const { stream, paneMs, tickMs } = this.#options;
    const query = { stream, ...span, paneMs, tickMs, isRestated, startOf: this.#startOf };
    const sums = await groupChangesBetween(this.#store, group, query);
    const told = this.#historyOthers.taken(group.plans, sums);
    await this.#write(told.sums, this.#contexts(group, told));
    return told.sums.length;
  }

  async #evaluateNow(group: PlanGroup, at: LiveInstant): Promise<number> {
    const { sums, contextOf, tick, counting } = await this.#sumsNow(group, at);
    this.#counting.set(group, counting);
    const changed = this.#liveChanges.of(sums, tick);
    await this.#write(changed, contextOf);
    this.#liveChanges.remember(changed, tick);
    return changed.length;
  }

  /** The sums of a group at an instant of a live stream, of all its series or of some, and what they are judged by. */
  async #sumsNow(
    group: PlanGroup,
    { span, readingOf, only }: LiveInstant,
  ): Promise<{
    readonly sums: readonly WindowSums[];
    readonly contextOf: ContextOf;
    readonly tick: LiveTick;
    /** SLOs of which something counts. */
    readonly counting: ReadonlySet<string>;
  }> {
    const { stream, paneMs } = this.#options;
    const windowsToMs = span.windowsToMs ?? span.toMs;
    const windows = windowGroupOf(group, { fromMs: windowsToMs, toMs: windowsToMs });
    const series = only?.series ?? undefined;
    const found = await groupSumsAt(this.#store, group, {
      ...{ stream, atMs: windowsToMs, paneMs, series, readingOf, startOf: this.#startOf },
      sumsOf: (one) => this.#liveSums.sumsAt(one),
    });
    const sums = found.map((one) => ({ ...one, atMs: span.toMs }));
    const counting = new Set([...countingSlos(sums), ...(only?.counting ?? [])]);
    const { dispersionOf } = this.#dispersions;
    const evidenceOf = liveEvidence(group.plans, span, { sums, paneMs, counting, dispersionOf });
    const contextOf = this.#contexts(group, { evidenceOf, windowsToMs });
    const verdictOf = (one: WindowSums): Verdict => {
      const context = contextOf(one);
      return context === null ? UNJUDGED : budgetAt(one, context);
    };
    const burningOf = (one: WindowSums): readonly string[] => {
      const context = contextOf(one);
      return context === null ? [] : burningTiers(one, context);
    };
    const tick = { group: windows, atMs: span.toMs, evidenceOf, verdictOf, burningOf };
    return { sums, contextOf, tick, counting };
  }

  /** What each series' sums are judged by; null for an SLO that is none any more. */
  #contexts(
    group: PlanGroup,
    { evidenceOf, windowsToMs }: { readonly evidenceOf: EvidenceOf; readonly windowsToMs?: number },
  ): ContextOf {
    const { stream, paneMs } = this.#options;
    const periodAt = rememberPeriods(group, paneMs);
    return (one) => {
      const plan = this.#plans.get(one.slo);
      if (plan === undefined) return null;
      return {
        stream,
        plan,
        tierWindowsMs: group.tierWindowsMs,
        period: periodAt(windowsToMs ?? one.atMs),
        dataStartMs: this.#dataStarts.at(one),
        evidence: evidenceOf(one),
      };
    };
  }

  readonly #startOf = (one: WindowSums): number => this.#dataStarts.at(one);

  async #write(changed: readonly WindowSums[], contextOf: ContextOf): Promise<void> {
    for (let start = 0; start < changed.length; start += ROWS_PER_INSERT_MAX) {
      const burns: string[] = [];
      const budgets: string[] = [];
      for (const one of changed.slice(start, start + ROWS_PER_INSERT_MAX)) {
        const context = contextOf(one);
        if (context === null) continue;
        burns.push(JSON.stringify(burnRateRow(one, context)));
        budgets.push(JSON.stringify(budgetRow(one, context)));
      }
      // Both end before a failure is told: nothing of this tick may be under way while the next one reads the tables.
      const inserts = await Promise.allSettled([
        this.#insert('burn_rates', BURN_RATE_COLUMNS, burns),
        this.#insert('budgets', BUDGET_COLUMNS, budgets),
      ]);
      for (const insert of inserts) if (insert.status === 'rejected') throw insert.reason;
    }
  }

  async #insert(table: string, columns: readonly string[], lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const body = Buffer.from(lines.join('\n'));
    await this.#store.insertBytes({
      table,
      columns,
      format: 'JSONCompactEachRow',
      body,
      rowCount: lines.length,
    });
  }

  get #shards(): readonly number[] {
    return (this.#options.shards ?? WHOLE_SHARE).held;
  }

  async #readLast(): Promise<number | null> {
    const [row] = await this.#store.query<{ readonly last: number; readonly count: number }>(
      `SELECT toUnixTimestamp(min(last)) AS last, count() AS count
       FROM (SELECT max(evaluated_through) AS last FROM evaluation_hours
             WHERE stream = {stream:String} AND shard IN {shards:Array(UInt16)} GROUP BY shard)`,
      { stream: this.#options.stream, shards: this.#shards },
    );
    return row === undefined || row.count === 0 ? null : row.last * 1_000;
  }
}

/** An instant of a live stream at which series are summed. */
interface LiveInstant {
  readonly span: EvaluationSpan;
  readonly readingOf: ReadingOf;
  /** Some series (null: all), and what counted a moment ago; all where it is absent. */
  readonly only?: { readonly series: readonly string[] | null; readonly counting: ReadonlySet<string> };
}

type ContextOf = (one: WindowSums) => JudgementContext | null;

const UNJUDGED: Verdict = { state: '', remainingRatio: null };

/** A composite is touched with any of its parts. */
const isTouched = ({ slo, sli }: SloPlan, slos: ReadonlySet<string>): boolean =>
  slos.has(slo) || (sli.composite ?? []).some((part) => slos.has(part.slo));

/** Whether a series that is judged is made from all that are counted. */
const isMadeOfAll = (group: PlanGroup): boolean => group.isComposite === true || isOfEntities(group);

/** What is derived from counts is not made of the whole period at every tick: see LiveSums. */
const isRemembered = ({ plans, derivation }: PlanGroup): boolean =>
  derivation !== null ||
  plans.some(({ sli }) => (sli.composite ?? []).some((part) => part.derivation !== undefined));
