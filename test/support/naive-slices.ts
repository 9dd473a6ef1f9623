import {
  chiSquareTail,
  type CalibrationRule,
  type CapacityRule,
  type DriftRule,
  type MeanRule,
  type SliceRule,
  type Slices,
} from '@burnline/core';
import fc from 'fast-check';
import { GAP_SUMS, MEASURED_SUM, measuredOf, QUOTA_SUM, USED_SUM } from './measured-rows.ts';

/** What the slices of rows are at an instant, row by row: the recount that derived sums are held against. */
export interface CountedRow {
  readonly paneMs: number;
  readonly good: number;
  readonly total: number;
  /** What each event stands for beyond itself, thousandths. */
  readonly extra?: number;
  /** What it comes to in all, where that is not `1 + extra / 1000` of each: of slices that are partly good. */
  readonly goodParts?: number;
  readonly totalParts?: number;
}

const sliceMs = fc.constantFrom(300_000, 900_000, 3_600_000);
const empty = fc.constantFrom(undefined, undefined, 'good' as const, 'bad' as const);
const heldSlices = fc.constantFrom(0, 0, 1, 3, 12);
/** One of each: a kind that is not here is not compiled. */
const KINDS = {
  timeslices: fc.record({
    kind: fc.constant('timeslices' as const),
    target: fc.constantFrom(
      { numerator: 9, denominator: 10 },
      { numerator: 1, denominator: 1 },
      { numerator: 4, denominator: 5 },
    ),
  }),
  'ratio-timeslices': fc.record({ kind: fc.constant('ratio-timeslices' as const) }),
  'mean-timeslices': fc.record({
    kind: fc.constant('mean-timeslices' as const),
    aggregate: fc.constantFrom('mean' as const, 'root-mean-square' as const),
    sum: fc.constant(MEASURED_SUM),
    decimals: fc.constant(1),
    operator: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
    bound: fc.constantFrom(
      { numerator: 1, denominator: 2 },
      { numerator: -1, denominator: 10 },
      { numerator: 31, denominator: 100 },
    ),
    countMin: fc.constantFrom(1, 20),
  }),
  'calibration-timeslices': fc.record({
    kind: fc.constant('calibration-timeslices' as const),
    sums: fc.constantFrom(GAP_SUMS, GAP_SUMS.slice(1)),
    decimals: fc.constant(1),
    operator: fc.constantFrom('<' as const, '<=' as const),
    bound: fc.constantFrom({ numerator: 1, denominator: 5 }, { numerator: 37, denominator: 100 }),
    countMin: fc.constantFrom(1, 20),
  }),
  'capacity-timeslices': fc.record({
    kind: fc.constant('capacity-timeslices' as const),
    used: fc.constantFrom([], [USED_SUM]),
    quota: fc.constantFrom(4, 40, QUOTA_SUM),
    operator: fc.constantFrom('<' as const, '<=' as const),
    bound: fc.constantFrom({ numerator: 4, denominator: 5 }, { numerator: 1, denominator: 10 }),
  }),
} satisfies Record<Exclude<Slices['kind'], DriftRule['kind']>, fc.Arbitrary<object>>;
const kinds = fc.oneof(...Object.values(KINDS)) as fc.Arbitrary<WithoutSlices<Slices>>;
/** What makes a slice good, whichever slices there are. */
type WithoutSlices<One> = One extends Slices ? Omit<One, keyof SliceRule> : never;
/** Within the time that all tests write rows of. */
const PINNED = { kind: 'pinned', fromMs: Date.UTC(2024, 0, 31, 22), toMs: Date.UTC(2024, 1, 1, 4) } as const;
/** Held against a period, or against so many slices before each. */
const drifts = (lengthMs: number): fc.Arbitrary<DriftRule> =>
  fc
    .record({
      judged: fc.constantFrom(
        { statistic: 'psi', operator: '<', bound: { numerator: 1, denominator: 5 } } as const,
        { statistic: 'kolmogorov-smirnov', operator: '<=', bound: { numerator: 1, denominator: 2 } } as const,
        { statistic: 'chi-square', operator: '>=', bound: { numerator: 1, denominator: 20 } } as const,
      ),
      trailed: fc.constantFrom(null, 1, 3, 12),
      countMin: fc.constantFrom(1, 10),
    })
    .map(({ judged, trailed, countMin }) => ({
      kind: 'drift-timeslices',
      ...judged,
      countMin,
      reference: trailed === null ? PINNED : { kind: 'trailing', lengthMs: trailed * lengthMs },
    }));

