import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chiSquareCritical, chiSquareTail, type Derivation, type DriftRule } from '@burnline/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CategoryBuckets } from '../../packages/counting/dist/counting/category-buckets.js';
import { windowGroupOf, type PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import { driftFigures } from '../../packages/judging/dist/evaluation/drift-figures.js';
import { sumsAt } from '../../packages/judging/dist/evaluation/window-sums.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { driftFigure } from '../support/naive-slices.ts';

/**
 * Goal: how far a distribution has moved is what scipy and evidently say of the same counts.
 *
 * Method: `test/golden/drift-figures.json`, made by the script beside it, which runs again where a Python with scipy is found
 * (BURNLINE_PYTHON, else python3). The SQL that judges slices is held against a bound on either side of each figure.
 */
const SCRIPT = new URL('../golden/drift-figures.py', import.meta.url).pathname;
const PYTHON = process.env['BURNLINE_PYTHON'] ?? 'python3';
const hasScipy = spawnSync(PYTHON, ['-c', 'import scipy']).status === 0;

type Counts = readonly (readonly [bucket: number, count: number])[];
interface DriftCase {
  readonly own: Counts;
  readonly other: Counts;
  readonly kolmogorovSmirnov: number;
  readonly chiSquare: number;
  readonly psi?: number;
}
/** By text; what others make of texts has no order. */
interface CategoryCase {
  readonly own: readonly (readonly [text: string, count: number])[];
  readonly other: readonly (readonly [text: string, count: number])[];
  readonly chiSquare: number;
  readonly psi?: number;
}
interface Figures {
  readonly cases: readonly DriftCase[];
  readonly categories: readonly CategoryCase[];
  /** The chance of a chi-square test over 2,000 categories. */
  readonly many: number;
  readonly tails: readonly (readonly [value: number, degrees: number, chance: number])[];
  readonly criticals: readonly (readonly [chance: number, degrees: number, value: number])[];
}
const golden = JSON.parse(
  readFileSync(new URL('../golden/drift-figures.json', import.meta.url), 'utf8'),
) as Figures;

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5);
const FIGURES = { psi: 'psi', 'kolmogorov-smirnov': 'kolmogorovSmirnov', 'chi-square': 'chiSquare' } as const;
const STATISTICS = Object.keys(FIGURES) as DriftRule['statistic'][];
const TRAILING: DriftRule['reference'] = { kind: 'trailing', lengthMs: HOUR_MS };
/** Decimals of the bounds on either side of a figure. */
const BOUND_PARTS = 1_000_000;

let database: TestDatabase;
let streamNumber = 0;

/** Writes a reference of one hour, and a slice of the hour after it. */
async function write({ own, other }: Pick<DriftCase, 'own' | 'other'>): Promise<string> {
  const stream = `s${(streamNumber += 1)}`;
  const rowOf = (counts: Counts, hour: number): object => {
    const paneS = (START_MS + hour * HOUR_MS) / 1_000;
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    const key = { stream, stream_epoch: stream, slo: 'a', spec_rev: 'r', series: 0, partition: 0 };
    return {
      ...key,
      pane: paneS,
      chunk: hour,
      version: 1,
      log_interval: paneS,
      good: total,
      total,
      histogram: Object.fromEntries(counts),
      kept_since: paneS,
    };
  };
  await database.store.insertRows('sli_panes', [rowOf(other, 0), rowOf(own, 1)]);
  return stream;
}

async function isGood(stream: string, derivation: Derivation): Promise<boolean> {
  const atMs = START_MS + 2 * HOUR_MS;
  const group: PlanGroup = {
    plans: [{ slo: 'a', sli: { specRev: 'r' } } as PlanGroup['plans'][number]],
    period: { kind: 'rolling', durationMs: HOUR_MS, text: 'x' },
    tierWindowsMs: [HOUR_MS],
    derivation,
  };
  const windows = windowGroupOf(group, { fromMs: atMs, toMs: atMs });
  const [sums] = await sumsAt(database.store, { stream, group: windows, atMs, paneMs: 10_000 });
  expect(sums!.total[0]).toBe(1);
  return sums!.good[0] === 1;
}

/** That a slice is judged by a figure: it changes sides between a bound below and one above it. */
async function expectBetween(
  stream: string,
  { statistic, reference }: Pick<DriftRule, 'statistic' | 'reference'>,
  figure: number,
  distance = 1 / BOUND_PARTS,
): Promise<void> {
  const isChance = statistic === 'chi-square';
  for (const side of [-1, 1]) {
    const numerator = Math.round((figure + side * distance) * BOUND_PARTS);
    if (numerator <= 0 || (isChance && numerator >= BOUND_PARTS)) continue;
    const isBelow = await isGood(stream, {
      kind: 'drift-timeslices',
      sliceMs: HOUR_MS,
      statistic,
      operator: isChance ? '>=' : '<=',
      bound: { numerator, denominator: BOUND_PARTS },
      reference,
      countMin: 10,
    });
    expect([statistic, side, isBelow]).toEqual([statistic, side, side === 1 ? !isChance : isChance]);
  }
}

