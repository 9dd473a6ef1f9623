import { COARSE_EDGE_MS, DAY_MS, sqlText } from '@burnline/core';
import { isInScope, type Adjustment } from '../adjusting/adjustments.ts';
import type { BudgetReading } from './budget-reading.ts';
import { derivedOf, oldestCountedOf, type RowsWanted } from './rows-wanted.ts';

/** Stretches are on it, and so are the edges of the buckets that are kept for all of a period. */
const GRID_S = COARSE_EDGE_MS / 1_000;
/** Rows behind the last instant: an entity's five minutes may end after it. */
const BEYOND_S = DAY_MS / 1_000;

/** Steps of time, from inclusive, to exclusive. */
type Steps = readonly [from: number, to: number];

/** What is left out of the same series. */
interface Scope {
  /** SLIs of the group, by index. */
  readonly slis: readonly number[];
  readonly labels: Adjustment['labels'];
  readonly steps: Steps[];
}

/**
 * SQL over sli, series and p: whether budgets leave a row out. A slice is left out with any part of it; an entity where it
 * counts. Null: none is, as far as the windows reach.
 */
export function leftOutSql(wanted: RowsWanted, reading: BudgetReading): string | null {
  if (reading.adjustments.length === 0) return null;
  const gridS = derivedOf(wanted)?.gridS ?? GRID_S;
  // A slice that lies in one step of the grid is left out with it.
  const stepS = GRID_S % gridS === 0 ? GRID_S : gridS;
  const scopes = scopesOf(wanted, reading.adjustments, stepS);
  if (scopes.length === 0) return null;
  const tests = scopes.map(({ slis, labels, steps }) => {
    const [from, to] = [0, 1].map((side) => steps.map((one) => one[side as 0 | 1]).join(', '));
    return [
      ...(slis.length === wanted.group.slis.length ? [] : [`sli IN (${slis.join(', ')})`]),
      ...seriesTest(labels),
      `intDiv(p, ${stepS}) IN (SELECT toInt64(arrayJoin(arrayFlatten(arrayMap((a, b) -> range(toUInt64(a), toUInt64(b)), [${from}], [${to}])))))`,
    ].join(' AND ');
  });
  return `(${tests.join(' OR ')})`;
}

/** The same rows, of which those that are left out count as nothing: a series of which all is left out is still there. */
export function withoutLeftOut(rows: string, wanted: RowsWanted, reading: BudgetReading): string {
  const leftOut = leftOutSql(wanted, reading);
  if (leftOut === null) return rows;
  const counted = ['good', 'total', 'good_extra', 'total_extra'].map((name) => `${name} * is_in AS ${name}`);
  return `SELECT * EXCEPT (is_in) REPLACE (${counted.join(', ')})
    FROM (SELECT *, toUInt8(NOT ${leftOut}) AS is_in FROM (${rows}))`;
}

/** Entities are judged together, whatever their names: an adjustment of some groups does not speak of them. */
function scopesOf(wanted: RowsWanted, adjustments: readonly Adjustment[], stepS: number): readonly Scope[] {
  const { group, toS } = wanted;
  const isOfEntities = group.derivation?.kind === 'envelope';
  const [firstS, lastS] = [oldestCountedOf(wanted), toS + BEYOND_S];
  const scopes = new Map<string, Scope>();
  for (const one of adjustments) {
    if (one.toS <= firstS || one.fromS >= lastS) continue;
    if (isOfEntities && Object.keys(one.labels).length > 0) continue;
    const slis = group.slis.flatMap(({ slo }, index) => (isInScope(one, slo) ? [index] : []));
    if (slis.length === 0) continue;
    const labels = Object.entries(one.labels).sort();
    const key = JSON.stringify([slis, labels]);
    const scope = scopes.get(key) ?? { slis, labels: one.labels, steps: [] };
    const [fromS, toOneS] = [Math.max(one.fromS, firstS), Math.min(one.toS, lastS)];
    scope.steps.push([Math.floor(fromS / stepS), Math.ceil(toOneS / stepS)]);
    scopes.set(key, scope);
  }
  return [...scopes.values()];
}

/** Series are looked up by their labels where the statement runs: there may be thousands. */
function seriesTest(labels: Adjustment['labels']): readonly string[] {
  const tests = Object.entries(labels).map(([name, value]) => `labels[${sqlText(name)}] = ${sqlText(value)}`);
  if (tests.length === 0) return [];
  return [
    `series IN (SELECT series FROM series WHERE slo IN {slos:Array(String)} AND spec_rev IN {revs:Array(String)} AND ${tests.join(' AND ')})`,
  ];
}