export const derivations: fc.Arbitrary<Slices | null> = fc.option(
  sliceMs.chain((lengthMs) =>
    fc.tuple(fc.oneof(kinds, kinds, drifts(lengthMs)), empty, heldSlices).map(([kind, none, held]) => ({
      ...kind,
      sliceMs: lengthMs,
      ...(none !== undefined && { empty: none }),
      ...(held > 0 && { holdMs: held * lengthMs }),
    })),
  ),
);

/** How many parts of a slice are good, of how many; null where there is nothing to judge it by. */
type SliceState = { readonly good: number; readonly parts: number } | null;

/** One row for each slice that is over and has a state, where its last pane lies. Without a derivation the rows themselves. */
export function naiveSlices(
  rows: readonly CountedRow[],
  derivation: Slices | null,
  at: { readonly atMs: number; readonly paneMs: number },
): readonly CountedRow[] {
  if (derivation === null) return rows;
  const lengthMs = derivation.sliceMs;
  const bySlice = rowsBySlice(
    rows.filter(({ paneMs }) => paneMs < at.atMs),
    lengthMs,
  );
  const past = [...bySlice.values()].flat();
  const states = new Map([...bySlice].map(([slice, own]) => [slice, stateOf(own, derivation, past)]));
  const first = Math.min(...bySlice.keys());
  const slices: CountedRow[] = [];
  for (let slice = first; (slice + 1) * lengthMs <= at.atMs; slice += 1) {
    const state = heldState(states, slice, derivation);
    if (state === null) continue;
    slices.push({
      paneMs: (slice + 1) * lengthMs - at.paneMs,
      good: state.good === state.parts ? 1 : 0,
      total: 1,
      goodParts: state.good,
      totalParts: state.parts,
    });
  }
  return slices;
}

function rowsBySlice(
  rows: readonly CountedRow[],
  lengthMs: number,
): ReadonlyMap<number, readonly CountedRow[]> {
  const bySlice = new Map<number, CountedRow[]>();
  for (const row of rows) {
    const slice = Math.floor(row.paneMs / lengthMs);
    bySlice.set(slice, [...(bySlice.get(slice) ?? []), row]);
  }
  return bySlice;
}

/** The rows of slices that have something to be judged by. */
export function judgedRows<Row extends CountedRow>(
  rows: readonly Row[],
  derivation: Slices | null,
): readonly Row[] {
  if (derivation === null) return rows;
  const bySlice = rowsBySlice(rows, derivation.sliceMs);
  return rows.filter(({ paneMs }) => {
    const own = bySlice.get(Math.floor(paneMs / derivation.sliceMs)) ?? [];
    return stateOf(own, derivation, rows) !== null;
  });
}

/** The slice's own state, else that of the newest before it that still holds, else what an empty one counts as. */
function heldState(
  states: ReadonlyMap<number, SliceState>,
  slice: number,
  { empty, holdMs = 0, ...derivation }: Slices,
): SliceState {
  for (let age = 0; age <= holdMs / derivation.sliceMs; age += 1) {
    const state = states.get(slice - age) ?? null;
    if (state !== null) return state;
  }
  if (empty === undefined) return null;
  const parts = derivation.kind === 'ratio-timeslices' ? derivation.sliceMs : 1;
  return { good: empty === 'good' ? parts : 0, parts };
}

