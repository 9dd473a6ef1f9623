import type { Store } from '@burnline/runtime';
import type { EvaluationSpan } from './evaluation-clock.ts';
import {
  backfillSourcesSql,
  daySourcesSql,
  looseHourSourcesSql,
  readSealed,
  sealedParams,
  unsealedSql,
  type SealedReading,
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
 * The first pane with data of each series: how much of a budget's period is filled follows from it.
 *
 * In a replay it is a function of the instant alone (the oldest pane among the rows that can be seen there), so that a
 * restart fills periods like an undisturbed run. Holds one number per series that the stream ever had.
 */
export class DataStarts {
  readonly #store: Store;
  readonly #stream: string;
  readonly #tickMs: number;
  /** By revision and series: a revision hashes its SLO's name too. */
  readonly #startsMs = new SeriesMap<number>();
  /** What the current span adds, in the order of instants. */
  readonly #changes = new SeriesMap<StartChange[]>();
  #firstMs = Infinity;

  constructor(store: Store, options: { readonly stream: string; readonly tickMs: number }) {
    this.#store = store;
    this.#stream = options.stream;
    this.#tickMs = options.tickMs;
  }

  /** First pane of all series so far, epoch ms; Infinity before the first. */
  get firstMs(): number {
    return this.#firstMs;
  }

  /** Takes what could be seen at the last evaluation. What is sealed could. */
  async resume(lastMs: number): Promise<void> {
    this.#startsMs.clear();
    this.#changes.clear();
    this.#firstMs = Infinity;
    const reading = await readSealed(this.#store, this.#stream);
    const rows = await this.#store.query<StartRow>(
      `SELECT spec_rev, toString(series) AS series_text, toUnixTimestamp(min(first)) AS first_s
       FROM (
         SELECT spec_rev, series, pane AS first FROM sli_panes
         WHERE stream = {stream:String} AND ${unsealedSql(reading)} AND log_interval <= fromUnixTimestamp({last:Int64})
         ${sealedStartsSql(reading)}
       )
       GROUP BY spec_rev, series`,
      { stream: this.#stream, last: this.#lastIntervalS(lastMs), ...sealedParams(reading) },
    );
    for (const row of rows) this.#lower(row.spec_rev, row.series_text, row.first_s * 1_000);
  }

  /** Reads what comes into sight at each tick of a replay's span. */
  async readSpan(span: EvaluationSpan): Promise<void> {
    for (const [specRev, series, changes] of this.#changes.entries())
      for (const { paneMs } of changes) this.#lower(specRev, series, paneMs);
    this.#changes.clear();
    for (const row of await this.#readSpan(span)) {
      const changes = this.#changes.get(row.spec_rev, row.series_text) ?? [];
      changes.push({ atMs: row.tick * 1_000, paneMs: row.first_s * 1_000 });
      this.#changes.set(row.spec_rev, row.series_text, changes);
      this.#firstMs = Math.min(this.#firstMs, row.first_s * 1_000);
    }
  }

  /** The first pane of a series, as seen at the instant of its sums. */
  at({ specRev, series, atMs, firstPaneMs }: SumsSeen): number {
    const changes = this.#changes.get(specRev, series);
    if (changes !== undefined) {
      const seen = changes.filter((change) => change.atMs <= atMs);
      changes.splice(0, seen.length);
      for (const { paneMs } of seen) this.#lower(specRev, series, paneMs);
    }
    return this.#lower(specRev, series, firstPaneMs);
  }

  #lower(specRev: string, series: string, paneMs: number): number {
    const knownMs = this.#startsMs.get(specRev, series);
    if (knownMs !== undefined && knownMs <= paneMs) return knownMs;
    this.#startsMs.set(specRev, series, paneMs);
    this.#firstMs = Math.min(this.#firstMs, paneMs);
    return paneMs;
  }

  /** Rows that come into sight within a span: a row does at the end of its log interval. None of them is sealed yet. */
  #readSpan({ fromMs, toMs }: EvaluationSpan): Promise<SpanRow[]> {
    return this.#store.query<SpanRow>(
      `SELECT spec_rev, toString(series) AS series_text, toUnixTimestamp(min(pane)) AS first_s,
              toInt64(toUnixTimestamp(log_interval)) + ${this.#tickMs / 1_000} AS tick
       FROM sli_panes
       WHERE stream = {stream:String} AND log_interval > fromUnixTimestamp({from:Int64})
         AND log_interval <= fromUnixTimestamp({to:Int64})
       GROUP BY spec_rev, series, tick ORDER BY spec_rev, series, tick`,
      { stream: this.#stream, from: this.#lastIntervalS(fromMs), to: this.#lastIntervalS(toMs) },
    );
  }

  /** Start of the last log interval that can be seen at an instant, epoch seconds. */
  #lastIntervalS(atMs: number): number {
    return Math.max(0, Math.floor((atMs - this.#tickMs) / 1_000));
  }
}

/** SQL: the oldest panes of what is sealed, read from the coarsest rows that have it; twice the same does no harm. */
function sealedStartsSql(reading: SealedReading): string {
  const read = (level: '1h' | '1d', sources: string): string =>
    `UNION ALL SELECT spec_rev, series, first_pane AS first FROM sli_archive
     WHERE stream = {stream:String} AND level = '${level}' AND ${sources}`;
  const loose = reading.epochs.length === 0 ? '' : read('1h', looseHourSourcesSql(reading));
  return `${loose} ${read('1d', `(${daySourcesSql(reading)} OR ${backfillSourcesSql(reading)})`)}`;
}
