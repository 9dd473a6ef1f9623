import process from 'node:process';
import { COARSE_EDGE_MS } from '@burnline/core';
import type { StreamEpoch } from '@burnline/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataStarts } from '../../packages/judging/dist/evaluation/data-starts.js';
import { createReplayClock } from '../../packages/judging/dist/evaluation/evaluation-clock.js';
import { readPeriodPast, type SeriesPast } from '../../packages/judging/dist/index.js';
import { windowGroupOf, type PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import {
  changesBetween,
  sumsAt,
  type WindowSums,
} from '../../packages/judging/dist/evaluation/window-sums.js';
import { adjustmentsOf, writeAdjustments } from '../support/adjustments.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { derivations, type CountedRow } from '../support/naive-slices.ts';
import {
  END_MS,
  HISTORY_HOURS,
  PANE_MS,
  SERIES,
  SLIS,
  START_MS,
  history,
} from '../support/sealed-histories.ts';
import {
  groupOf,
  isCounted,
  seenMs,
  startsOf,
  countedOf,
  sumsOver,
  recount,
  textOf,
  ALL_SERIES,
  rowsOf,
  hourOf,
  firstPane,
  sealedThrough,
  settledThrough,
} from '../support/sealed-recount.ts';
import { writeSealed, writeUnsealed, type History, type LogicalRow } from '../support/sealed-history.ts';

/**
 * Goal: whatever part of a history is sealed, window sums, first panes and the views equal a naive recount of its logical
 * rows, and are the same as before sealing.
 *
 * Method: each random history is written twice into a real engine, as chunk rows alone and as a sealer may have left it
 * (crashes, zombies and half-written hours included), and read by the code that burn rates are judged with.
 */
const RUN_COUNT = Number(process.env['SEALED_SUMS_RUNS'] ?? 6);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const calendar = (unit: 'day' | 'week' | 'month', timeZone: string): PlanGroup['period'] => ({
  kind: 'calendar',
  text: 'x',
  unit,
  count: 1,
  startLocal: '2024-01-01 00:00:00',
  timeZone,
});
const period = fc.constantFrom<PlanGroup['period']>(
  { kind: 'rolling', durationMs: 30 * DAY_MS, text: 'x' },
  { kind: 'rolling', durationMs: 50 * HOUR_MS, text: 'x' },
  calendar('month', 'UTC'),
  calendar('week', 'America/New_York'),
  calendar('day', 'Asia/Kolkata'),
);
const adjustments = adjustmentsOf({
  ...{ startMs: START_MS, lengthMs: END_MS - START_MS },
  ...{ slos: SLIS.map(({ slo }) => slo), series: SERIES },
});

const WHOLE = { kind: 'rolling', durationMs: 30 * DAY_MS, text: 'x' } as const;

let database: TestDatabase;
let historyNumber = 0;

async function write(one: History): Promise<{ readonly plain: string; readonly sealed: string }> {
  historyNumber += 1;
  const [plain, sealed] = [`p${historyNumber}`, `s${historyNumber}`];
  await writeUnsealed(database.store, plain, one);
  await writeSealed(database.store, sealed, one);
  return { plain, sealed };
}

describe('sums over sealed and unsealed rows', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    await database.store.insertRows(
      'series',
      ALL_SERIES.map((one) => ({
        slo: one.slo,
        spec_rev: one.specRev,
        series: one.series,
        labels: { s: `${one.series}` },
      })),
    );
  });
  afterAll(() => database.close());

  it('at one instant equal a recount, and are what they were before sealing', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        period,
        derivations,
        adjustments,
        fc.nat({ max: 3_000 }),
        async (one, ...[budget, derivation, given, seconds]) => {
          const streams = await write(one);
          await writeAdjustments(database.store, given);
          const group = groupOf(budget, derivation);
          for (const atMs of [settledThrough(one) + seconds * 1_000, END_MS + seconds * MINUTE_MS]) {
            const read = (stream: string): Promise<readonly WindowSums[]> =>
              sumsAt(database.store, {
                stream,
                group: windowGroupOf(group, { fromMs: atMs, toMs: atMs }),
                atMs,
                paneMs: PANE_MS,
              });
            const [found, plain] = [await read(streams.sealed), await read(streams.plain)];
            const withoutLast = (one: WindowSums): WindowSums => ({ ...one, lastPaneMs: 0 });
            expect(found.map(withoutLast)).toEqual(plain.map(withoutLast));
            // Of the newest event, the archive knows the bucket alone, and not whether it is left out.
            found.forEach(
              ({ lastPaneMs = 0 }, index) =>
                given.length > 0 || expect(lastPaneMs).toBeLessThanOrEqual(plain[index]!.lastPaneMs!),
            );
            const texts = new Map(found.map((sums) => [`${sums.specRev} ${sums.series}`, textOf(sums)]));
            const starts = startsOf(group, atMs);
            for (const of of ALL_SERIES) {
              const none = recount([], group, { starts, atMs, given, of });
              expect(texts.get(`${of.specRev} ${of.series}`) ?? none).toBe(
                recount(rowsOf(one, of), group, { starts, atMs, given, of }),
              );
            }
          }
        },
      ),
      { numRuns: RUN_COUNT },
    );
  });

  it('of stretches that are over equal a recount, whatever came after them', async () => {
    const steps = (HISTORY_HOURS * HOUR_MS) / COARSE_EDGE_MS;
    const paneCount = COARSE_EDGE_MS / PANE_MS;
    const edges = fc.tuple(fc.nat({ max: steps }), fc.nat({ max: steps }));
    const panes = fc.tuple(fc.nat({ max: paneCount - 1 }), fc.nat({ max: paneCount - 1 }));
    const stretch = fc.tuple(edges, panes).map(([[one, other], [first, last]]) => ({
      fromMs: START_MS + Math.min(one, other) * COARSE_EDGE_MS,
      toMs: START_MS + (Math.max(one, other) + 1) * COARSE_EDGE_MS,
      ...{ firstMs: first * PANE_MS, lastMs: last * PANE_MS },
    }));
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(stretch, { minLength: 1, maxLength: 4 }),
        derivations,
        adjustments,
        async (one, ...[drawn, derivation, given]) => {
          // What is made of slices has whole ones; the rest begins and ends with any pane.
          const stretches = drawn.map(({ fromMs, toMs, firstMs, lastMs }) =>
            derivation === null
              ? { fromMs: fromMs + firstMs, toMs: Math.max(fromMs + firstMs + PANE_MS, toMs - lastMs) }
              : { fromMs, toMs },
          );
          const streams = await write(one);
          await writeAdjustments(database.store, given);
          const atMs = END_MS + HOUR_MS;
          const group = {
            slis: SLIS,
            windows: stretches.map((over) => ({ kind: 'past', ...over }) as const),
            derivation,
          };
          for (const stream of [streams.plain, streams.sealed]) {
            const found = await sumsAt(database.store, { stream, group, atMs, paneMs: PANE_MS });
            const texts = new Map(found.map((sums) => [`${sums.specRev} ${sums.series}`, textOf(sums)]));
            for (const of of ALL_SERIES) {
              const at = { starts: [START_MS], atMs, given, of };
              const sums = (rows: readonly LogicalRow[]): string =>
                textOf(sumsOver(countedOf(rows, { ...groupOf(WHOLE), derivation }, at), stretches));
              expect(texts.get(`${of.specRev} ${of.series}`) ?? sums([])).toBe(sums(rowsOf(one, of)));
            }
          }
        },
      ),
      { numRuns: RUN_COUNT },
    );
  });

  it('bucket by bucket of a period equal a recount too, and make up the budget', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        period,
        derivations,
        adjustments,
        fc.tuple(fc.nat({ max: 600 }), fc.nat({ max: 100 })),
        async (one, ...[budget, derivation, given, [seconds, fineHours]]) => {
          const streams = await write(one);
          await writeAdjustments(database.store, given);
          const atMs = settledThrough(one) + seconds * 1_000;
          const [fromMs = 0] = startsOf(groupOf(budget), atMs);
          const read = (stream: string): Promise<readonly SeriesPast[]> =>
            readPeriodPast(database.store, {
              ...{ stream, fromMs, atMs, slis: SLIS, derivation, paneMs: PANE_MS },
              fineFromMs: atMs - fineHours * HOUR_MS,
              series: SERIES.map(String),
            });
          const past = await read(streams.sealed);
          const withoutFirst = ({ slo, series, buckets }: SeriesPast): unknown => ({ slo, series, buckets });
          expect(past.map(withoutFirst)).toEqual((await read(streams.plain)).map(withoutFirst));
          for (const of of ALL_SERIES) {
            const buckets =
              past.find(({ slo, series }) => slo === of.slo && Number(series) === of.series)?.buckets ?? [];
            const rows = countedOf(rowsOf(one, of), groupOf(budget, derivation), {
              ...{ starts: [], atMs, given, of },
            });
            const countOf = (startMs: number, endMs: number): readonly number[] => {
              const within = rows.filter(({ paneMs }) => paneMs >= startMs && paneMs < endMs);
              const sum = (of: (row: CountedRow) => number): number =>
                within.reduce((all, row) => all + 1_000 * of(row), 0);
              const total = sum((row) => row.totalParts ?? row.total);
              return [total - sum((row) => row.goodParts ?? row.good), total];
            };
            for (const { startMs, endMs, bad, total } of buckets) {
              expect([bad, total]).toEqual(countOf(startMs, endMs));
              const isFine = startMs >= hourOf(atMs - fineHours * HOUR_MS);
              expect(endMs - startMs).toBeLessThanOrEqual(isFine ? 5 * MINUTE_MS : HOUR_MS);
            }
            expect(
              ['bad', 'total'].map((name) =>
                buckets.reduce((sum, bucket) => sum + bucket[name as 'bad' | 'total'], 0),
              ),
            ).toEqual(countOf(fromMs, atMs));
            for (const [index, bucket] of buckets.slice(1).entries())
              expect(bucket.startMs).toBeGreaterThanOrEqual(buckets[index]!.endMs);
          }
        },
      ),
      { numRuns: RUN_COUNT },
    );
  });

  it('over a span of history equal a recount at every tick, and are what they were before sealing', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        period,
        derivations,
        adjustments,
        fc.tuple(fc.nat({ max: 600 }), fc.integer({ min: 1, max: 2_880 })),
        async (one, ...[budget, derivation, given, [minutes, lengthMinutes]]) => {
          const streams = await write(one);
          await writeAdjustments(database.store, given);
          const group = groupOf(budget, derivation);
          const fromMs = sealedThrough(one) + minutes * MINUTE_MS;
          const toMs = fromMs + lengthMinutes * MINUTE_MS;
          const windows = windowGroupOf(group, { fromMs, toMs });
          const span = { group: windows, fromMs, toMs, paneMs: PANE_MS, tickMs: MINUTE_MS };
          const found = await changesBetween(database.store, { stream: streams.sealed, ...span });
          const plain = await changesBetween(database.store, { stream: streams.plain, ...span });
          // Whether a first pane is left out, a coarse bucket does not tell.
          const known = (all: readonly WindowSums[]): readonly WindowSums[] =>
            given.length === 0 ? all : all.map((sums) => ({ ...sums, firstPaneMs: 0 }));
          expect(known(found)).toEqual(known(plain));
          const changes = new Map(
            found.map((sums) => [`${sums.specRev} ${sums.series} ${sums.atMs}`, textOf(sums)]),
          );
          // Where something changed and right before; a change that was missed shows at the next instant on the grid.
          const changedMs = found.flatMap((sums) => [sums.atMs - MINUTE_MS, sums.atMs]);
          const checkedMs = new Set(changedMs.filter((atMs) => atMs >= fromMs));
          for (let atMs = fromMs; atMs <= toMs; atMs += 20 * MINUTE_MS) checkedMs.add(atMs);
          const starts = new Map([...checkedMs].map((atMs) => [atMs, startsOf(group, atMs)]));
          // An assertion for every instant would take longer than everything else.
          const wrong: string[] = [];
          for (const of of ALL_SERIES) {
            const rows = rowsOf(one, of);
            let last = '';
            for (let atMs = fromMs; atMs <= toMs; atMs += MINUTE_MS) {
              last = changes.get(`${of.specRev} ${of.series} ${atMs}`) ?? last;
              const edges = starts.get(atMs);
              if (edges === undefined) continue;
              const expected = recount(
                rows.filter((row) => seenMs(row) <= atMs),
                group,
                { starts: edges, atMs, given, of },
              );
              if (atMs === fromMs) last = expected;
              if (last !== expected)
                wrong.push(`${of.specRev} ${of.series} at ${atMs}: ${last} instead of ${expected}`);
            }
          }
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: RUN_COUNT },
    );
  });

  it('first panes and the first tick equal a recount', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat({ max: 600 }), async (one, minutes) => {
        const { sealed } = await write(one);
        const lastMs = sealedThrough(one) + minutes * MINUTE_MS;
        const starts = new DataStarts(database.store, { stream: sealed, kind: 'replay', tickMs: MINUTE_MS });
        // What was a period late when it came never counted.
        const isInTime = ({ chunk, paneMs }: LogicalRow): boolean =>
          chunk === null || hourOf(paneMs) + DAY_MS >= hourOf(chunk.intervalMs);
        const check = (atMs: number): void => {
          for (const of of ALL_SERIES) {
            const seen = rowsOf(one, of).filter((row) => seenMs(row) <= atMs && isInTime(row));
            const sums = { specRev: of.specRev, series: `${of.series}`, atMs, firstPaneMs: Infinity };
            expect(starts.at(sums)).toBe(firstPane(seen));
          }
        };
        await starts.resume(groupOf({ kind: 'rolling', durationMs: DAY_MS, text: '1d' }).plans, lastMs);
        check(lastMs);
        const toMs = END_MS + 2 * DAY_MS;
        await starts.readSpan({ fromMs: lastMs, toMs, coverage: 1 });
        for (const atMs of [lastMs + 90 * MINUTE_MS, toMs]) check(atMs);
        expect(starts.firstMs).toBe(
          firstPane(one.rows.filter((row) => isCounted(one, row) && isInTime(row))),
        );

        // Of what is sealed, the hour alone is known.
        const intervals = one.rows.flatMap(({ chunk }) => {
          if (chunk === null) return [];
          const isSealed = chunk.intervalMs < (one.pointers[chunk.epoch]?.freshMs ?? 0);
          return [isSealed ? Math.floor(chunk.intervalMs / HOUR_MS) * HOUR_MS : chunk.intervalMs];
        });
        const due = await clockOf(sealed).then((clock) => clock.due(null));
        expect(due?.fromMs).toBe(intervals.length === 0 ? undefined : Math.min(...intervals));
      }),
      { numRuns: RUN_COUNT },
    );
  });

  it('views show every event once', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (one) => {
        const streams = await write(one);
        for (const [view, series, time, widthMs] of [
          ['slo_pane_revisions', "labels['s']", 'pane', PANE_MS],
          ['slo_hour_revisions', "labels['s']", 'hour', HOUR_MS],
          ['sli_hour_rows', 'toString(series)', 'hour', HOUR_MS],
        ] as const) {
          const expected = new Map<string, { good: number; total: number }>();
          for (const row of one.rows.filter((each) => isCounted(one, each))) {
            const start = Math.floor(row.paneMs / widthMs) * widthMs;
            const key = `${row.slo} ${row.series} ${start}`;
            const sum = expected.get(key) ?? { good: 0, total: 0 };
            expected.set(key, { good: sum.good + row.good, total: sum.total + row.total });
          }
          const text = [...expected].map(([key, sum]) => `${key} ${sum.good} ${sum.total}`).sort();
          for (const stream of [streams.plain, streams.sealed]) {
            const rows = await database.store.query<{ text: string }>(
              `SELECT concat(slo, ' ', ${series}, ' ', toString(toUnixTimestamp(${time}) * 1000), ' ', toString(good),
                 ' ', toString(total)) AS text FROM ${view} WHERE stream = {stream:String}`,
              { stream },
            );
            expect(rows.map((row) => row.text).sort()).toEqual(text);
          }
        }
      }),
      { numRuns: Math.ceil(RUN_COUNT / 2) },
    );
  });
});

/** A replay's clock whose partitions have all passed the end. */
async function clockOf(stream: string): Promise<ReturnType<typeof createReplayClock>> {
  const epoch = `${stream}@0`;
  await database.store.insertRows('watermarks', [
    {
      consumer: 'processor',
      stream,
      stream_epoch: epoch,
      topic: epoch,
      partition: 0,
      position: 1,
      log_time: '2024-03-01 00:00:00.000',
      last_timestamp_ms: 0,
      last_checksum: 0,
    },
  ]);
  const epochs = [{ epoch, stream, partitionCount: 1 } as StreamEpoch];
  return createReplayClock({ store: database.store, epochs, tickMs: MINUTE_MS });
}
