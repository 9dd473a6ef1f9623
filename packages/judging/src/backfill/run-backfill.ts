import { planColumns, type ColumnOf } from '@burnline/contracts';
import { AppError, invariant, sqlText, type SliPlan } from '@burnline/core';
import { STORE_RETRY, retrying, systemClock, type Clock, type Logger, type Store } from '@burnline/runtime';
import { checkPlan } from './check-plan.ts';
import { archiveInsertSql, scopedCountSql, seriesInsertsSql, type UncountedSlice } from './slice-sql.ts';
import { planSlices, type BackfillEpoch } from './slices.ts';

export type BackfillErrorCode = 'BACKFILL_STOPPED' | 'BACKFILL_ROWS_DIFFER';

export interface RawBackfillJob {
  readonly stream: string;
  readonly plan: SliPlan;
  /** Of the topic of events and of that of verdicts: both tables are read of each. */
  readonly epochs: readonly BackfillEpoch[];
  /** Width of a pane of the epochs, ms: whole seconds. */
  readonly paneMs: number;
  /** Records of one statement, about. */
  readonly sliceRecordsMax?: number;
}

export interface BackfillParts {
  readonly store: Store;
  readonly clock?: Clock;
  readonly logger: Logger;
}

export interface BackfillRun {
  readonly signal?: AbortSignal;
  /** Share of the raw records that are counted, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface BackfillResult {
  /** Records within the scope that were found before the revision began. */
  readonly events: number;
  readonly sliceCount: number;
}

/** Far below what a statement gets to do in the store's timeout, and enough that planning does not count. */
const SLICE_RECORDS_MAX = 250_000;
/** Panes kept of the time before the newest record: as long as the archive keeps them. */
const PANES_KEPT_S = 8 * 86_400;
/** Panes begin with a whole 5 minutes: a cell is either all panes or none. */
const COARSEST_PANES_S = 300;

/**
 * Counts the raw rows that lie before a revision began, into the archive, as if the processor had counted them: the same
 * series, panes, sums and histograms. The row in `backfills` comes last; nothing is read before it is there.
 *
 * Running it again changes nothing once it is complete; before that it begins anew. One run per revision at a time.
 *
 * Rejects with BACKFILL_STOPPED (`retry`) when the signal aborts, BACKFILL_ROWS_DIFFER (`retry`) if the archive is not what
 * was counted (another run wrote meanwhile, or raw rows expired), BACKFILL_PLAN_UNSUPPORTED, or as the store does.
 */
export async function runBackfill(
  parts: BackfillParts,
  job: RawBackfillJob,
  run: BackfillRun = {},
): Promise<BackfillResult> {
  checkPlan(job.plan);
  invariant(job.paneMs % 1_000 === 0, 'panes of the archive are whole seconds');
  return new Backfill(parts, job, run).run();
}

class Backfill {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #job: RawBackfillJob;
  readonly #run: BackfillRun;
  readonly #column: ColumnOf;

  constructor({ store, clock, logger }: BackfillParts, job: RawBackfillJob, run: BackfillRun) {
    this.#store = store;
    this.#clock = clock ?? systemClock;
    this.#logger = logger;
    this.#job = job;
    this.#run = run;
    this.#column = planColumns(job.plan);
  }

  async run(): Promise<BackfillResult> {
    const { plan, epochs, sliceRecordsMax } = this.#job;
    const done = await this.#ask<{ events: number }>(`SELECT events FROM backfills FINAL WHERE ${this.#key}`);
    if (done[0] !== undefined) return { events: done[0].events, sliceCount: 0 };
    await this.#removeLeftovers();
    const recordsMax = sliceRecordsMax ?? SLICE_RECORDS_MAX;
    const { slices, newestS } = await this.#retrying(() => planSlices(this.#store, plan, epochs, recordsMax));
    const recordCount = slices.reduce((sum, slice) => sum + slice.recordCount, 0);
    let [events, counted] = [0, 0];
    for (const [number, slice] of slices.entries()) {
      events += await this.#count({ ...this.#slice(newestS), span: slice.span, number });
      counted += slice.recordCount;
      this.#run.onProgress?.(counted / recordCount);
    }
    await this.#checkArchive(events);
    const row = { stream: this.#job.stream, slo: plan.slo, spec_rev: plan.specRev, events };
    await this.#retrying(() => this.#store.insertRows('backfills', [row]));
    this.#run.onProgress?.(1);
    return { events, sliceCount: slices.length };
  }

  /** What of the archive and of the table of backfills is this revision's. */
  get #key(): string {
    const { stream, plan } = this.#job;
    return `stream = ${sqlText(stream)} AND slo = ${sqlText(plan.slo)} AND spec_rev = ${sqlText(plan.specRev)}`;
  }