/** The state of a slice by its own rows; some kinds look at other rows of the series too. */
function stateOf(rows: readonly CountedRow[], derivation: Slices, all: readonly CountedRow[]): SliceState {
  if (derivation.kind === 'drift-timeslices') return driftState(rows, derivation, all);
  const weightOf = (row: CountedRow): number => 1_000 + (row.extra ?? 0);
  const sum = (of: (row: CountedRow) => number): number =>
    rows.reduce((all, row) => all + of(row) * weightOf(row), 0);
  const [good, total] = [sum((row) => row.good), sum((row) => row.total)];
  if (total === 0) return null;
  switch (derivation.kind) {
    case 'timeslices': {
      const { numerator, denominator } = derivation.target;
      return { good: good * denominator >= total * numerator ? 1 : 0, parts: 1 };
    }
    case 'mean-timeslices':
      return meanState(rows, derivation);
    case 'calibration-timeslices':
      return calibrationState(rows, derivation);
    case 'capacity-timeslices':
      return capacityState(rows, derivation);
    case 'ratio-timeslices': {
      const parts = derivation.sliceMs;
      return { good: Number((BigInt(good) * BigInt(parts)) / BigInt(total)), parts };
    }
  }
}

const COMPARED = {
  '<': (left: bigint, right: bigint): boolean => left < right,
  '<=': (left: bigint, right: bigint): boolean => left <= right,
  '>': (left: bigint, right: bigint): boolean => left > right,
  '>=': (left: bigint, right: bigint): boolean => left >= right,
};

function meanState(
  rows: readonly CountedRow[],
  { aggregate, operator, bound, countMin }: MeanRule,
): SliceState {
  let [sum, count, seen] = [0n, 0n, 0];
  for (const row of rows) {
    const { valueSum, missing } = measuredOf(row);
    const weight = BigInt(1_000 + (row.extra ?? 0));
    sum += BigInt(valueSum) * weight;
    count += BigInt(row.total - missing) * weight;
    seen += row.total - missing;
  }
  if (seen < countMin) return null;
  const power = aggregate === 'mean' ? 1n : 2n;
  const left = sum * BigInt(bound.denominator) ** power;
  const right = count * (BigInt(bound.numerator) * 10n) ** power;
  return { good: COMPARED[operator](left, right) ? 1 : 0, parts: 1 };
}

function calibrationState(
  rows: readonly CountedRow[],
  { sums, operator, bound, countMin }: CalibrationRule,
): SliceState {
  const places = sums.map((sum) => GAP_SUMS.indexOf(sum));
  const gaps = places.map(() => 0n);
  let [count, seen] = [0n, 0];
  for (const row of rows) {
    const weight = BigInt(1_000 + (row.extra ?? 0));
    const measured = measuredOf(row).gaps;
    places.forEach((place, index) => (gaps[index]! += BigInt(measured[place]!) * weight));
    count += BigInt(row.total) * weight;
    seen += row.total;
  }
  if (seen < countMin) return null;
  const off = gaps.reduce((all, gap) => all + (gap < 0n ? -gap : gap), 0n);
  const isGood = COMPARED[operator](off * BigInt(bound.denominator), count * BigInt(bound.numerator) * 10n);
  return { good: isGood ? 1 : 0, parts: 1 };
}

function capacityState(
  rows: readonly CountedRow[],
  { used, quota, operator, bound, sliceMs: lengthMs }: CapacityRule & SliceRule,
): SliceState {
  let [use, sayers, quotas] = [0n, 0n, 0n];
  for (const row of rows) {
    const weight = BigInt(1_000 + (row.extra ?? 0));
    const measured = measuredOf(row);
    use += BigInt(used.length === 0 ? row.total : measured.used) * weight;
    const says = typeof quota === 'number' ? row.total : row.total - measured.quotaMissing;
    sayers += BigInt(says) * weight;
    quotas += BigInt(typeof quota === 'number' ? quota * row.total : measured.quotaSum) * weight;
  }
  if (sayers === 0n) return null;
  // use / 1000 / minutes against bound x quotas / sayers.
  const minutes = BigInt(lengthMs / 60_000);
  const isGood = COMPARED[operator](
    use * sayers * BigInt(bound.denominator),
    quotas * BigInt(bound.numerator) * 1_000n * minutes,
  );
  return { good: isGood ? 1 : 0, parts: 1 };
}

