import { planColumns } from '@burnline/contracts';
import { invariant, type SliPlan } from '@burnline/core';
import { STORE_RETRY, retrying, systemClock, type Clock, type Store } from '@burnline/runtime';
import { checkPlan } from './check-plan.ts';
import {
  PANE_COLUMNS,
  SERIES_COLUMNS,
  paneRowsSql,
  scopedCountSql,
  seriesSelectsSql,
  type UncountedSlice,
} from './slice-sql.ts';
import { planSlices, type BackfillEpoch, type SlicePlan } from './slices.ts';

/** Where raw rows lie. Nothing is written there: whoever may only read may count a history. */
export interface HistorySource {
  readonly store: Store;
  /** The rows of a SELECT as bytes of JSONCompactEachRow, integers exact. */
  readonly rowsOf: (sql: string) => Promise<Uint8Array>;
}

export interface HistoryJob {
  readonly stream: string;
  /** Revisions whose SLIs are counted. */
  readonly slis: readonly SliPlan[];
  /** Of the topic of events and of that of verdicts, each with the offsets at which the history ends. */
  readonly epochs: readonly BackfillEpoch[];
  /** Width of a pane and of an interval of log time, ms: whole seconds. */
  readonly paneMs: number;
  readonly intervalMs: number;
  /** Written into the rows as the start of their life, epoch ms. */
  readonly keptSinceMs: number;
  /** Records of one statement, about. */
  readonly sliceRecordsMax?: number;
}

export interface HistoryRun {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Records looked at by all SLIs together, and how many there are. */
  readonly onProgress?: (recordCount: number, total: number) => void;
}

/** As many as a backfill takes at once; its rows are held in memory, each at most as large as what it sums. */
const SLICE_RECORDS_MAX = 250_000;
/** Slices of a history: their numbers stand where rows have a partition. */
const SLICES_MAX = 65_536;
const NEW_LINE = 10;

/**
 * Counts raw rows into panes of another database, by the SQL form, each in the interval of log time in which its chunk was
 * closed. What is made of it later sees at every tick what the pipeline saw. @returns records within the scope, by SLO
 */
export async function countHistory(
  source: HistorySource,
  target: Store,
  job: HistoryJob,
  run: HistoryRun = {},
): Promise<ReadonlyMap<string, number>> {
  for (const sli of job.slis) checkPlan(sli);
  const counter = new HistoryCounter(source, target, job, run);
  const plans = new Map<SliPlan['stream'], SlicePlan>();
  for (const sli of job.slis) if (!plans.has(sli.stream)) plans.set(sli.stream, await counter.sliceOut(sli));
  const jobs = job.slis.map((sli) => ({ sli, slices: plans.get(sli.stream)?.slices ?? [] }));
  const recordsOf = (slices: SlicePlan['slices']): number =>
    slices.reduce((sum, { recordCount }) => sum + recordCount, 0);
  const total = jobs.reduce((sum, { slices }) => sum + recordsOf(slices), 0);
  const counted = new Map<string, number>();
  let looked = 0;
  run.onProgress?.(0, total);
  for (const { sli, slices } of jobs) {
    counted.set(sli.slo, 0);
    for (const [number, { span, recordCount }] of slices.entries()) {
      const found = await counter.count(sli, { span, number });
      counted.set(sli.slo, (counted.get(sli.slo) ?? 0) + found);
      looked += recordCount;
      run.onProgress?.(looked, total);
    }
  }
  return counted;
}

class HistoryCounter {
  readonly #source: HistorySource;
  readonly #target: Store;
  readonly #job: HistoryJob;
  readonly #run: HistoryRun;

  constructor(source: HistorySource, target: Store, job: HistoryJob, run: HistoryRun) {
    this.#source = source;
    this.#target = target;
    this.#job = job;
    this.#run = run;
  }

  async sliceOut(sli: SliPlan): Promise<SlicePlan> {
    const recordsMax = this.#job.sliceRecordsMax ?? SLICE_RECORDS_MAX;
    const plan = await this.#retrying(() =>
      planSlices(this.#source.store, sli, this.#job.epochs, recordsMax),
    );
    invariant(plan.slices.length <= SLICES_MAX, `a history has at most ${SLICES_MAX} slices`);
    return plan;
  }

  /** Counts one slice of an SLI; returns how many of its records are within the scope. */
  async count(plan: SliPlan, { span, number }: Pick<UncountedSlice, 'span' | 'number'>): Promise<number> {
    const { stream, paneMs, intervalMs, keptSinceMs } = this.#job;
    // From the epoch on: every pane has rows of its own.
    const slice = { plan, span, number, stream, paneMs, panesFromS: 0, column: planColumns(plan) };
    const [found] = await this.#retrying(() =>
      this.#source.store.query<{ records: number; group_count: number }>(scopedCountSql(slice)),
    );
    if (found === undefined || found.records === 0) return 0;
    const isCapped = found.group_count > plan.groupBy.seriesCountMax;
    for (const { table, sql } of seriesSelectsSql({ ...slice, isCapped }))
      await this.#copy(sql, table, SERIES_COLUMNS);
    const rows = { intervalMs, keptSinceS: Math.floor(keptSinceMs / 1_000) };
    await this.#copy(paneRowsSql({ ...slice, isCapped }, rows), 'sli_panes', PANE_COLUMNS);
    return found.records;
  }

  async #copy(sql: string, table: string, columns: readonly string[]): Promise<void> {
    const body = await this.#retrying(() => this.#source.rowsOf(sql));
    const rowCount = body.reduce((count, byte) => (byte === NEW_LINE ? count + 1 : count), 0);
    if (rowCount === 0) return;
    const insert = { table, columns, format: 'JSONCompactEachRow', body, rowCount };
    await this.#retrying(() => this.#target.insertBytes(insert));
  }

  #retrying<Result>(work: () => Promise<Result>): Promise<Result> {
    const { clock = systemClock, signal } = this.#run;
    signal?.throwIfAborted();
    return retrying(work, STORE_RETRY, { clock, ...(signal === undefined ? {} : { signal }) });
  }
}
