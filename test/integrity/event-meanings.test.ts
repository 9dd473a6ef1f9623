import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson } from '../support/burnline-cli.ts';

/**
 * What events mean once they are counted, through the whole product: a replay of lines written here, read back with SQL.
 * Right values are counted by hand.
 */
const SPECS = `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: { description: Chat }
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: availability, annotations: { burnline.dev/min-bad: "6" } }
spec:
  service: chat
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 30d, isRolling: true }]
  indicator:
    metadata: { name: availability }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total:
          metricSource:
            type: burnline
            spec: { where: "tenant == 'sampled'", histogram: { field: measures.queue_ms } }
  objectives: [{ displayName: "99 %", target: 0.99 }]
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: tokens-known }
spec:
  service: chat
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 30d, isRolling: true }]
  indicator:
    metadata: { name: tokens-known }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "has(input_tokens)" } } }
        total:
          metricSource:
            type: burnline
            spec: { where: "tenant == 'whole'", by: [model], sum: [cost_nano_usd, input_tokens] }
  objectives: [{ displayName: "50 %", target: 0.5 }]
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: one-model }
spec:
  service: chat
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 30d, isRolling: true }]
  indicator:
    metadata: { name: one-model }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total:
          metricSource:
            type: burnline
            spec: { where: "tenant == 'whole' && has(model) && model in ['m-1', 'm-2']" }
  objectives: [{ displayName: "50 %", target: 0.5 }]
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: outcomes }
spec:
  service: chat
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 30d, isRolling: true }]
  indicator:
    metadata: { name: outcomes }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "outcome == 'ok'" } } }
        total:
          metricSource:
            type: burnline
            spec: { scope: "tenant == 'refused'", where: "outcome in ['ok', 'error']" , by: [outcome] }
  objectives: [{ displayName: "50 %", target: 0.5 }]
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: slices }
spec:
  service: chat
  budgetingMethod: Timeslices
  timeWindow: [{ duration: 30d, isRolling: true }]
  indicator:
    metadata: { name: slices }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { where: "tenant == 'sliced'" } } }
  objectives: [{ displayName: "50 %", target: 0.5, timeSliceTarget: 0.9, timeSliceWindow: 5m }]
`;

const event = (second: number, more: object): string =>
  JSON.stringify({
    occurred_at: new Date(Date.UTC(2026, 5, 1, 0, 0, second)).toISOString(),
    service: 'chat',
    model_requested: 'm-1',
    status: 'ok',
    duration_ms: 5,
    ...more,
  });
/** Five errors and five answers kept of 95: a burn of 5 at a target of 99 %, and ten events seen. */
const SAMPLED = Array.from({ length: 10 }, (_, index) =>
  event(
    index + 1,
    index < 5
      ? { tenant: 'sampled', status: 'error', measures: { queue_ms: 0 } }
      : { tenant: 'sampled', sample_weight: 19, measures: { queue_ms: 100 } },
  ),
);
const UNTIMED = [event(26, { tenant: 'untimed', status: 'timeout', duration_ms: null })];
/** One of each: what its caller gave up, and what a gateway refused, is not the provider's error. */
const REFUSED = [
  event(30, { tenant: 'refused' }),
  event(31, { tenant: 'refused', status: 'cancelled', duration_ms: null }),
  event(32, { tenant: 'refused', status: 'rate_limited', http_status: 429, refused_by: 'gateway' }),
  event(33, { tenant: 'refused', status: 'rate_limited', http_status: 429, refused_by: 'provider' }),
  event(34, { tenant: 'refused', status: 'rate_limited', http_status: 429 }),
];
/** Three slices of five minutes with events: nine of ten are good, none, and one of one. */
const SLICED = [
  ...Array.from({ length: 10 }, (_, index) =>
    event(60 + index, { tenant: 'sliced', status: index === 3 ? 'error' : 'ok' }),
  ),
  event(400, { tenant: 'sliced', status: 'error' }),
  event(1_000, { tenant: 'sliced' }),
  event(1_500, { tenant: 'later' }),
];
const LARGEST = '9000000';
const WHOLE = [
  event(20, { tenant: 'whole', input_tokens: null }),
  event(21, { tenant: 'whole', input_tokens: 0, cost_usd: 0 }),
  event(22, { tenant: 'whole', input_tokens: 1_000 }),
  event(23, {
    tenant: 'whole',
    model_requested: '',
    model_served: 'm-2',
    input_tokens: 5,
    cost_usd: LARGEST,
  }),
  event(24, {
    tenant: 'whole',
    model_requested: 'm-1',
    model_served: 'm-2',
    status: 'error',
    cost_usd: LARGEST,
  }),
  event(25, {
    tenant: 'whole',
    model_requested: 'm-1',
    model_served: 'm-3',
    cost_usd: '0.000000003',
    sample_weight: 2.5,
  }),
];

