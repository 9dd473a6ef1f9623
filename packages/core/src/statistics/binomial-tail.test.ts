import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialTail } from './binomial-tail.ts';
import { isShareShown, leastShownCount, type Claim } from './share-evidence.ts';

/**
 * Goal: tails of the binomial distribution and Clopper and Pearson's bound are right, for few events and for a billion.
 *
 * Method: scipy's figures (`fixtures/binomial-figures.py` writes them), sums of exact fractions, and laws.
 */
interface Figures {
  readonly tails: readonly (readonly [bad: number, total: number, p: number, tail: number])[];
  readonly shares: readonly (readonly [bad: number, total: number, p: number, tail: number])[];
  readonly bounds: readonly (readonly [bad: number, total: number, confidence: number, bound: number])[];
}
const figures = JSON.parse(
  readFileSync(new URL('./fixtures/binomial-figures.json', import.meta.url), 'utf8'),
) as Figures;

const chance = (p: number) => ({ p, q: 1 - p });
const nearly = (actual: number, expected: number, tolerance: number): boolean =>
  Math.abs(actual - expected) <= tolerance * Math.abs(expected) + 1e-290;

/** P(X >= bad) of independent events as a fraction of integers: every term is added up. */
function naiveTail(bad: number, total: number, share: { numerator: bigint; denominator: bigint }) {
  let row = [1n];
  for (let n = 0; n < total; n += 1)
    row = [1n, ...row.slice(1).map((value, index) => value + (row[index] ?? 0n)), 1n];
  const good = share.denominator - share.numerator;
  const sum = row.reduce(
    (all, choices, count) =>
      count < bad ? all : all + choices * share.numerator ** BigInt(count) * good ** BigInt(total - count),
    0n,
  );
  return { sum, all: share.denominator ** BigInt(total) };
}

describe('binomialTail', () => {
  it.each(['tails', 'shares'] as const)('is what scipy says: %s', (name) => {
    expect(figures[name].length).toBeGreaterThan(200);
    for (const [bad, total, p, tail] of figures[name])
      expect([bad, total, p, nearly(binomialTail({ bad, total }, chance(p)), tail, 1e-9)]).toEqual([
        ...[bad, total, p],
        true,
      ]);
  });

  it('is the sum of its terms, for any counts up to some hundred', () => {
    const counts = fc
      .tuple(fc.nat(150), fc.nat(150), fc.integer({ min: 1, max: 99_999 }))
      .map(([a, b, numerator]) => ({ bad: Math.min(a, b), total: Math.max(a, b), numerator }));
    fc.assert(
      fc.property(counts, ({ bad, total, numerator }) => {
        const { sum, all } = naiveTail(bad, total, { numerator: BigInt(numerator), denominator: 100_000n });
        const expected = Number((sum * 10n ** 400n) / all / 10n ** 100n) / 1e300;
        const actual = binomialTail({ bad, total }, { p: numerator / 1e5, q: (100_000 - numerator) / 1e5 });
        // What is beyond 300 digits is 0 in the expected figure.
        expect(expected < 1e-280 ? actual < 1e-270 : nearly(actual, expected, 1e-12)).toBe(true);
      }),
    );
  });

  it('rises with the chance and falls with the bad ones, whole or not', () => {
    const share = fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 1e6);
    const counts = fc.record({
      total: fc.double({ min: 1, max: 1e6, noNaN: true }),
      shares: fc.tuple(share, share),
      chances: fc.tuple(share, share),
    });
    fc.assert(
      fc.property(counts, ({ total, shares, chances }) => {
        const [few, many] = [...shares].sort((a, b) => a - b).map((share) => share * total) as [
          number,
          number,
        ];
        const [low, high] = [...chances].sort((a, b) => a - b) as [number, number];
        const tail = (bad: number, p: number) => binomialTail({ bad, total }, chance(p));
        expect(tail(many, low)).toBeLessThanOrEqual(tail(few, low) * (1 + 1e-9));
        expect(tail(few, low)).toBeLessThanOrEqual(tail(few, high) * (1 + 1e-9));
      }),
    );
  });

  it.each([
    [0, 0, 0.5, 1],
    [0, 10, 0, 1],
    [1, 10, 0, 0],
    [10, 10, 1, 1],
    [1, 10, 1, 1],
    [10, 10, 0.5, 2 ** -10],
  ])('of %d bad of %d at %d is %d', (bad, total, p, expected) => {
    expect(binomialTail({ bad, total }, chance(p))).toBeCloseTo(expected, 15);
  });
});

const claimOf = (numerator: bigint, denominator: bigint, over: Partial<Claim> = {}): Claim => ({
  share: { numerator, denominator },
  operator: '>=',
  alpha: { numerator: 1, denominator: 20 },
  ...over,
});
const isShown = (bad: number, total: number, claim: Claim, dispersion = 1): boolean =>
  isShareShown({ bad, total, dispersion }, claim);

