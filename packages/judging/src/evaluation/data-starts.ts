import { nominalPeriodMs, type SloPlan } from '@burnline/core';
import { isOfEntities } from '@burnline/counting';
import type { QueryParams, Store } from '@burnline/runtime';
import type { EvaluationSpan } from './evaluation-clock.ts';
import { lastUntil } from './last-until.ts';
import {
  backfillSourcesSql,
  hourSourcesSql,
  readSealed,
  sealedParams,
  unsealedSql,
} from './sealed-reading.ts';
import { SeriesMap } from './series-map.ts';
import type { WindowSums } from './window-sums.ts';

interface StartRow {
  readonly spec_rev: string;
  readonly series_text: string;
  readonly first_s: number;
}

interface SpanRow extends StartRow {
  readonly tick: number;
}

type SumsSeen = Pick<WindowSums, 'specRev' | 'series' | 'atMs' | 'firstPaneMs'>;

interface StartChange {
  readonly atMs: number;
  readonly paneMs: number;
}

/**
 * SQL over spec_rev: the budget's period in seconds. A row whose event time was further back when it was logged never
 * counted in any period: one stray event of long ago must not make years of silence look like data. To the hour, which is
 * what the archive still knows of both times.
 */
const PERIOD_S = `transform(spec_rev, {startRevs:Array(String)}, {startPeriods:Array(Int64)}, toInt64(0))`;
const COUNTED_SQL = `toUnixTimestamp(toStartOfHour(pane)) + ${PERIOD_S} >= toUnixTimestamp(toStartOfHour(log_interval))`;
/** The series that is judged: entities are counted each in its own, by the hundred thousand, and judged together. */
const JUDGED_SERIES = 'if(spec_rev IN {entityRevs:Array(String)}, toUInt64(0), series)';
const JUDGED_SQL = `stream = {stream:String} AND spec_rev IN {startRevs:Array(String)}`;

/**
 * The first pane with data of each series: how much of a budget's period is filled follows from it. Of all rows that counted
 * within a period when they were logged it is the oldest pane, which follows from the log alone: a restart fills periods
 * like an undisturbed run. Holds one number per series that the stream ever had.
 */
export class DataStarts {
  readonly #store: Store;
  readonly #stream: string;
  readonly #kind: 'live' | 'replay';
  readonly #tickMs: number;
  #judged: readonly SloPlan[] = [];
  /** By revision and series: a revision hashes its SLO's name too. */
  readonly #startsMs = new SeriesMap<number>();
  /** What the current span of a replay adds, in the order of instants, each with the first pane until then. */
  readonly #changes = new SeriesMap<StartChange[]>();
  /** Live: rows of log intervals before it were read already, epoch seconds. */
  #readThroughS = 0;
  #firstMs = Infinity;

  constructor(
    store: Store,
    options: { readonly stream: string; readonly kind: 'live' | 'replay'; readonly tickMs: number },
  ) {
    this.#store = store;
    this.#stream = options.stream;
    this.#kind = options.kind;
    this.#tickMs = options.tickMs;
  }

  /** First pane of all series so far, epoch ms; Infinity before the first. */
  get firstMs(): number {
    return this.#firstMs;
  }