/** The figure as it is told to people. */
async function toldFigure(
  stream: string,
  { statistic, reference }: Pick<DriftRule, 'statistic' | 'reference'>,
): Promise<number> {
  const derivation: Derivation = {
    ...{ kind: 'drift-timeslices', sliceMs: HOUR_MS, statistic, reference, countMin: 10 },
    ...{ operator: '<', bound: { numerator: 1, denominator: 2 } },
  };
  const sli = { slo: 'a', specRev: 'r', derivation } as Parameters<typeof driftFigures>[1]['plan']['sli'];
  const [told, ...others] = await driftFigures(database.store, {
    ...{ plan: { sli }, stream, paneMs: 10_000, countMax: 10, timeoutMs: 10_000 },
    ...{ fromMs: START_MS + HOUR_MS, toMs: START_MS + 2 * HOUR_MS },
  });
  expect(others).toEqual([]);
  expect(told!.fromMs).toBe(START_MS + HOUR_MS);
  return told!.figure;
}

describe('drift', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  it('has the chances of the chi-square distribution', () => {
    for (const [value, degrees, chance] of golden.tails)
      expect(Math.abs(chiSquareTail(value, degrees) - chance)).toBeLessThan(1e-12 + 1e-9 * chance);
    for (const [chance, degrees, value] of golden.criticals)
      expect(chiSquareCritical(chance, degrees) / value).toBeCloseTo(1, 9);
  });

  it.each(STATISTICS)('of %s is what others make of the same counts', (statistic) => {
    for (const one of golden.cases) {
      const figure = driftFigure(new Map(one.own), new Map(one.other), statistic);
      expect(Math.abs(figure - one[FIGURES[statistic]]!)).toBeLessThan(1e-9);
    }
  });

  it('judges a slice by that figure, pinned or trailing', async () => {
    const references = [{ kind: 'pinned', fromMs: START_MS, toMs: START_MS + HOUR_MS } as const, TRAILING];
    // A third of them: each is asked about six times.
    for (const [index, one] of golden.cases.entries()) {
      if (index % 3 > 0) continue;
      const stream = await write(one);
      for (const statistic of STATISTICS) {
        const figure = one[FIGURES[statistic]]!;
        const reference = references[index % 2]!;
        await expectBetween(stream, { statistic, reference }, figure);
        expect(await toldFigure(stream, { statistic, reference })).toBeCloseTo(figure, 8);
      }
    }
  }, 300_000);

  it('of categories is what others make of the texts, by a list and by hashes', async () => {
    for (const [index, one] of golden.categories.entries()) {
      // All but one, which is the only one of the bucket behind the list.
      const listed = [...new Set([...one.own, ...one.other].map(([text]) => text))].slice(1);
      const buckets = new CategoryBuckets({ categoryOf: 'x', categories: index % 2 === 0 ? null : listed });
      const countsOf = (counts: CategoryCase['own']): Counts =>
        counts.map(([text, count]) => [buckets.bucketOf(text), count]);
      const [own, other] = [countsOf(one.own), countsOf(one.other)];
      const stream = await write({ own, other });
      for (const statistic of ['psi', 'chi-square'] as const) {
        const figure = statistic === 'psi' ? one.psi! : one.chiSquare;
        const ours = driftFigure(new Map(own), new Map(other), statistic);
        expect(Math.abs(ours - figure)).toBeLessThan(1e-9);
        await expectBetween(stream, { statistic, reference: TRAILING }, figure);
      }
    }
  }, 300_000);

  it('has a chance over more categories than the table of critical values has', async () => {
    const countsOf = (of: (place: number) => number): Counts =>
      Array.from({ length: 2_000 }, (_, place) => [place, 20 + (of(place) % 19)]);
    const stream = await write({
      own: countsOf((place) => place * 7_919),
      other: countsOf((place) => place * 104_729 + Math.floor(place / 7)),
    });
    await expectBetween(stream, { statistic: 'chi-square', reference: TRAILING }, golden.many, 0.000_02);
  });

  it.skipIf(!hasScipy)(
    'has the figures that the script writes',
    () => {
      const { stdout, status, stderr } = spawnSync(PYTHON, [SCRIPT], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      const written = JSON.parse(stdout) as Figures;
      expect(written.cases).toHaveLength(golden.cases.length);
      written.cases.forEach((one, index) => {
        const kept = golden.cases[index]!;
        expect([one.own, one.other]).toEqual([kept.own, kept.other]);
        expect(one.kolmogorovSmirnov).toBeCloseTo(kept.kolmogorovSmirnov, 12);
        expect(one.chiSquare).toBeCloseTo(kept.chiSquare, 12);
        if (one.psi !== undefined) expect(one.psi).toBeCloseTo(kept.psi!, 12);
      });
      written.categories.forEach((one, index) => {
        const kept = golden.categories[index]!;
        expect([one.own, one.other]).toEqual([kept.own, kept.other]);
        expect(one.chiSquare).toBeCloseTo(kept.chiSquare, 12);
      });
      expect(written.many).toBeCloseTo(golden.many, 12);
    },
    120_000,
  );
});