let root: string;
const query = async <Row>(sql: string): Promise<Row[]> => {
  const numbers = `${sql} SETTINGS output_format_json_quote_64bit_integers = 0`;
  const result = await runCli(['--json', 'query', numbers, '--data-dir', path.join(root, 'data')]);
  expect(result.exitCode, result.stderr).toBe(0);
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
};

describe('events that were replayed', () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-meanings-'));
    const [events, specs] = [path.join(root, 'events.ndjson'), path.join(root, 'slos.yaml')];
    await writeFile(events, [...SAMPLED, ...WHOLE, ...UNTIMED, ...REFUSED, ...SLICED].join('\n'));
    await writeFile(specs, SPECS);
    const args = ['replay', events, '--specs', specs, '--data-dir', path.join(root, 'data')];
    const result = await runCli(args);
    expect(result.exitCode, result.stderr).toBe(0);
  }, 180_000);
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it('of a sampled stream count for as many as they stand for, and guards see the ten that came', async () => {
    const [budget] = await query(
      `SELECT good, bad, total, bad_seen, total_seen FROM budgets FINAL WHERE slo = 'availability'
       ORDER BY evaluated_at DESC LIMIT 1`,
    );
    expect(budget).toEqual({ good: 95, bad: 5, total: 100, bad_seen: 5, total_seen: 10 });
    const burns = await query<{ burn: number; bad: number[]; bad_seen: number[] }>(
      `SELECT arrayMax(burn_rate) AS burn, bad, bad_seen FROM burn_rates FINAL
       WHERE slo = 'availability' AND arrayMax(total) = 100 LIMIT 1`,
    );
    expect(burns[0]!.burn).toBeCloseTo(5, 9);
    expect(burns[0]!.bad_seen).toEqual(burns[0]!.bad);
    const hours = await query(
      `SELECT good, total, bad, good_seen, total_seen FROM slo_hours WHERE slo = 'availability'`,
    );
    expect(hours).toEqual([{ good: 95, total: 100, bad: 5, good_seen: 5, total_seen: 10 }]);
    expect(await query(`SELECT decision FROM alert_decisions FINAL WHERE slo = 'availability'`)).toEqual([]);
  });

  it('with unknown counts are NULL, with zeros 0, and has() tells them apart', async () => {
    const rows = await query(
      `SELECT input_tokens, output_tokens, tool_calls FROM inferences WHERE tenant = 'whole' ORDER BY occurred_at LIMIT 2`,
    );
    expect(rows).toEqual([
      { input_tokens: null, output_tokens: null, tool_calls: null },
      { input_tokens: 0, output_tokens: null, tool_calls: null },
    ]);
  });

  it('that failed in a time that nobody knows have no duration', async () => {
    const rows = await query(`SELECT status, duration_ms FROM inferences WHERE tenant = 'untimed'`);
    expect(rows).toEqual([{ status: 'timeout', duration_ms: null }]);
  });

  it('without a price are counted beside the sum; a sum beyond 2^53 is exact; models have series of their own', async () => {
    const rows = await query(
      `SELECT labels['model'] AS model, good, total, toString(sums['cost_nano_usd']) AS cost,
              missing['cost_nano_usd'] AS unpriced, missing['input_tokens'] AS untold
       FROM slo_hours WHERE slo = 'tokens-known' ORDER BY model`,
    );
    expect(rows).toEqual([
      { model: 'm-1', good: 2, total: 3, cost: '0', unpriced: 2, untold: 1 },
      { model: 'm-2', good: 1, total: 2, cost: '18000000000000000', unpriced: 0, untold: 1 },
      // 3 nano-USD, two and a half times: 7.5, rounded.
      { model: 'm-3', good: 0, total: 2.5, cost: '8', unpriced: 0, untold: 3 },
    ]);
  });

  it('in slices make each slice good or bad, however many there are', async () => {
    const [budget] = await query(
      `SELECT good, bad, total, remaining_ratio FROM budgets FINAL WHERE slo = 'slices' ORDER BY evaluated_at DESC LIMIT 1`,
    );
    // Half of three slices may be bad, and one is.
    expect(budget).toMatchObject({ good: 2, bad: 1, total: 3 });
    expect((budget as { remaining_ratio: number }).remaining_ratio).toBeCloseTo(1 / 3, 9);
    const steps = await query(
      `SELECT toString(evaluated_at) AS at, good, total FROM budgets FINAL WHERE slo = 'slices' ORDER BY evaluated_at LIMIT 1 BY good, total`,
    );
    expect(steps).toEqual([
      { at: '2026-06-01 00:05:00', good: 1, total: 1 },
      { at: '2026-06-01 00:10:00', good: 1, total: 2 },
      { at: '2026-06-01 00:20:00', good: 2, total: 3 },
    ]);
  });

  it('of a provider are told apart from what it never saw, and from what was cancelled', async () => {
    const rows = await query(
      `SELECT labels['outcome'] AS outcome, good, total, excluded FROM slo_hours WHERE slo = 'outcomes' ORDER BY outcome`,
    );
    expect(rows).toEqual([
      { outcome: 'cancelled', good: 0, total: 0, excluded: 1 },
      { outcome: 'error', good: 0, total: 2, excluded: 0 },
      { outcome: 'ok', good: 1, total: 1, excluded: 0 },
      { outcome: 'refused', good: 0, total: 0, excluded: 1 },
    ]);
    const outcomes = await query(
      `SELECT outcome, count() AS n FROM inferences WHERE tenant = 'refused' GROUP BY outcome ORDER BY outcome`,
    );
    expect(outcomes).toEqual([
      { outcome: 'cancelled', n: 1 },
      { outcome: 'error', n: 2 },
      { outcome: 'ok', n: 1 },
      { outcome: 'refused', n: 1 },
    ]);
  });

  it('are told apart by their model in predicates', async () => {
    const rows = await query(`SELECT good, total FROM slo_hours WHERE slo = 'one-model'`);
    expect(rows).toEqual([{ good: 4, total: 5 }]);
    const models = await query(
      `SELECT model, count() AS n FROM inferences WHERE tenant = 'whole' GROUP BY model ORDER BY model`,
    );
    expect(models).toEqual([
      { model: 'm-1', n: 3 },
      { model: 'm-2', n: 2 },
      { model: 'm-3', n: 1 },
    ]);
  });

  it('show in the status as they count', async () => {
    const status = await runCliJson<{
      series: { slo: string; total: number }[];
      percentiles: { slo: string; field: string; valueCount: number; p50: number; p99: number }[];
      sampled: { slo: string; seen: number; total: number; low: number; high: number }[];
    }>(['status', '--data-dir', path.join(root, 'data')]);
    expect(status.series.find(({ slo }) => slo === 'availability')).toMatchObject({ total: 100 });
    // Wilson's interval of 5 bad of 100 is 2.15 to 11.18 %: the errors were kept whole, ten events seen are no half of bad ones.
    const [sampled, ...others] = status.sampled;
    expect(sampled).toMatchObject({ slo: 'availability', seen: 10, total: 100 });
    expect(sampled!.low).toBeCloseTo(1 - 0.1118, 4);
    expect(sampled!.high).toBeCloseTo(1 - 0.0215, 4);
    expect(others).toMatchObject([{ slo: 'tokens-known', seen: 1 }]);
    // 5 times 0, and 95 times 100 although five of them came. Buckets of scale 5 are 1.1 % wide at most.
    expect(status.percentiles).toMatchObject([
      { slo: 'availability', field: 'measures.queue_ms', valueCount: 100 },
    ]);
    expect(Math.abs(status.percentiles[0]!.p50 / 100 - 1)).toBeLessThan(0.011);
    expect(status.percentiles[0]!.p99).toBe(status.percentiles[0]!.p50);
  });
});