  /** Takes what could be seen at the last evaluation of these SLOs: in a live stream, what is there. What is sealed could. */
  async resume(judged: readonly SloPlan[], lastMs: number): Promise<void> {
    this.#judged = judged;
    this.#startsMs.clear();
    this.#changes.clear();
    this.#firstMs = Infinity;
    this.#readThroughS = 0;
    const reading = await readSealed(this.#store, this.#stream);
    const isSeen = this.#kind === 'live' ? '1' : 'log_interval <= fromUnixTimestamp({last:Int64})';
    // A backfill's rows say when events were, not when they were logged: not before the live stream began.
    const isBackfilled = `${backfillSourcesSql(reading)} AND (
      toUnixTimestamp(bucket) + ${PERIOD_S} >= toUnixTimestamp((
        SELECT min(toStartOfHour(created_at)) FROM stream_epochs WHERE stream = {stream:String}))
      OR {kind:String} = 'replay')`;
    const rows = await this.#store.query<StartRow>(
      `SELECT spec_rev, toString(${JUDGED_SERIES}) AS series_text, toUnixTimestamp(min(first)) AS first_s
       FROM (
         SELECT spec_rev, series, pane AS first FROM sli_panes
         WHERE ${JUDGED_SQL} AND ${unsealedSql(reading)} AND ${isSeen} AND ${COUNTED_SQL}
         UNION ALL
         SELECT spec_rev, series, first_pane AS first FROM sli_archive
         WHERE ${JUDGED_SQL} AND level = '1h' AND (
           (${hourSourcesSql(reading)} AND toUnixTimestamp(bucket) + ${PERIOD_S} >= toUnixTimestamp(source))
           OR (${isBackfilled}))
       )
       GROUP BY spec_rev, ${JUDGED_SERIES}`,
      { ...this.#params(), kind: this.#kind, last: this.#lastIntervalS(lastMs), ...sealedParams(reading) },
    );
    for (const row of rows) this.#lower(row.spec_rev, row.series_text, row.first_s * 1_000);
  }

  /** Reads what comes into sight: at each tick of a replay's span, or since the last tick of a live stream. */
  async readSpan(span: EvaluationSpan): Promise<void> {
    for (const [specRev, series, changes] of this.#changes.entries())
      this.#lower(specRev, series, changes.at(-1)?.paneMs ?? Infinity);
    this.#changes.clear();
    const rows = await this.#readSpan(span);
    if (this.#kind === 'live') {
      for (const row of rows) this.#lower(row.spec_rev, row.series_text, row.first_s * 1_000);
      this.#readThroughS = Math.max(this.#readThroughS, this.#lastIntervalS(span.writtenThroughMs ?? 0));
      return;
    }
    for (const row of rows) {
      const changes = this.#changes.get(row.spec_rev, row.series_text) ?? [];
      const paneMs = Math.min(row.first_s * 1_000, changes.at(-1)?.paneMs ?? Infinity);
      changes.push({ atMs: row.tick * 1_000, paneMs });
      this.#changes.set(row.spec_rev, row.series_text, changes);
      this.#firstMs = Math.min(this.#firstMs, row.first_s * 1_000);
    }
  }

  /** The first pane of a series, as seen at the instant of its sums. */
  at({ specRev, series, atMs, firstPaneMs }: SumsSeen): number {
    const seenMs = lastUntil(this.#changes.get(specRev, series) ?? [], atMs)?.paneMs;
    const knownMs = Math.min(this.#startsMs.get(specRev, series) ?? Infinity, seenMs ?? Infinity);
    return knownMs === Infinity ? firstPaneMs : knownMs;
  }

  #lower(specRev: string, series: string, paneMs: number): void {
    const knownMs = this.#startsMs.get(specRev, series);
    if (knownMs !== undefined && knownMs <= paneMs) return;
    this.#startsMs.set(specRev, series, paneMs);
    this.#firstMs = Math.min(this.#firstMs, paneMs);
  }

  /**
   * Rows that come into sight within a span: in a replay a row does at the end of its log interval, live as soon as it is
   * written, which is not before its partition's watermark. None of them is sealed yet.
   */
  #readSpan({ fromMs, toMs }: EvaluationSpan): Promise<SpanRow[]> {
    const isInSpan =
      this.#kind === 'live'
        ? 'log_interval >= fromUnixTimestamp({from:Int64})'
        : 'log_interval > fromUnixTimestamp({from:Int64}) AND log_interval <= fromUnixTimestamp({to:Int64})';
    return this.#store.query<SpanRow>(
      `SELECT spec_rev, toString(${JUDGED_SERIES}) AS series_text, toUnixTimestamp(min(pane)) AS first_s,
              toInt64(toUnixTimestamp(log_interval)) + ${this.#tickMs / 1_000} AS tick
       FROM sli_panes
       WHERE ${JUDGED_SQL} AND ${isInSpan} AND ${COUNTED_SQL}
       GROUP BY spec_rev, ${JUDGED_SERIES}, tick ORDER BY spec_rev, ${JUDGED_SERIES}, tick`,
      {
        ...this.#params(),
        from: this.#kind === 'live' ? this.#readThroughS : this.#lastIntervalS(fromMs),
        to: this.#lastIntervalS(toMs),
      },
    );
  }

  #params(): QueryParams {
    // Parts of a composite may be judged elsewhere.
    const periods = new Map(
      this.#judged.flatMap(({ sli, period }) =>
        [sli, ...(sli.composite ?? [])].map(({ specRev }) => [
          specRev,
          Math.ceil(nominalPeriodMs(period) / 1_000),
        ]),
      ),
    );
    return {
      stream: this.#stream,
      startRevs: [...periods.keys()],
      entityRevs: this.#judged.flatMap(({ sli }) =>
        [sli, ...(sli.composite ?? [])].filter(isOfEntities).map(({ specRev }) => specRev),
      ),
      startPeriods: [...periods.values()],
    };
  }

  /** Start of the last log interval that can be seen at an instant, epoch seconds. */
  #lastIntervalS(atMs: number): number {
    return Math.max(0, Math.floor((atMs - this.#tickMs) / 1_000));
  }
}
