import { windowEdges, type Slices } from '@burnline/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { windowGroupOf, type PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import {
  changesBetween,
  sumsAt,
  type WindowSums,
} from '../../packages/judging/dist/evaluation/window-sums.js';
import { adjustmentsOf, isLeftOut, writeAdjustments, type GivenAdjustment } from '../support/adjustments.ts';
import { createCalendarStarts } from '../support/calendar-starts.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { measuredColumns, measuredOf, NOTHING_MEASURED } from '../support/measured-rows.ts';
import { derivations, judgedRows, naiveSlices, type CountedRow } from '../support/naive-slices.ts';

/**
 * Goal: the sums that burn rates are judged on equal a naive recount of the chunk rows, at every instant, in both forms
 * (one instant of a live stream; all instants of a span of history at which something changed).
 *
 * Method: random chunk rows with superseded versions, late rows and several partitions, in a real engine, less random stretches
 * that are left out.
 */
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2024, 0, 31, 21, 0, 0);
const SLI = { slo: 'a', specRev: 'r' };

interface ChunkRow {
  readonly paneMs: number;
  readonly seenMs: number;
  readonly series: number;
  readonly partition: number;
  readonly good: number;
  readonly total: number;
  /** What each event stands for beyond itself, thousandths. */
  readonly extra: number;
}

const chunkRow = fc
  .record({
    paneIndex: fc.nat({ max: 6 * 60 * 30 }),
    lateMinutes: fc.constantFrom(0, 0, 0, 1, 7, 200),
    series: fc.constantFrom(0, 7),
    partition: fc.nat({ max: 2 }),
    bad: fc.nat({ max: 5 }),
    good: fc.nat({ max: 20 }),
    extra: fc.constantFrom(0, 0, 500, 333, 18_000),
  })
  .map((one): ChunkRow => {
    const paneMs = START_MS + one.paneIndex * 10_000;
    const seenMs = (Math.floor(paneMs / MINUTE_MS) + 1 + one.lateMinutes) * MINUTE_MS;
    const { series, partition, good, extra } = one;
    return { paneMs, seenMs, series, partition, good, total: good + one.bad, extra };
  });

const rolling = (durationMs: number): PlanGroup['period'] => ({ kind: 'rolling', durationMs, text: 'x' });
const calendar: PlanGroup['period'] = {
  kind: 'calendar',
  text: '1M',
  unit: 'month',
  count: 1,
  startLocal: '2024-01-01 00:00:00',
  timeZone: 'UTC',
};
const groupOf = (period: PlanGroup['period'], derivation: Slices | null): Sliced => ({
  plans: [{ slo: SLI.slo, sli: { specRev: SLI.specRev } } as PlanGroup['plans'][number]],
  period,
  tierWindowsMs: [5 * MINUTE_MS, 60 * MINUTE_MS, 360 * MINUTE_MS],
  derivation,
});

const adjustments = adjustmentsOf({
  ...{ startMs: START_MS, lengthMs: 40 * 60 * MINUTE_MS },
  ...{ slos: [SLI.slo], series: [0, 7] },
});

type Sliced = PlanGroup & { readonly derivation: Slices | null };

const calendarStart = createCalendarStarts();

function startsOf(group: PlanGroup, atMs: number): readonly number[] {
  const { period } = group;
  const periodStart =
    period.kind === 'rolling' ? windowEdges(atMs, period.durationMs).startMs : calendarStart(atMs, period);
  return [periodStart, ...group.tierWindowsMs.map((lengthMs) => windowEdges(atMs, lengthMs).startMs)];
}

/** What is in each window at an instant, counted row by row. */
function recount(
  rows: readonly ChunkRow[],
  group: Sliced,
  { atMs, series, given }: { atMs: number; series: number; given: readonly GivenAdjustment[] },
): Counts {
  const own = rows.filter((row) => row.series === series && row.paneMs < atMs);
  const widthMs = group.derivation?.sliceMs ?? 10_000;
  const seen = naiveSlices(own, group.derivation, { atMs, paneMs: 10_000 }).filter(({ paneMs }) => {
    const toMs = paneMs + 10_000;
    return !isLeftOut(given, { slo: SLI.slo, series }, { fromMs: toMs - widthMs, toMs });
  });
  const sum = (startMs: number, of: (row: CountedRow) => number): number =>
    seen.filter((row) => row.paneMs >= startMs).reduce((total, row) => total + of(row), 0);
  const starts = startsOf(group, atMs);
  const seenOf = (of: (row: CountedRow) => number): number[] => starts.map((startMs) => sum(startMs, of));
  const weightedOf = (of: (row: CountedRow) => number, partsOf: (row: CountedRow) => number | undefined) =>
    starts.map((startMs) =>
      Math.round(
        sum(startMs, (row) => 1_000 * (partsOf(row) ?? of(row)) + of(row) * (row.extra ?? 0)) / 1_000,
      ),
    );
  const [good, total] = [(row: CountedRow) => row.good, (row: CountedRow) => row.total];
  return [
    weightedOf(good, (row) => row.goodParts),
    weightedOf(total, (row) => row.totalParts),
    seenOf(good),
    seenOf(total),
  ];
}

/** The newest pane that anything counted lies in; of slices only those that are over are known. */
function newestPaneMs(rows: readonly ChunkRow[], group: Sliced, atMs: number, series: number): number {
  const sliceMs = group.derivation?.sliceMs ?? 10_000;
  const sliceStart = (timeMs: number): number => Math.floor(timeMs / sliceMs) * sliceMs;
  const oldestMs = sliceStart(Math.min(...startsOf(group, atMs))) - (group.derivation?.holdMs ?? 0);
  const own = rows.filter((row) => row.series === series && row.paneMs < atMs);
  const counted = judgedRows(own, group.derivation).filter(
    (row) =>
      row.total > 0 &&
      row.paneMs >= oldestMs &&
      sliceStart(row.paneMs) + (group.derivation === null ? 1 : sliceMs) <= atMs,
  );
  return Math.max(0, ...counted.map(({ paneMs }) => paneMs));
}

