import { MINUTE_MS, type SloPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { SeriesMap } from '../evaluation/series-map.ts';
import type { WindowSums } from '../evaluation/window-sums.ts';
import { isDispersionMeasured } from './measure-dispersions.ts';

/** They are measured once an hour. */
const READ_EVERY_MS = MINUTE_MS;
/** Of more than that those are known that burst the most. */
const KNOWN_SERIES_MAX = 200_000;

interface MeasuredRow {
  readonly slo: string;
  readonly spec_rev: string;
  readonly series_text: string;
  readonly dispersion: number;
}

/** What was measured last of each series of a stream, as far as it is judged by it: the same until it is read again. */
export class KnownDispersions {
  readonly #store: Store;
  readonly #stream: string;
  #known = new SeriesMap<{ readonly specRev: string; readonly dispersion: number }>();
  #readMs = -Infinity;
  #plans: readonly SloPlan[] = [];

  constructor(store: Store, stream: string) {
    this.#store = store;
    this.#stream = stream;
  }

  /** Reads them where that was long ago, or other SLOs are judged; no query where none asks for evidence. */
  async refresh(plans: readonly SloPlan[]): Promise<void> {
    const nowMs = performance.now();
    if (plans === this.#plans && nowMs - this.#readMs < READ_EVERY_MS) return;
    const measured = plans.filter(isDispersionMeasured);
    const rows = measured.length === 0 ? [] : await this.#read(measured);
    this.#known = new SeriesMap();
    for (const { slo, series_text: series, spec_rev: specRev, dispersion } of rows)
      this.#known.set(slo, series, { specRev, dispersion });
    this.#readMs = nowMs;
    this.#plans = plans;
  }

  #read(measured: readonly SloPlan[]): Promise<readonly MeasuredRow[]> {
    return this.#store.query<MeasuredRow>(
      `SELECT slo, spec_rev, toString(series) AS series_text, greatest(1, argMax(phi, (measured_at, written_at))) AS dispersion
       FROM dispersions
       WHERE stream = {stream:String} AND slo IN {slos:Array(String)} AND spec_rev IN {revs:Array(String)}
       GROUP BY slo, spec_rev, series HAVING dispersion > 1
       ORDER BY dispersion DESC LIMIT {limit:UInt32}`,
      {
        stream: this.#stream,
        slos: measured.map(({ slo }) => slo),
        revs: measured.map(({ sli }) => sli.specRev),
        limit: KNOWN_SERIES_MAX,
      },
    );
  }

  /** Index of dispersion of a series, 1 or more; 1 where it was not measured. */
  readonly dispersionOf = ({
    slo,
    series,
    specRev,
  }: Pick<WindowSums, 'slo' | 'series' | 'specRev'>): number => {
    const known = this.#known.get(slo, series);
    return known?.specRev === specRev ? known.dispersion : 1;
  };
}