function driftState(
  rows: readonly CountedRow[],
  rule: DriftRule & SliceRule,
  all: readonly CountedRow[],
): SliceState {
  const startMs = Math.floor((rows[0]?.paneMs ?? 0) / rule.sliceMs) * rule.sliceMs;
  const { reference } = rule;
  if (reference.kind === 'pinned' && startMs < reference.toMs) return null;
  const [fromMs, toMs] =
    reference.kind === 'pinned'
      ? [reference.fromMs, reference.toMs]
      : [startMs - reference.lengthMs, startMs];
  const [own, other] = [rows, all.filter(({ paneMs }) => paneMs >= fromMs && paneMs < toMs)].map((some) =>
    weightedCounts(some, rule.statistic),
  );
  const totals = [own, other].map((counts) => [...counts!.values()].reduce((sum, count) => sum + count, 0));
  if (totals.some((total) => total < rule.countMin * (rule.statistic === 'chi-square' ? 1 : 1_000)))
    return null;
  const figure = driftFigure(own!, other!, rule.statistic);
  const bound = rule.bound.numerator / rule.bound.denominator;
  const isGood = { '<': figure < bound, '<=': figure <= bound, '>': figure > bound, '>=': figure >= bound };
  return { good: isGood[rule.operator] ? 1 : 0, parts: 1 };
}

/** By value: zeros are below every bucket. */
function weightedCounts(rows: readonly CountedRow[], statistic: DriftRule['statistic']): Map<number, number> {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const { histogram, zeroCount } = measuredOf(row);
    const weight = statistic === 'chi-square' ? 1 : 1_000 + (row.extra ?? 0);
    for (const [bucket, count] of [...Object.entries(histogram), ['-99', zeroCount] as const])
      if (count > 0) counts.set(Number(bucket), (counts.get(Number(bucket)) ?? 0) + count * weight);
  }
  return counts;
}

/** The figure by its textbook definition, over the buckets that either has. */
export function driftFigure(
  own: ReadonlyMap<number, number>,
  other: ReadonlyMap<number, number>,
  statistic: DriftRule['statistic'],
): number {
  const keys = [...new Set([...own.keys(), ...other.keys()])].sort((a, b) => a - b);
  const [n, m] = [own, other].map((counts) =>
    [...counts.values()].reduce((sum, count) => sum + count, 0),
  ) as [number, number];
  const pairs = keys.map((key) => [own.get(key) ?? 0, other.get(key) ?? 0] as const);
  if (statistic === 'psi')
    return pairs.reduce((sum, [a, b]) => {
      const [p, q] = [a === 0 ? 0.0001 : a / n, b === 0 ? 0.0001 : b / m];
      return sum + (p - q) * Math.log(p / q);
    }, 0);
  if (statistic === 'kolmogorov-smirnov') {
    let [below, otherBelow, largest] = [0, 0, 0];
    for (const [a, b] of pairs) {
      [below, otherBelow] = [below + a, otherBelow + b];
      largest = Math.max(largest, Math.abs(below * m - otherBelow * n));
    }
    return largest / (n * m);
  }
  const value = pairs.reduce((sum, [a, b]) => {
    const expected = [((a + b) * n) / (n + m), ((a + b) * m) / (n + m)] as const;
    return sum + (a - expected[0]) ** 2 / expected[0] + (b - expected[1]) ** 2 / expected[1];
  }, 0);
  return keys.length < 2 ? 1 : chiSquareTail(value, keys.length - 1);
}