/** Good and total by window: what they stand for, and what was seen. */
type Counts = readonly (readonly number[])[];
const text = (counts: Counts): string => JSON.stringify(counts);
const countsOf = (one: WindowSums): Counts => [one.good, one.total, one.goodSeen, one.totalSeen];

let database: TestDatabase;
let streamNumber = 0;

async function insert(rows: readonly ChunkRow[]): Promise<string> {
  const stream = `s${(streamNumber += 1)}`;
  const columns = rows.flatMap((row, index) => {
    const key = {
      stream,
      stream_epoch: stream,
      slo: SLI.slo,
      spec_rev: SLI.specRev,
      series: row.series,
      pane: row.paneMs / 1_000,
      partition: row.partition,
      chunk: index,
      log_interval: row.seenMs / 1_000 - 60,
      excluded: 0,
      kept_since: START_MS / 1_000,
    };
    // An earlier version of the same row: what a flush before the last one wrote.
    return [
      {
        ...key,
        version: 1,
        good: 0,
        total: 0,
        good_extra: 0,
        total_extra: 0,
        ...measuredColumns(NOTHING_MEASURED),
      },
      {
        ...key,
        version: 2,
        good: row.good,
        total: row.total,
        good_extra: row.good * row.extra,
        total_extra: row.total * row.extra,
        ...measuredColumns(measuredOf(row), row.extra),
      },
    ];
  });
  await database.store.insertRows('sli_panes', columns);
  return stream;
}

describe('window sums', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    await database.store.insertRows(
      'series',
      [0, 7].map((series) => ({ slo: SLI.slo, spec_rev: SLI.specRev, series, labels: { s: `${series}` } })),
    );
  });
  afterAll(() => database.close());

  it('at one instant equal a recount', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunkRow, { minLength: 1, maxLength: 60 }),
        fc.nat({ max: 6 * 60 * 31 }),
        fc.constantFrom(rolling(24 * 60 * MINUTE_MS), calendar),
        derivations,
        adjustments,
        async (rows, tens, period, ...[derivation, given]) => {
          const stream = await insert(rows);
          await writeAdjustments(database.store, given);
          const group = groupOf(period, derivation);
          const atMs = START_MS + tens * 10_000;
          const windows = windowGroupOf(group, { fromMs: atMs, toMs: atMs });
          const found = await sumsAt(database.store, {
            stream,
            group: windows,
            atMs,
            paneMs: 10_000,
          });
          for (const one of found) {
            expect(text(countsOf(one))).toBe(
              text(recount(rows, group, { atMs, series: Number(one.series), given })),
            );
            // Of what is left out, nothing says when it came last.
            if (given.length === 0)
              expect(one.lastPaneMs).toBe(newestPaneMs(rows, group, atMs, Number(one.series)));
          }
          const missing = [0, 7].filter((series) => found.every((one) => Number(one.series) !== series));
          for (const series of missing) {
            expect(recount(rows, group, { atMs, series, given })[1]!.every((count) => count === 0)).toBe(
              true,
            );
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('over a span of history equal a recount at every tick, in one step or in several', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunkRow, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 2_500 }),
        fc.constantFrom(rolling(24 * 60 * MINUTE_MS), calendar),
        derivations,
        adjustments,
        async (rows, cutMinutes, period, ...[derivation, given]) => {
          const stream = await insert(rows);
          await writeAdjustments(database.store, given);
          const group = groupOf(period, derivation);
          const endMs = START_MS + 48 * 60 * MINUTE_MS;
          const cutMs = START_MS + cutMinutes * MINUTE_MS;
          const between = (fromMs: number, toMs: number): Promise<readonly WindowSums[]> =>
            changesBetween(database.store, {
              stream,
              group: windowGroupOf(group, { fromMs, toMs }),
              fromMs,
              toMs,
              paneMs: 10_000,
              tickMs: MINUTE_MS,
            });
          const whole = await between(START_MS, endMs);
          const parts = [...(await between(START_MS, cutMs)), ...(await between(cutMs, endMs))];
          const sorted = (sums: readonly WindowSums[]): string[] =>
            sums.map((one) => `${one.series} ${one.atMs} ${text(countsOf(one))}`).sort();
          expect(sorted(parts)).toEqual(sorted(whole));
          // An assertion for every instant would take longer than everything else.
          const wrong: string[] = [];
          for (const series of [0, 7]) {
            const changes = new Map(
              whole.filter((one) => Number(one.series) === series).map((one) => [one.atMs, one]),
            );
            const zeros = groupZeros(group);
            let last = text([zeros, zeros, zeros, zeros]);
            for (let atMs = START_MS + MINUTE_MS; atMs <= endMs; atMs += MINUTE_MS) {
              const visible = rows.filter((row) => row.seenMs <= atMs);
              const change = changes.get(atMs);
              if (change !== undefined) last = text(countsOf(change));
              const expected = text(recount(visible, group, { atMs, series, given }));
              if (last !== expected) wrong.push(`${series} at ${atMs}: ${last} instead of ${expected}`);
            }
          }
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 12 },
    );
  });
});

function groupZeros(group: PlanGroup): readonly number[] {
  return [0, ...group.tierWindowsMs.map(() => 0)];
}
