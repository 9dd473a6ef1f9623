import process from 'node:process';
import { COARSE_EDGE_MS, parseExactRatio, windowEdges, type SliWeight, type SloPlan } from '@burnline/core';
import { standingEntities, worstEntities } from '@burnline/judging';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { windowGroupOf, type PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import { LiveSums } from '../../packages/judging/dist/evaluation/live-sums.js';
import { groupSumsAt } from '../../packages/judging/dist/evaluation/group-sums.js';
import {
  changesBetween,
  sumsAt,
  type SumsQuery,
  type WindowSums,
} from '../../packages/judging/dist/evaluation/window-sums.js';
import { adjustmentsOf, isLeftOut, writeAdjustments, type GivenAdjustment } from '../support/adjustments.ts';
import { createCalendarStarts } from '../support/calendar-starts.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { envelopes, naiveEntities, type EntityRow } from '../support/naive-entities.ts';
import { HISTORY_HOURS, OTHER, PANE_MS, SLI, START_MS, history } from '../support/entity-histories.ts';
import { writeSealed, writeUnsealed, type History, type LogicalRow } from '../support/sealed-history.ts';

/**
 * Goal: entities that are judged by what they consumed, and ratios of what events weigh, come to the same integers as a naive
 * recount of the chunk rows: at one instant and at every tick of a history, whatever is sealed, however late rows come.
 *
 * Method: random rows of a few entities over two months' end in a real engine, written as chunk rows and as a sealer left them.
 */
const RUN_COUNT = Number(process.env['ENTITY_SUMS_RUNS'] ?? 8);
/** Beside other suites on two cores. */
const TIMEOUT_MS = 180_000 * Math.ceil(RUN_COUNT / 8);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const period = fc.constantFrom<PlanGroup['period']>(
  { kind: 'rolling', durationMs: 7 * DAY_MS, text: '7d' },
  { kind: 'rolling', durationMs: 50 * HOUR_MS, text: '50h' },
  {
    ...{ kind: 'calendar', text: 'x', unit: 'month', count: 1 },
    ...{ startLocal: '2024-01-01 00:00:00', timeZone: 'Europe/Berlin' },
  },
);
/** Those by label speak of weighed series, and of no entity. */
const adjustments = adjustmentsOf({
  ...{ startMs: START_MS, lengthMs: HISTORY_HOURS * HOUR_MS, slos: [SLI.slo], series: [3] },
});
type Judged = Pick<PlanGroup, 'derivation' | 'weight'>;
const groupOf = (budget: PlanGroup['period'], judged: Judged): PlanGroup => ({
  plans: [{ slo: SLI.slo, sli: SLI, period: budget } as unknown as PlanGroup['plans'][number]],
  period: budget,
  tierWindowsMs: [5, 10, 60, 360, 1_440].map((minutes) => minutes * MINUTE_MS),
  ...judged,
});

/** A composite that the SLO is the one part of: what it is judged by is made from the SLO's sums. */
function compositeOf(group: PlanGroup): PlanGroup {
  const [target, weight] = [parseExactRatio('0.9'), parseExactRatio('1')];
  const composite = [{ ...SLI, weight, target, derivation: group.derivation }];
  const [shortWindowMs, longWindowMs] = group.tierWindowsMs;
  const tiers = [{ shortWindowMs, longWindowMs, factor: parseExactRatio('2') }];
  const plan = { slo: 'c', sli: { slo: 'c', specRev: 'c', composite }, target, tiers, period: group.period };
  return {
    ...group,
    plans: [plan as unknown as PlanGroup['plans'][number]],
    derivation: null,
    isComposite: true,
  };
}

/** Sums of nothing may be given or left out: both say the same. */
const isSeen = ({ totalSeen }: WindowSums): boolean => totalSeen.some((total) => total > 0);

const calendarStart = createCalendarStarts();

function startsOf(group: PlanGroup, atMs: number): readonly number[] {
  const periodStartMs =
    group.period.kind === 'rolling'
      ? windowEdges(atMs, group.period.durationMs).startMs
      : Math.floor(calendarStart(atMs, group.period) / COARSE_EDGE_MS) * COARSE_EDGE_MS;
  return [periodStartMs, ...group.tierWindowsMs.map((lengthMs) => windowEdges(atMs, lengthMs).startMs)];
}

interface Counted {
  readonly paneMs: number;
  readonly good: number;
  readonly total: number;
  readonly goodSeen: number;
  readonly totalSeen: number;
}

const seenOf = <One extends { readonly good: number; readonly total: number }>(one: One): One & Counted =>
  ({ ...one, goodSeen: one.good, totalSeen: one.total }) as unknown as One & Counted;

const entityOf = ({ series, paneMs, total, sums = {}, missing = {} }: LogicalRow): EntityRow => ({
  ...{ entity: series, paneMs, total, sums, missing },
});

/** What rows weigh; of shares, which are in millionths, the sum stands for as much. */
function weighed(row: LogicalRow, weight: SliWeight): { readonly good: number; readonly total: number } {
  if ('fields' in weight) return { good: row.sums?.['good.a'] ?? 0, total: row.sums?.['a'] ?? 0 };
  const [share, total] = [row.sums?.[weight.shareSum] ?? 0, row.total * 1_000_000];
  return { good: weight.of === 'good' ? share : total - share, total };
}

/** What is counted of one judged series. */
function countedOf(
  rows: readonly LogicalRow[],
  { derivation, weight }: Judged,
  series: string,
): readonly Counted[] {
  if (weight !== undefined) {
    const own = rows.filter((row) => `${row.series}` === series);
    return own.map((row) => ({
      ...{ paneMs: row.paneMs, goodSeen: row.good, totalSeen: row.total },
      ...weighed(row, weight),
    }));
  }
  if (derivation?.kind !== 'envelope') throw new Error('not of entities');
  if (series === OTHER) {
    const own = rows.filter((row) => `${row.series}` === OTHER && row.total > 0);
    const slot = (paneMs: number): number => Math.floor(paneMs / 300_000) * 300_000 + 300_000 - PANE_MS;
    return own.map((row) => seenOf({ paneMs: slot(row.paneMs), good: row.total, total: row.total }));
  }
  const own = rows.filter((row) => `${row.series}` !== OTHER);
  return naiveEntities(own.map(entityOf), derivation, PANE_MS).map(seenOf);
}

function recount(
  rows: readonly LogicalRow[],
  group: PlanGroup,
  { series, atMs, given }: { series: string; atMs: number; given: readonly GivenAdjustment[] },
): string {
  const ofSeries = { slo: SLI.slo, series: group.weight === undefined ? null : Number(series) };
  const counted = countedOf(
    rows.filter((row) => row.paneMs < atMs),
    group,
    series,
  ).filter(({ paneMs }) => !isLeftOut(given, ofSeries, { fromMs: paneMs, toMs: paneMs + PANE_MS }));
  const sums = (of: (row: Counted) => number): readonly number[] =>
    startsOf(group, atMs).map((startMs) =>
      counted.reduce((sum, row) => (row.paneMs < startMs ? sum : sum + of(row)), 0),
    );
  return JSON.stringify([
    sums((row) => row.good),
    sums((row) => row.total),
    sums((row) => row.goodSeen),
    sums((row) => row.totalSeen),
  ]);
}

const textOf = (one: WindowSums): string =>
  JSON.stringify([one.good, one.total, one.goodSeen, one.totalSeen]);

/** Micro-USD come of nano-USD, rounded once a window: weights here are whole. */
const WEIGHT: SliWeight = { fields: ['a'], perUnit: 1 };
const judged: fc.Arbitrary<Judged> = fc.oneof(
  { weight: 4, arbitrary: envelopes.map((derivation): Judged => ({ derivation })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<SliWeight>(
        WEIGHT,
        { shareSum: 'share @6', of: 'good' },
        { shareSum: 'share @6', of: 'bad' },
      )
      .map((weight): Judged => ({ derivation: null, weight })),
  },
);
const at = fc.record({ tens: fc.nat({ max: 3_000 }), given: adjustments });
const seriesOf = ({ weight }: Judged): readonly string[] =>
  weight === undefined ? ['0', OTHER] : ['3', '5', '7'];

let database: TestDatabase;
let historyNumber = 0;

async function write(one: History): Promise<{ readonly plain: string; readonly sealed: string }> {
  historyNumber += 1;
  const [plain, sealed] = [`p${historyNumber}`, `s${historyNumber}`];
  await writeUnsealed(database.store, plain, one);
  await writeSealed(database.store, sealed, one);
  return { plain, sealed };
}

const sealedThrough = (one: History): number =>
  Math.max(START_MS, ...one.pointers.map((epoch) => epoch.freshMs));

describe('sums over entities and weights', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    await database.store.insertRows(
      'series',
      [3, 5, 7].map((series) => ({
        slo: SLI.slo,
        spec_rev: SLI.specRev,
        series,
        labels: { s: `${series}` },
      })),
    );
    await database.store.insertRows(
      'entities',
      [3, 5, 7].map((series) => ({
        slo: SLI.slo,
        spec_rev: SLI.specRev,
        series,
        labels: { task_id: `task-${series}` },
      })),
    );
  });
  afterAll(() => database.close());

  it(
    'at one instant equal a recount, and are what they were before sealing',
    { timeout: TIMEOUT_MS },
    async () => {
      await fc.assert(
        fc.asyncProperty(history, period, judged, at, async (one, budget, of, { tens, given }) => {
          const streams = await write(one);
          await writeAdjustments(database.store, given);
          const group = groupOf(budget, of);
          for (const atMs of [
            sealedThrough(one) + tens * PANE_MS,
            START_MS + HISTORY_HOURS * HOUR_MS + tens * MINUTE_MS,
          ]) {
            const read = (stream: string): Promise<readonly WindowSums[]> => {
              const windows = windowGroupOf(group, { fromMs: atMs, toMs: atMs });
              return sumsAt(database.store, { stream, group: windows, atMs, paneMs: PANE_MS });
            };
            const none = recount([], group, { series: '0', atMs, given });
            for (const stream of [streams.plain, streams.sealed]) {
              const found = new Map((await read(stream)).map((sums) => [sums.series, textOf(sums)]));
              for (const series of seriesOf(of))
                expect(found.get(series) ?? none, `${stream} ${series}`).toBe(
                  recount(one.rows, group, { series, atMs, given }),
                );
            }
          }
        }),
        { numRuns: RUN_COUNT },
      );
    },
  );

  it(
    'are the same to who remembers what is sealed, as more comes and more is sealed',
    { timeout: TIMEOUT_MS },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          history,
          period,
          envelopes,
          fc.tuple(fc.array(fc.nat({ max: 30 }), { maxLength: 3 }), adjustments, adjustments),
          async (one, budget, ...[derivation, [steps, first, then]]) => {
            const rows = one.rows.map((row, id) => ({ ...row, id }));
            const group = groupOf(budget, { derivation });
            const remembering = new LiveSums(database.store);
            historyNumber += 1;
            let pointerMs = sealedThrough(one);
            for (const [index, hours] of [0, ...steps].entries()) {
              const given = index < 2 ? first : then;
              await writeAdjustments(database.store, given);
              pointerMs += hours * HOUR_MS;
              const atMs = pointerMs + 2 * HOUR_MS;
              const dayMs = Math.floor(pointerMs / DAY_MS - 1) * DAY_MS;
              const pointers = { settledMs: pointerMs, freshMs: pointerMs, dayMs: Math.max(0, dayMs) };
              const seen = rows.filter((row) => (row.chunk?.intervalMs ?? 0) + MINUTE_MS <= atMs);
              const stream = `r${historyNumber}`;
              await writeSealed(database.store, stream, { rows: seen, pointers: [pointers], backfilled: [] });
              const windows = windowGroupOf(group, { fromMs: atMs, toMs: atMs });
              const found = await remembering.sumsAt({ stream, group: windows, atMs, paneMs: PANE_MS });
              const texts = new Map(found.map((sums) => [sums.series, textOf(sums)]));
              const none = recount([], group, { series: '0', atMs, given });
              for (const series of ['0', OTHER])
                expect(texts.get(series) ?? none, `${series} at ${atMs}`).toBe(
                  recount(seen, group, { series, atMs, given }),
                );
              const composite = compositeOf(group);
              const at = { stream, atMs, paneMs: PANE_MS, startOf: () => 0 };
              const sumsOf = (part: SumsQuery) => remembering.sumsAt(part);
              const [direct, remembered] = await Promise.all([
                groupSumsAt(database.store, composite, at),
                groupSumsAt(database.store, composite, { ...at, sumsOf }),
              ]);
              expect(remembered.filter(isSeen)).toEqual(direct.filter(isSeen));
            }
          },
        ),
        { numRuns: RUN_COUNT },
      );
    },
  );

  it(
    'names the entities that are beyond their envelopes, and how all of them stand',
    { timeout: TIMEOUT_MS },
    async () => {
      await fc.assert(
        fc.asyncProperty(history, envelopes, at, async (one, derivation, { tens, given }) => {
          const { sealed } = await write(one);
          await writeAdjustments(database.store, given);
          const atMs = sealedThrough(one) + tens * PANE_MS;
          const fromMs = atMs - 3 * DAY_MS;
          const plan = { ...SLI, sli: { ...SLI, derivation } } as unknown as SloPlan;
          const span = { stream: sealed, fromMs, toMs: atMs, paneMs: PANE_MS };
          const found = await worstEntities(database.store, {
            plan,
            ...span,
            countMax: 50,
            timeoutMs: 10_000,
          });
          const rows = one.rows.filter((row) => row.paneMs < atMs && `${row.series}` !== OTHER);
          const entities = rows.map(entityOf);
          const startMs = windowEdges(atMs, 3 * DAY_MS).startMs;
          const judged = naiveEntities(entities, derivation, PANE_MS).filter(
            ({ paneMs }) =>
              paneMs >= startMs &&
              !isLeftOut(given, { slo: SLI.slo, series: null }, { fromMs: paneMs, toMs: paneMs + PANE_MS }),
          );
          const expected = judged.filter(({ good }) => good === 0);
          const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort();
          const asked = { plan, ...span, countMax: 500, timeoutMs: 10_000 };
          const standing = await standingEntities(database.store, asked);
          const stand = standing.entities.map(
            (one) => `${one.labels['task_id']} ${one.consumed} ${one.isWithin}`,
          );
          expect(sorted(stand)).toEqual(
            sorted(judged.map(({ entity, consumed, good }) => `task-${entity} ${consumed} ${good === 1}`)),
          );
          expect([standing.judgedCount, standing.beyondCount]).toEqual([judged.length, expected.length]);
          expect(sorted(found.map(({ labels, consumed }) => `${labels['task_id']} ${consumed}`))).toEqual(
            sorted(expected.map(({ entity, consumed }) => `task-${entity} ${consumed}`)),
          );
        }),
        { numRuns: RUN_COUNT },
      );
    },
  );

  it(
    'over a span of history equal a recount at every tick, in one step or in several',
    { timeout: TIMEOUT_MS },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          history,
          period,
          judged,
          adjustments,
          fc.tuple(fc.nat({ max: 600 }), fc.integer({ min: 2, max: 2_880 })),
          async (one, ...[budget, of, given, [minutes, lengthMinutes]]) => {
            const streams = await write(one);
            await writeAdjustments(database.store, given);
            const group = groupOf(budget, of);
            const fromMs = sealedThrough(one) + minutes * MINUTE_MS;
            const toMs = fromMs + lengthMinutes * MINUTE_MS;
            const between = (stream: string, from: number, to: number): Promise<readonly WindowSums[]> =>
              changesBetween(database.store, {
                ...{ stream, group: windowGroupOf(group, { fromMs: from, toMs: to }) },
                ...{ fromMs: from, toMs: to, paneMs: PANE_MS, tickMs: MINUTE_MS },
              });
            const found = await between(streams.sealed, fromMs, toMs);
            const keyed = (sums: readonly WindowSums[]): readonly string[] =>
              sums.map((each) => `${each.series} ${each.atMs} ${textOf(each)}`).sort();
            expect(keyed(found)).toEqual(keyed(await between(streams.plain, fromMs, toMs)));
            const cutMs = fromMs + Math.floor(lengthMinutes / 2) * MINUTE_MS;
            const parts = [
              ...(await between(streams.plain, fromMs, cutMs)),
              ...(await between(streams.plain, cutMs, toMs)),
            ];
            expect(keyed(parts)).toEqual(keyed(found));
            const changes = new Map(found.map((sums) => [`${sums.series} ${sums.atMs}`, textOf(sums)]));
            const changedMs = found.flatMap((sums) => [sums.atMs - MINUTE_MS, sums.atMs]);
            const checkedMs = new Set(changedMs.filter((atMs) => atMs >= fromMs));
            for (let atMs = fromMs; atMs <= toMs; atMs += 20 * MINUTE_MS) checkedMs.add(atMs);
            // An assertion for every instant would take longer than everything else.
            const wrong: string[] = [];
            for (const series of seriesOf(of)) {
              let last = '';
              for (let atMs = fromMs; atMs <= toMs; atMs += MINUTE_MS) {
                last = changes.get(`${series} ${atMs}`) ?? last;
                if (!checkedMs.has(atMs)) continue;
                const seen = one.rows.filter((row) => (row.chunk?.intervalMs ?? 0) + MINUTE_MS <= atMs);
                const expected = recount(seen, group, { series, atMs, given });
                if (atMs === fromMs) last = expected;
                if (last !== expected) wrong.push(`${series} at ${atMs}: ${last} instead of ${expected}`);
              }
            }
            expect(wrong).toEqual([]);
          },
        ),
        { numRuns: RUN_COUNT },
      );
    },
  );
});