  get #archiveKey(): string {
    return `${this.#key} AND source_kind = 'backfill'`;
  }

  #slice(newestS: number): Omit<UncountedSlice, 'span' | 'number'> {
    const { plan, stream, paneMs } = this.#job;
    return {
      plan,
      stream,
      paneMs,
      panesFromS: Math.floor((newestS - PANES_KEPT_S) / COARSEST_PANES_S) * COARSEST_PANES_S,
      column: this.#column,
    };
  }

  /**
   * Rows of a run that broke off: another one may cut its slices elsewhere, and both would count. Those of the copy go first: while any of
   * the archive are there, the next run looks again.
   */
  async #removeLeftovers(): Promise<void> {
    const left = await this.#ask(`SELECT 1 FROM sli_archive WHERE ${this.#archiveKey} LIMIT 1`);
    if (left.length === 0) return;
    for (const table of ['sli_hours', 'sli_archive'])
      await this.#command(
        `DELETE FROM ${table} WHERE ${this.#archiveKey} SETTINGS lightweight_deletes_sync = 2`,
      );
  }

  /** Series first: a row must not name one that is not there. */
  async #count(slice: UncountedSlice): Promise<number> {
    const [found] = await this.#ask<{ records: number; group_count: number }>(scopedCountSql(slice));
    const isCapped = (found?.group_count ?? 0) > slice.plan.groupBy.seriesCountMax;
    for (const insert of seriesInsertsSql({ ...slice, isCapped })) await this.#command(insert);
    await this.#command(archiveInsertSql({ ...slice, isCapped }));
    return found?.records ?? 0;
  }

  async #checkArchive(events: number): Promise<void> {
    const levels = await this.#ask<{ level: string; count: number }>(
      `SELECT toString(level) AS level, sum(total + excluded) AS count FROM sli_archive FINAL
       WHERE ${this.#archiveKey} AND level != 'pane' GROUP BY level
       UNION ALL SELECT 'hours by series' AS level, sum(total + excluded) AS count FROM sli_hours FINAL
       WHERE ${this.#archiveKey}`,
    );
    const wrong = levels.find(({ count }) => count !== events);
    if (wrong === undefined && (events === 0 || levels.length > 1)) return;
    throw new AppError<BackfillErrorCode>(
      'BACKFILL_ROWS_DIFFER',
      `${this.#job.plan.slo}: ${events} records were counted, the archive has ${wrong?.count ?? 0}`,
      { outcome: 'retry', remedy: 'Another backfill wrote meanwhile, or raw rows expired. It begins anew.' },
    );
  }

  #ask<Row>(sql: string): Promise<Row[]> {
    return this.#retrying(() => this.#store.query<Row>(sql));
  }

  #command(sql: string): Promise<void> {
    return this.#retrying(() => this.#store.command(sql));
  }

  /** Every statement can be sent again: the rows of a slice have keys of their own. */
  async #retrying<Result>(work: () => Promise<Result>): Promise<Result> {
    const { signal } = this.#run;
    if (signal?.aborted === true) {
      throw new AppError<BackfillErrorCode>(
        'BACKFILL_STOPPED',
        `The backfill of ${this.#job.plan.slo} was stopped`,
        {
          outcome: 'retry',
        },
      );
    }
    return retrying(work, STORE_RETRY, {
      clock: this.#clock,
      ...(signal === undefined ? {} : { signal }),
      onRetry: (error, attempt, delayMs) => {
        this.#logger.warn({ code: error.code, attempt, delayMs }, 'the database is busy, trying again');
      },
    });
  }
}
