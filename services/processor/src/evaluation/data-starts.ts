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
import type { WindowSums } from './window-sums.ts';

interface StartRow {
  readonly slo: string;
  readonly spec_rev: string;
  readonly series_text: string;
  readonly first_s: number;
}

interface SpanRow extends StartRow {
  readonly tick: number;
}

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
  readonly #startsMs = new Map<string, number>();
  /** What the current span adds, by series, in the order of instants. */
  #changes = new Map<string, StartChange[]>();
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
      `SELECT slo, spec_rev, toString(series) AS series_text, toUnixTimestamp(min(first)) AS first_s
       FROM (
         SELECT slo, spec_rev, series, pane AS first FROM sli_panes
         WHERE stream = {stream:String} AND ${unsealedSql(reading)} AND log_interval <= fromUnixTimestamp({last:Int64})
         ${sealedStartsSql(reading)}
       )
       GROUP BY slo, spec_rev, series`,
      { stream: this.#stream, last: this.#lastIntervalS(lastMs), ...sealedParams(reading) },
    );
    for (const row of rows) this.#lower(keyOf(row), row.first_s * 1_000);
  }

  /** Reads what comes into sight at each tick of a replay's span. */
  async readSpan(span: EvaluationSpan): Promise<void> {
    for (const [key, changes] of this.#changes) for (const { paneMs } of changes) this.#lower(key, paneMs);
    this.#changes = new Map();
    for (const row of await this.#readSpan(span)) {
      const changes = this.#changes.get(keyOf(row)) ?? [];
      changes.push({ atMs: row.tick * 1_000, paneMs: row.first_s * 1_000 });
      this.#changes.set(keyOf(row), changes);
      this.#firstMs = Math.min(this.#firstMs, row.first_s * 1_000);
    }
  }

  /** The first pane of a series, as seen at the instant of its sums. */
  at(key: string, sums: Pick<WindowSums, 'atMs' | 'firstPaneMs'>): number {
    const seen = (this.#changes.get(key) ?? []).filter((change) => change.atMs <= sums.atMs);
    this.#changes.set(key, (this.#changes.get(key) ?? []).slice(seen.length));
    for (const { paneMs } of seen) this.#lower(key, paneMs);
    return this.#lower(key, sums.firstPaneMs);
  }

  #lower(key: string, paneMs: number): number {
    const startMs = Math.min(this.#startsMs.get(key) ?? Infinity, paneMs);
    this.#startsMs.set(key, startMs);
    this.#firstMs = Math.min(this.#firstMs, startMs);
    return startMs;
  }

  /** Rows that come into sight within a span: a row does at the end of its log interval. None of them is sealed yet. */
  #readSpan({ fromMs, toMs }: EvaluationSpan): Promise<SpanRow[]> {
    return this.#store.query<SpanRow>(
      `SELECT slo, spec_rev, toString(series) AS series_text, toUnixTimestamp(min(pane)) AS first_s,
              toInt64(toUnixTimestamp(log_interval)) + ${this.#tickMs / 1_000} AS tick
       FROM sli_panes
       WHERE stream = {stream:String} AND log_interval > fromUnixTimestamp({from:Int64})
         AND log_interval <= fromUnixTimestamp({to:Int64})
       GROUP BY slo, spec_rev, series, tick ORDER BY slo, spec_rev, series, tick`,
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
    `UNION ALL SELECT slo, spec_rev, series, first_pane AS first FROM sli_archive
     WHERE stream = {stream:String} AND level = '${level}' AND ${sources}`;
  const loose = reading.epochs.length === 0 ? '' : read('1h', looseHourSourcesSql(reading));
  return `${loose} ${read('1d', `(${daySourcesSql(reading)} OR ${backfillSourcesSql(reading)})`)}`;
}

export function seriesKeyOf(one: Pick<WindowSums, 'slo' | 'specRev' | 'series'>): string {
  return `${one.slo}|${one.specRev}|${one.series}`;
}

function keyOf(row: StartRow): string {
  return seriesKeyOf({ slo: row.slo, specRev: row.spec_rev, series: row.series_text });
}
