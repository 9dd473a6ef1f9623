import { compositeTarget, isBurning, parseExactRatio, type SloPlan } from '@burnline/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupPlans, type PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import { groupChangesBetween, groupSumsAt } from '../../packages/judging/dist/evaluation/group-sums.js';
import type { WindowSums } from '../../packages/judging/dist/evaluation/window-sums.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: what a composite is judged by is the sum of what its parts burn, at every instant, in both forms, whole or in steps.
 *
 * Method: random chunk rows of two composites' parts, some with two series, in a real engine; burn rates added up as fractions, row by row.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 2, 28, 20, 0, 0);
const WINDOWS_MS = [24 * HOUR_MS, 5 * MINUTE_MS, HOUR_MS] as const;
const FACTOR = parseExactRatio('2');
const PARTS = [
  { slo: 'all/fast', specRev: 'f', weight: parseExactRatio('2'), target: parseExactRatio('0.9') },
  { slo: 'all/right', specRev: 'r', weight: parseExactRatio('0.5'), target: parseExactRatio('0.95') },
  { slo: 'other/fast', specRev: 'o', weight: parseExactRatio('1'), target: parseExactRatio('0.8') },
  { slo: 'other/right', specRev: 'p', weight: parseExactRatio('3'), target: parseExactRatio('0.9') },
] as const;
/** Two composites that are judged together, each with its parts and how much of a burn rate all of each is worth. */
const COMPOSITES = [
  { slo: 'all', parts: [0, 1], worths: [20n, 10n] },
  { slo: 'other', parts: [2, 3], worths: [5n, 30n] },
] as const;
type Composite = (typeof COMPOSITES)[number];
const partsOf = ({ parts }: Composite) => parts.map((part) => PARTS[part]);
const targetOf = (composite: Composite) => compositeTarget(partsOf(composite));

const planOf = (composite: Composite): SloPlan =>
  ({
    slo: composite.slo,
    sli: {
      slo: composite.slo,
      specRev: composite.slo,
      composite: partsOf(composite),
      groupBy: { dimensions: [], seriesCountMax: 1 },
    },
    target: targetOf(composite),
    period: { kind: 'rolling', durationMs: WINDOWS_MS[0], text: '1d' },
    tiers: [{ longWindowMs: WINDOWS_MS[2], shortWindowMs: WINDOWS_MS[1], factor: FACTOR }],
  }) as unknown as SloPlan;
const GROUPS: readonly PlanGroup[] = groupPlans(COMPOSITES.map(planOf));
const GROUP = GROUPS[0]!;

interface Row {
  readonly part: number;
  readonly series: number;
  readonly paneMs: number;
  readonly seenMs: number;
  readonly good: number;
  readonly total: number;
}

const row = fc
  .record({
    part: fc.constantFrom(0, 1, 2, 3),
    series: fc.constantFrom(0, 7),
    pane: fc.nat({ max: 6 * 60 * 12 }),
    lateMinutes: fc.constantFrom(0, 0, 3),
    good: fc.nat({ max: 30 }),
    bad: fc.nat({ max: 9 }),
  })
  .map(({ part, series, pane, lateMinutes, good, bad }): Row => {
    const paneMs = START_MS + pane * 10_000;
    const seenMs = (Math.floor(paneMs / MINUTE_MS) + 1 + lateMinutes) * MINUTE_MS;
    // The first part of each has one series.
    return { part, series: part % 2 === 0 ? 0 : series, paneMs, seenMs, good, total: good + bad };
  });

let database: TestDatabase;
let streamCount = 0;

async function insert(rows: readonly Row[]): Promise<string> {
  const stream = `c${(streamCount += 1)}`;
  await database.store.insertRows(
    'sli_panes',
    rows.map(({ part, series, paneMs, seenMs, good, total }, chunk) => ({
      ...{ stream, stream_epoch: stream, slo: PARTS[part]!.slo, spec_rev: PARTS[part]!.specRev, series },
      ...{ pane: paneMs / 1_000, partition: 0, chunk, log_interval: seenMs / 1_000 - 60, version: 1 },
      ...{ good, total, excluded: 0, good_extra: 0, total_extra: 0, sums: {}, histogram: {}, zero_count: 0 },
      kept_since: START_MS / 1_000,
    })),
  );
  return stream;
}