describe('isShareShown', () => {
  it('holds one bad event of ten back at 99.9 % and a factor of 14.4', () => {
    // P(X >= 1) = 1 - 0.9856^10 = 0.135; the lower bound is 0.0051, Wilson's 0.0285.
    expect(isShown(1, 10, claimOf(144n, 10_000n))).toBe(false);
    expect(isShown(1, 3, claimOf(144n, 10_000n))).toBe(true);
    expect(isShown(1, 4, claimOf(144n, 10_000n))).toBe(false);
  });

  it('is true up to the lower bound that scipy gives, and not above', () => {
    expect(figures.bounds.length).toBeGreaterThan(80);
    for (const [bad, total, confidence, bound] of figures.bounds) {
      const alpha = { numerator: Math.round((1 - confidence) * 1000), denominator: 1000 };
      const at = (share: number): boolean =>
        isShown(bad, total, claimOf(BigInt(Math.round(share * 2 ** 52)), 2n ** 52n, { alpha }));
      expect([bad, total, confidence, at(bound * (1 - 1e-7)), at(bound * (1 + 1e-7))]).toEqual([
        ...[bad, total, confidence],
        ...[true, false],
      ]);
    }
  });

  it('decides where the bound is just the share by the operator', () => {
    // One of one is bad with the chance itself; of two both are with its square.
    expect(isShown(1, 1, claimOf(5n, 100n))).toBe(true);
    expect(isShown(1, 1, claimOf(5n, 100n, { operator: '>' }))).toBe(false);
    const square = { alpha: { numerator: 1, denominator: 100 } };
    expect(isShown(2, 2, claimOf(1n, 10n, square))).toBe(true);
    expect(isShown(2, 2, claimOf(1n, 10n, { ...square, operator: '>' }))).toBe(false);
  });

  it('agrees with exact fractions, ties included', () => {
    const cases = fc
      .tuple(fc.nat(120), fc.nat(120), fc.integer({ min: 0, max: 110 }), fc.integer({ min: 1, max: 50 }))
      .map(([a, b, share, alpha]) => ({ bad: Math.min(a, b), total: Math.max(a, b), share, alpha }));
    fc.assert(
      fc.property(cases, fc.constantFrom('>' as const, '>=' as const), (c, operator) => {
        const share = { numerator: BigInt(c.share), denominator: 100n };
        const { sum, all } = naiveTail(c.bad, c.total, share);
        const isBelow =
          operator === '>' ? sum * 100n < BigInt(c.alpha) * all : sum * 100n <= BigInt(c.alpha) * all;
        // A share of 1 and more cannot be shown, nor any by no bad event.
        const expected = c.share < 100 && c.bad > 0 && isBelow;
        const alpha = { numerator: c.alpha, denominator: 100 };
        expect(isShown(c.bad, c.total, { share, operator, alpha })).toBe(expected);
      }),
      { numRuns: 2_000, examples: [[{ bad: 2, total: 2, share: 20, alpha: 4 }, '>']] },
    );
  });

  it('shows nothing by a larger dispersion that a smaller one does not', () => {
    const cases = fc.record({
      counts: fc.tuple(fc.nat(100_000), fc.nat(100_000)),
      share: fc.integer({ min: 1, max: 9_999 }),
      alpha: fc.integer({ min: 1, max: 500 }),
      dispersions: fc.tuple(
        fc.double({ min: 1, max: 50, noNaN: true }),
        fc.double({ min: 1, max: 50, noNaN: true }),
      ),
    });
    const near = fc.record({
      bad: fc.integer({ min: 1, max: 60 }),
      spare: fc.double({ min: 1, max: 8, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, near, ({ counts, share, alpha, dispersions }, { bad, spare }) => {
        const [less, more] = [...dispersions].sort((a, b) => a - b) as [number, number];
        const claim = claimOf(BigInt(share), 10_000n, { alpha: { numerator: alpha, denominator: 1_000 } });
        const [low, high] = [...counts].sort((a, b) => a - b) as [number, number];
        // Any counts, and some whose share is a few times the one that is claimed.
        const total = Math.max(bad, Math.round((bad * 10_000) / share / spare));
        for (const [b, n] of [
          [low, high],
          [bad, total],
        ] as const)
          if (isShown(b, n, claim, more))
            expect([b, n, less, isShown(b, n, claim, less)]).toEqual([b, n, less, true]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is never shown by an undecided share, nor by more events than a billion alone', () => {
    expect(isShown(0, 1_000, claimOf(1n, 1_000n))).toBe(false);
    expect(isShown(0, 0, claimOf(1n, 1_000n))).toBe(false);
    expect(isShown(1, 1_000, claimOf(0n, 1n, { operator: '>' }))).toBe(true);
    expect(isShown(10, 10, claimOf(1n, 1n))).toBe(false);
    const total = 2 ** 52;
    expect(isShown(total * 0.015, total, claimOf(144n, 10_000n))).toBe(true);
    expect(isShown(Math.ceil(total * 0.01440000001), total, claimOf(144n, 10_000n))).toBe(false);
  });
});

describe('leastShownCount', () => {
  it('is the first count at which all bad is enough', () => {
    const cases = fc.record({
      share: fc.integer({ min: 1, max: 990 }),
      alpha: fc.integer({ min: 1, max: 500 }),
      operator: fc.constantFrom('>' as const, '>=' as const),
    });
    fc.assert(
      fc.property(cases, ({ share, alpha, operator }) => {
        const claim = claimOf(BigInt(share), 1_000n, {
          operator,
          alpha: { numerator: alpha, denominator: 1_000 },
        });
        const least = leastShownCount(claim) ?? NaN;
        expect(isShown(least, least, claim)).toBe(true);
        if (least > 1) expect(isShown(least - 1, least - 1, claim)).toBe(false);
      }),
    );
    expect(leastShownCount(claimOf(5n, 100n))).toBe(1);
    expect(leastShownCount(claimOf(5n, 100n, { operator: '>' }))).toBe(2);
    expect(leastShownCount(claimOf(1n, 1n))).toBe(null);
    expect(leastShownCount(claimOf(0n, 1n))).toBe(1);
  });
});
