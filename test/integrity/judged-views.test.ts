import { makeHistogram, quantileFromHistogram } from '@burnline/core';
import { readPercentiles } from '@burnline/queries';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: views for people show one truth: the revision that is judged, and percentiles as the definition has them.
 *
 * Method: two revisions of one SLO over the same events in a real engine; percentiles of random histograms against the
 * quantile of packages/core.
 */
const HOUR_S = 1_780_000_000 - (1_780_000_000 % 3_600);
let database: TestDatabase;

const pane = (revision: string, good: number, total: number): object => ({
  ...{ stream: 'live', stream_epoch: 'e', slo: 'edited', spec_rev: revision, series: 7, pane: HOUR_S + 10 },
  ...{ partition: 0, chunk: 0, version: 1, log_interval: HOUR_S, good, total, excluded: 0, sums: {} },
  ...{ histogram: { 320: total }, zero_count: 0, kept_since: Math.floor(Date.now() / 1_000) },
});

const activate = (revision: string, atMs: number): Promise<void> =>
  database.store.insertRows('active_specs', [
    { stream: 'live', slo: 'edited', spec_rev: revision, activated_at: atMs / 1_000 },
  ]);

const totals = async (view: string): Promise<unknown> =>
  database.store.query(
    `SELECT spec_rev, toUInt32(sum(total)) AS total FROM ${view} GROUP BY spec_rev ORDER BY spec_rev`,
  );

describe('views of what was counted', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    const plan = (revision: string): object => ({
      slo: 'edited',
      spec_rev: revision,
      plan: JSON.stringify({ histogram: { field: 'ttft_ms', scale: 5 } }),
    });
    await database.store.insertRows('spec_revisions', [plan('r1'), plan('r2')]);
    await database.store.insertRows('series', [
      { slo: 'edited', spec_rev: 'r1', series: 7, labels: {} },
      { slo: 'edited', spec_rev: 'r2', series: 7, labels: {} },
    ]);
    await database.store.insertRows('sli_panes', [pane('r1', 130, 137), pane('r2', 120, 137)]);
  });
  afterAll(() => database.close());

  it('show the revision that is judged, once', async () => {
    for (const view of ['slo_panes', 'slo_hours']) expect(await totals(view)).toEqual([]);
    await activate('r1', 1_000);
    for (const view of ['slo_panes', 'slo_hours'])
      expect(await totals(view)).toEqual([{ spec_rev: 'r1', total: 137 }]);
    await activate('r2', 2_000);
    for (const view of ['slo_panes', 'slo_hours'])
      expect(await totals(view)).toEqual([{ spec_rev: 'r2', total: 137 }]);
    await activate('', 3_000);
    for (const view of ['slo_panes', 'slo_hours'])
      expect(await totals(view)).toEqual([{ spec_rev: 'r2', total: 137 }]);
  });

  it('show every revision to those who ask', async () => {
    for (const view of ['slo_pane_revisions', 'slo_hour_revisions'])
      expect(await totals(view)).toEqual([
        { spec_rev: 'r1', total: 137 },
        { spec_rev: 'r2', total: 137 },
      ]);
  });

  it('show percentiles of the field that has a histogram', async () => {
    const [row] = await database.store.query<Record<string, unknown>>(
      'SELECT field, toUInt32(value_count) AS value_count, p50, p99 FROM slo_percentiles',
    );
    const histogram = { ...makeHistogram(5), counts: new Map([[320, 137]]) };
    const value = expect.closeTo(quantileFromHistogram(histogram, 0.5) ?? 0, 6) as unknown;
    expect(row).toEqual({ field: 'ttft_ms', value_count: 137, p50: value, p99: value });
  });

  it('have of one SLO what they have of it among all', async () => {
    const { store } = database;
    const judged = (slo: string, specRev: string): object => ({
      ...{ stream: 'live', slo, spec_rev: specRev, series: 7, evaluated_at: HOUR_S + 60, state: 'ok' },
      ...{ period_start: HOUR_S - 86_400, good: 1, bad: 0, total: 1, coverage: 1, remaining_ratio: 1 },
    });
    await store.insertRows('spec_revisions', [
      { slo: 'other', spec_rev: 'o', plan: JSON.stringify({ histogram: { field: 'ttft_ms', scale: 5 } }) },
    ]);
    await store.insertRows('series', [{ slo: 'other', spec_rev: 'o', series: 7, labels: {} }]);
    await store.insertRows('sli_panes', [{ ...pane('o', 9, 10), slo: 'other', histogram: { 64: 10 } }]);
    await store.insertRows('budgets', [judged('edited', 'r2'), judged('other', 'o')]);
    const query = { stream: 'live', toMs: (HOUR_S + 60) * 1_000 };
    const all = await readPercentiles(store, query);
    expect(all).toMatchObject([
      { slo: 'edited', valueCount: 137 },
      { slo: 'other', valueCount: 10 },
    ]);
    for (const one of all) expect(await readPercentiles(store, { ...query, slo: one.slo })).toEqual([one]);
  });

  it('take percentiles as packages/core does', async () => {
    const histograms = fc.record({
      scale: fc.integer({ min: 0, max: 8 }),
      zeroCount: fc.nat({ max: 5 }),
      counts: fc
        .array(fc.tuple(fc.integer({ min: -30, max: 900 }), fc.integer({ min: 1, max: 50 })))
        .map((entries) => new Map(entries)),
      p: fc.oneof(
        fc.constantFrom(0, 0.07, 0.5, 0.9, 0.95, 0.99, 0.999, 1),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
    });
    const cases = fc.sample(histograms, 400);
    // Arrays of tuples as text: numbers alone, so nothing needs quoting.
    const texts = cases.map(
      ({ counts, zeroCount, scale, p }) =>
        `(CAST(([${[...counts.keys()].join(',')}], [${[...counts.values()].join(',')}]), 'Map(Int16, UInt64)'),` +
        ` toUInt64(${zeroCount}), toUInt8(${scale}), toFloat64(${p}))`,
    );
    const rows = await database.store.query<{ found: number | null }>(
      `SELECT burnlinePercentile(one.1, one.2, one.3, one.4) AS found
       FROM (SELECT arrayJoin([${texts.join(', ')}]) AS one)`,
    );
    cases.forEach(({ p, ...histogram }, index) => {
      const right = quantileFromHistogram(histogram, p);
      const found = rows[index]?.found ?? null;
      if (right === null || found === null) expect(found).toBe(right);
      else expect(Math.abs(found - right)).toBeLessThanOrEqual(right * 1e-9);
    });
  });
});