/** Exact burn rate of a composite over one window, times a common denominator; null without events. */
function burnOf(
  composite: Composite,
  rows: readonly Row[],
  { windowMs, atMs }: { readonly windowMs: number; readonly atMs: number },
): { burn: bigint; one: bigint } | null {
  const edge = windowMs > HOUR_MS ? 300_000 : 10_000;
  const startMs = Math.floor((atMs - windowMs) / edge) * edge;
  const seen = rows.filter(({ paneMs }) => paneMs >= startMs && paneMs < atMs);
  const counts = composite.parts.map((part) => {
    const own = seen.filter((one) => one.part === part);
    const sum = (of: (one: Row) => number): bigint => BigInt(own.reduce((all, one) => all + of(one), 0));
    return { bad: sum((one) => one.total - one.good), total: sum((one) => one.total) };
  });
  if (counts.every(({ total }) => total === 0n)) return null;
  const [first, second] = counts.map(({ bad, total }) => ({ bad, total: total === 0n ? 1n : total }));
  const [ofFirst, ofSecond] = composite.worths;
  return {
    burn: ofFirst * first!.bad * second!.total + ofSecond * second!.bad * first!.total,
    one: first!.total * second!.total,
  };
}

/** What is wrong with a composite's sums at an instant; null if nothing is. */
function wrongOf(
  composite: Composite,
  sums: WindowSums | undefined,
  { rows, atMs }: { readonly rows: readonly Row[]; readonly atMs: number },
): string | null {
  const most = Number(composite.worths[0] + composite.worths[1]);
  for (const [window, windowMs] of WINDOWS_MS.entries()) {
    const exact = burnOf(composite, rows, { windowMs, atMs });
    const total = sums?.total[window] ?? 0;
    const bad = total - (sums?.good[window] ?? 0);
    const where = `${composite.slo} over ${windowMs} at ${atMs}`;
    if ((exact === null) !== (total === 0)) return `${where}: ${bad} of ${total}`;
    if (exact === null) continue;
    const [made, rate] = [(most * bad) / total, Number(exact.burn) / Number(exact.one)];
    if (Math.abs(made - rate) > 1e-7) return `${where}: ${made}, not ${rate}`;
    const isOver = exact.burn >= 2n * exact.one;
    if (isBurning({ bad, total }, { factor: FACTOR, operator: '>=' }, targetOf(composite)) !== isOver)
      return `${where}: burning is not ${String(isOver)}`;
  }
  return null;
}

const startOf = (one: WindowSums): number => one.firstPaneMs;

describe('sums of a composite', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  it('at one instant are what its parts burn', async () => {
    const instant = fc.nat({ max: 6 * 60 * 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), instant, async (rows, tens) => {
        const stream = await insert(rows);
        const atMs = START_MS + tens * 10_000;
        const found = await groupSumsAt(database.store, GROUP, { stream, atMs, paneMs: 10_000, startOf });
        expect(GROUPS).toHaveLength(1);
        for (const composite of COMPOSITES) {
          const own = found.filter(({ slo }) => slo === composite.slo);
          expect(own.length).toBeLessThanOrEqual(1);
          expect(wrongOf(composite, own[0], { rows, atMs })).toBeNull();
          if (own[0] === undefined) continue;
          const seen = rows.filter(
            ({ part, paneMs }) =>
              composite.parts.some((one) => one === part) && paneMs >= atMs - WINDOWS_MS[0] && paneMs < atMs,
          );
          expect(own[0].totalSeen[0]).toBe(seen.reduce((sum, one) => sum + one.total, 0));
          expect(own[0].firstPaneMs).toBe(Math.min(...seen.map(({ paneMs }) => paneMs)));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('over a history are that at every tick, in one step or in several', async () => {
    const request = fc.array(row, { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(request, fc.integer({ min: 1, max: 1_000 }), async (rows, cutMinutes) => {
        const stream = await insert(rows);
        const endMs = START_MS + 40 * HOUR_MS;
        const cutMs = START_MS + cutMinutes * MINUTE_MS;
        const between = (fromMs: number, toMs: number): Promise<readonly WindowSums[]> =>
          groupChangesBetween(database.store, GROUP, {
            ...{ stream, fromMs, toMs, paneMs: 10_000, tickMs: MINUTE_MS, startOf },
          });
        const whole = await between(START_MS, endMs);
        const steps = [...(await between(START_MS, cutMs)), ...(await between(cutMs, endMs))];
        const told = (all: readonly WindowSums[]): readonly string[] =>
          all
            .map(({ slo, atMs, good, total, totalSeen }) =>
              JSON.stringify([slo, atMs, good, total, totalSeen]),
            )
            .sort();
        expect(told(steps)).toEqual(told(whole));
        const wrong: string[] = [];
        for (const composite of COMPOSITES) {
          const own = whole.filter(({ slo }) => slo === composite.slo);
          const changes = new Map(own.map((one) => [one.atMs, one]));
          let last: WindowSums | undefined;
          for (let atMs = START_MS + MINUTE_MS; atMs <= endMs; atMs += MINUTE_MS) {
            last = changes.get(atMs) ?? last;
            const visible = rows.filter(({ seenMs }) => seenMs <= atMs);
            const problem = wrongOf(composite, last, { rows: visible, atMs });
            if (problem !== null) wrong.push(problem);
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });
});
