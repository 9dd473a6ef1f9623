import type { SloPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { otherSeriesOf } from '@burnline/counting';
import { lastUntil } from './last-until.ts';
import { completenessOf, sumsOfRow, type SumsRow } from './live-changes.ts';
import { historyEvidence, type EvidenceOf } from './series-evidence.ts';
import { SeriesMap } from './series-map.ts';
import type { WindowSums } from './window-sums.ts';

/** Sums of a span with those that `__other__` made doubtful, and what is known about each. */
export interface ToldSums {
  readonly sums: readonly WindowSums[];
  readonly evidenceOf: EvidenceOf;
}

/**
 * What a history's series may have lost to the cap on series. A series that does not change gets a row too when
 * `__other__` takes so much that it looks complete no more: between two rows the earlier one holds.
 *
 * Holds the last sums of every series of SLOs with group-by, bounded by the caps of the specs; after a restart they are
 * those of the tables.
 */
export class HistoryOthers {
  readonly #store: Store;
  readonly #stream: string;
  readonly #last = new SeriesMap<WindowSums>();

  constructor(store: Store, stream: string) {
    this.#store = store;
    this.#stream = stream;
  }

  /** Takes the rows of the last evaluation and those before it. */
  async resume(lastMs: number): Promise<void> {
    this.#last.clear();
    const latest = (table: string): string =>
      `(SELECT * FROM ${table} WHERE stream = {stream:String} AND series != 0
          AND evaluated_at <= fromUnixTimestamp({last:UInt32})
        ORDER BY evaluated_at DESC LIMIT 1 BY slo, series)`;
    const rows = await this.#store.query<SumsRow>(
      `SELECT b.slo AS slo, b.spec_rev AS spec_rev, toString(b.series) AS series_text, b.good AS good, b.total AS count,
              r.bad AS bads, r.total AS counts, b.total_seen - b.bad_seen AS good_seen, b.total_seen AS count_seen,
              r.bad_seen AS bads_seen, r.total_seen AS counts_seen
       FROM ${latest('budget_rows')} AS b
       INNER JOIN ${latest('burn_rate_rows')} AS r ON r.slo = b.slo AND r.series = b.series AND r.spec_rev = b.spec_rev`,
      { stream: this.#stream, last: Math.floor(lastMs / 1_000) },
    );
    for (const row of rows) this.#last.set(row.slo, row.series_text, sumsOfRow(row, lastMs));
  }

  /** Other windows by now: what was summed over those before says nothing about them. */
  forget(): void {
    this.#last.clear();
  }

  /** Takes the sums of a span, in the order of instants within each series. */
  taken(plans: readonly SloPlan[], sums: readonly WindowSums[]): ToldSums {
    const steps = new Map<string, OtherSteps>();
    const doubtful: WindowSums[] = [];
    const bySlo = groupedBy(sums, (one) => one.slo);
    const evidenceOf: EvidenceOf = (one) =>
      historyEvidence(steps.get(one.slo)?.unassignedTo(one) ?? 0, one.total[0] ?? 0);
    for (const { slo, sli } of plans) {
      const other = otherSeriesOf(sli.groupBy.dimensions);
      if (other === null) continue;
      const own = bySlo.get(slo) ?? [];
      const found = own.filter((one) => one.series === other);
      const before = this.#last.get(slo, other);
      if (found.length > 0 || before !== undefined) {
        steps.set(slo, new OtherSteps(other, before === undefined ? found : [before, ...found]));
        doubtful.push(...this.#doubtful(found, own, evidenceOf));
      }
      for (const one of own) this.#last.set(slo, one.series, one);
    }
    // Each series' instants in their order: what is known of its data's start moves on with them.
    const told = doubtful.length === 0 ? sums : [...sums, ...doubtful].sort((a, b) => a.atMs - b.atMs);
    return { sums: told, evidenceOf };
  }

  /** Rows of series that did not change while `__other__` did, by as much as another row is for. */
  #doubtful(
    others: readonly WindowSums[],
    sums: readonly WindowSums[],
    evidenceOf: EvidenceOf,
  ): readonly WindowSums[] {
    const [first] = others;
    if (first === undefined) return [];
    const result: WindowSums[] = [];
    const own = groupedBy(sums, (one) => one.series);
    const known = new Map(this.#last.of(first.slo));
    for (const series of new Set([...known.keys(), ...own.keys()])) {
      if (series === first.series) continue;
      const rows = own.get(series) ?? [];
      let [held, next] = [known.get(series), 0];
      for (const { atMs } of others) {
        for (let row = rows[next]; row !== undefined && row.atMs <= atMs; row = rows[next]) {
          held = row;
          next += 1;
        }
        if (held === undefined || held.atMs >= atMs) continue;
        const later: WindowSums = { ...held, atMs };
        const isAsBefore =
          completenessOf(evidenceOf(held).coverage) === completenessOf(evidenceOf(later).coverage);
        if (isAsBefore) continue;
        result.push(later);
        held = later;
      }
    }
    return result;
  }
}

function groupedBy(
  sums: readonly WindowSums[],
  nameOf: (one: WindowSums) => string,
): ReadonlyMap<string, readonly WindowSums[]> {
  const groups = new Map<string, WindowSums[]>();
  for (const one of sums) {
    const group = groups.get(nameOf(one));
    if (group === undefined) groups.set(nameOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

/** How many events `__other__` of one SLO holds, by instant. */
class OtherSteps {
  readonly #series: string;
  readonly #steps: readonly WindowSums[];

  /** @param steps in the order of instants */
  constructor(series: string, steps: readonly WindowSums[]) {
    this.#series = series;
    this.#steps = steps;
  }

  unassignedTo({ series, atMs }: WindowSums): number {
    if (series === this.#series) return 0;
    return lastUntil(this.#steps, atMs)?.total[0] ?? 0;
  }
}
