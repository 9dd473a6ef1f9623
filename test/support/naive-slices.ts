import type { Derivation } from '@burnline/core';
import fc from 'fast-check';

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
const kinds = fc.oneof(
  fc.record({
    kind: fc.constant('timeslices' as const),
    target: fc.constantFrom(
      { numerator: 9, denominator: 10 },
      { numerator: 1, denominator: 1 },
      { numerator: 4, denominator: 5 },
    ),
  }),
  fc.record({ kind: fc.constant('ratio-timeslices' as const) }),
);

export const derivations: fc.Arbitrary<Derivation | null> = fc.option(
  fc.tuple(kinds, sliceMs, empty, heldSlices).map(([kind, lengthMs, none, held]) => ({
    ...kind,
    sliceMs: lengthMs,
    ...(none !== undefined && { empty: none }),
    ...(held > 0 && { holdMs: held * lengthMs }),
  })),
);

/** How many parts of a slice are good, of how many; null where there is nothing to judge it by. */
type SliceState = { readonly good: number; readonly parts: number } | null;

/** One row for each slice that is over and has a state, where its last pane lies. Without a derivation the rows themselves. */
export function naiveSlices(
  rows: readonly CountedRow[],
  derivation: Derivation | null,
  at: { readonly atMs: number; readonly paneMs: number },
): readonly CountedRow[] {
  if (derivation === null) return rows;
  const lengthMs = derivation.sliceMs;
  const bySlice = new Map<number, CountedRow[]>();
  for (const row of rows.filter(({ paneMs }) => paneMs < at.atMs)) {
    const slice = Math.floor(row.paneMs / lengthMs);
    bySlice.set(slice, [...(bySlice.get(slice) ?? []), row]);
  }
  const states = new Map([...bySlice].map(([slice, own]) => [slice, stateOf(own, derivation)]));
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

/** The slice's own state, else that of the newest before it that still holds, else what an empty one counts as. */
function heldState(
  states: ReadonlyMap<number, SliceState>,
  slice: number,
  { empty, holdMs = 0, ...derivation }: Derivation,
): SliceState {
  for (let age = 0; age <= holdMs / derivation.sliceMs; age += 1) {
    const state = states.get(slice - age) ?? null;
    if (state !== null) return state;
  }
  if (empty === undefined) return null;
  const parts = derivation.kind === 'ratio-timeslices' ? derivation.sliceMs : 1;
  return { good: empty === 'good' ? parts : 0, parts };
}

function stateOf(rows: readonly CountedRow[], derivation: Derivation): SliceState {
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
    case 'ratio-timeslices': {
      const parts = derivation.sliceMs;
      return { good: Number((BigInt(good) * BigInt(parts)) / BigInt(total)), parts };
    }
  }
}
