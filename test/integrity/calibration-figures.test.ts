import { readFileSync } from 'node:fs';
import { sumReader, type CalibrationRule, type Derivation } from '@burnline/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { windowGroupOf, type PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import { sumsAt } from '../../packages/judging/dist/evaluation/window-sums.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: the calibration error that a slice is judged by is that of the published formula over the same confidences.
 *
 * Method: `test/golden/calibration-figures.json`, made by the script beside it with numpy. Each confidence is added up as the stream
 * does; the SQL that judges slices is held against a bound on either side of the figure.
 */
interface CalibrationCase {
  readonly bins: number;
  readonly confidences: readonly number[];
  readonly correct: readonly boolean[];
  readonly error: number;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../golden/calibration-figures.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly CalibrationCase[] };

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5);
const PARTS = 100_000;
const DECIMALS = 6;

let database: TestDatabase;

const namesOf = (bins: number): readonly string[] =>
  Array.from({ length: bins }, (_, place) => `score - passed @${DECIMALS} [${place}/${bins}]`);

async function write(stream: string, one: CalibrationCase): Promise<void> {
  const sums = namesOf(one.bins).map((name) => {
    const read = sumReader(name);
    const values = one.confidences.map(
      (score, index) => read({ score, passed: one.correct[index] }) as number,
    );
    return [name, values.reduce((sum, value) => sum + value, 0)] as const;
  });
  const total = one.confidences.length;
  await database.store.insertRows('sli_panes', [
    {
      ...{
        stream,
        stream_epoch: stream,
        slo: 'a',
        spec_rev: 'r',
        series: 0,
        partition: 0,
        chunk: 0,
        version: 1,
      },
      pane: START_MS / 1_000,
      log_interval: START_MS / 1_000,
      good: one.correct.filter(Boolean).length,
      total,
      sums: Object.fromEntries(sums),
      kept_since: START_MS / 1_000,
    },
  ]);
}

async function isGood(stream: string, rule: Pick<CalibrationRule, 'sums' | 'bound'>): Promise<boolean> {
  const atMs = START_MS + HOUR_MS;
  const derivation: Derivation = {
    kind: 'calibration-timeslices',
    sliceMs: HOUR_MS,
    decimals: DECIMALS,
    operator: '<=',
    countMin: 1,
    ...rule,
  };
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

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

it('calibration errors are those of the published formula', async () => {
  expect(cases.length).toBeGreaterThan(4);
  for (const [index, one] of cases.entries()) {
    const stream = `c${index}`;
    await write(stream, one);
    for (const side of [-1, 1]) {
      const bound = { numerator: Math.round(one.error * PARTS) + side, denominator: PARTS };
      expect([index, side, await isGood(stream, { sums: namesOf(one.bins), bound })]).toEqual([
        index,
        side,
        side === 1,
      ]);
    }
  }
}, 120_000);
