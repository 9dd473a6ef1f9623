import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { windowGroupOf, type PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import { LiveSums } from '../../packages/judging/dist/evaluation/live-sums.js';
import {
  sumsAt,
  type SumsQuery,
  type WindowSums,
} from '../../packages/judging/dist/evaluation/window-sums.js';
import { adjustmentsOf, writeAdjustments } from '../support/adjustments.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { derivations } from '../support/naive-slices.ts';
import { END_MS, PANE_MS, SERIES, SLIS, START_MS, history } from '../support/sealed-histories.ts';
import { ALL_SERIES, groupOf, sealedThrough } from '../support/sealed-recount.ts';
import { writeSealed } from '../support/sealed-history.ts';

/**
 * Goal: who remembers what the slices of sealed days come to says what making all of them anew says, tick after tick: as
 * rows come, late ones too, as more is sealed, and as adjustments are made; of all series and of some.
 *
 * Method: random histories in a real engine, of each of which more and more has come and is sealed; `sumsAt`, which other
 * tests hold to a recount, is asked beside it.
 */
const RUN_COUNT = Number(process.env['SLICE_SUMS_RUNS'] ?? 5);
/** Beside other suites on two cores. */
const TIMEOUT_MS = 900_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const period = fc.constantFrom<PlanGroup['period']>(
  { kind: 'rolling', durationMs: 30 * DAY_MS, text: '30d' },
  { kind: 'rolling', durationMs: 50 * HOUR_MS, text: '50h' },
  {
    ...{ kind: 'calendar', text: 'x', unit: 'month', count: 1 },
    ...{ startLocal: '2024-01-01 00:00:00', timeZone: 'Asia/Kolkata' },
  },
);
const adjustments = adjustmentsOf({
  ...{ startMs: START_MS, lengthMs: END_MS - START_MS },
  ...{ slos: SLIS.map(({ slo }) => slo), series: SERIES },
});

/** Sums of nothing may be given or left out: both say the same. Panes: those of a day's other slices may be among them. */
const textsOf = (sums: readonly WindowSums[]): ReadonlyMap<string, string> =>
  new Map(
    sums
      .filter(({ total }) => total.some((one) => one > 0))
      .map((one) => [
        `${one.specRev} ${one.series}`,
        JSON.stringify([one.good, one.total, one.goodSeen, one.totalSeen]),
      ]),
  );

let database: TestDatabase;
let historyNumber = 0;

describe('remembered sums over slices', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    await database.store.insertRows(
      'series',
      ALL_SERIES.map((one) => ({
        ...{ slo: one.slo, spec_rev: one.specRev },
        ...{ series: one.series, labels: { s: `${one.series}` } },
      })),
    );
  });
  afterAll(() => database.close());

  it('are those that are made anew, as more comes and more is sealed', { timeout: TIMEOUT_MS }, async () => {
    const steps = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 3 });
    let rememberedTicks = 0;
    await fc.assert(
      fc.asyncProperty(
        history,
        period,
        derivations,
        fc.tuple(steps, adjustments, adjustments),
        async (one, budget, derivation, [hours, first, then]) => {
          const rows = one.rows.map((row, id) => ({ ...row, id }));
          const group = groupOf(budget, derivation);
          const asked: string[] = [];
          const store = {
            query: (sql: string, params: never) => {
              asked.push(sql);
              return database.store.query(sql, params);
            },
          } as unknown as TestDatabase['store'];
          const remembering = new LiveSums(store);
          historyNumber += 1;
          const stream = `r${historyNumber}`;
          let pointerMs = Math.max(START_MS, sealedThrough(one));
          for (const [index, hoursMore] of [0, ...hours].entries()) {
            await writeAdjustments(database.store, index < 2 ? first : then);
            pointerMs += hoursMore * HOUR_MS;
            const atMs = pointerMs + 2 * HOUR_MS;
            const dayMs = Math.max(0, Math.floor(pointerMs / DAY_MS - 1) * DAY_MS);
            const pointers = { settledMs: pointerMs, freshMs: pointerMs, dayMs };
            const seen = rows.filter((row) => (row.chunk?.intervalMs ?? 0) + MINUTE_MS <= atMs);
            await writeSealed(database.store, stream, { rows: seen, pointers: [pointers], backfilled: [] });
            for (const series of [undefined, [`${SERIES[1]}`]]) {
              const query: SumsQuery = {
                ...{ stream, atMs, paneMs: PANE_MS, series },
                group: windowGroupOf(group, { fromMs: atMs, toMs: atMs }),
              };
              const [remembered, anew] = [
                await remembering.sumsAt(query),
                await sumsAt(database.store, query),
              ];
              expect(textsOf(remembered)).toEqual(textsOf(anew));
              const begins = new Map(anew.map(({ specRev, ...sums }) => [`${specRev} ${sums.series}`, sums]));
              for (const { specRev, series: own, firstPaneMs } of remembered)
                expect(firstPaneMs).toBeLessThanOrEqual(
                  begins.get(`${specRev} ${own}`)?.firstPaneMs ?? Infinity,
                );
            }
          }
          if (asked.some((sql) => sql.includes(' AS unit, '))) rememberedTicks += 1;
        },
      ),
      { numRuns: RUN_COUNT },
    );
    // Histories of four days leave some to remember.
    expect(rememberedTicks).toBeGreaterThan(0);
  });
});
