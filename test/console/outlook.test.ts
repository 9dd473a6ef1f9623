import { afterAll, beforeAll, expect, it } from 'vitest';
import { driftFigure } from '../support/naive-slices.ts';
import type { Asking } from './asking.ts';
import { replayedConsole, type ReplayedConsole } from './replayed-console.ts';

/**
 * Goal: what a month comes to, what spends far more than it used to, how entities stand and how far fields drift are recounts of the
 * events that were sent; and the statements beside them answer the same.
 */
const START_MS = Date.UTC(2026, 4, 10);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 5;
/** And one more, so that the last whole hour ends a day. */
const HOURS = DAYS * 24 + 1;
const NANO = 1e9;
const CATEGORIES = ['stop', 'length', 'tool_calls'];
/** Tokens that a task may take. */
const ALLOWED = 3_000;

interface Event {
  readonly atMs: number;
  readonly tenant: string;
  readonly model: string;
  readonly task_id: string;
  readonly milliUsd: number;
  readonly tokens: number;
  readonly finish: string;
}

/** Six events of each of two tenants an hour; in the last day acme pays five times as much, and a third tenant begins. */
const events: readonly Event[] = Array.from({ length: HOURS }, (_, hour) => {
  const isLast = hour >= HOURS - 24;
  const eventOf = (tenant: string, index: number, milliUsd: number): Event => ({
    atMs: START_MS + hour * HOUR_MS + index * 540_000 + (tenant === 'acme' ? 0 : 1_000),
    tenant,
    model: tenant === 'acme' && index % 2 === 0 ? 'large' : 'small',
    // One task in four hours; every sixth goes on over midnight.
    task_id: `${tenant}-${Math.floor((hour + 2) / 4)}`,
    milliUsd,
    tokens: 80 + ((hour * 7 + index * 13) % 90),
    finish: CATEGORIES[(hour * index + index + (isLast && index > 2 ? 1 : 0)) % 4] ?? 'other',
  });
  return Array.from({ length: 6 }, (_, index) => [
    eventOf('acme', index, isLast ? 250 : 50),
    eventOf('globex', index, 40 + (hour % 5)),
    ...(isLast && index === 0 ? [eventOf('initech', index, 100)] : []),
  ]).flat();
}).flat();

const SPECS = `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: task-tokens }
spec:
  service: chat
  indicator:
    metadata: { name: task-tokens }
    spec:
      thresholdMetric:
        metricSource: { type: burnline, spec: { entity: task_id, consume: output_tokens } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ op: lte, value: ${ALLOWED}, target: 0.9 }]
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: finish-drift }
spec:
  service: chat
  indicator:
    metadata: { name: finish-drift }
    spec:
      thresholdMetric:
        metricSource:
          type: burnline
          spec:
            field: finish_reason
            by: [tenant]
            drift: { statistic: psi, trailing: 1d, minimum: 6, categories: [stop, length, tool_calls] }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Timeslices
  objectives: [{ op: lt, value: 0.5, target: 0.9, timeSliceWindow: 1h }]
  alertPolicies: [{ alertPolicyRef: drifted }]
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: { name: drifted }
spec:
  alertWhenBreaching: true
  conditions: [{ conditionRef: drifted }]
  notificationTargets: [{ targetRef: on-call }]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: { name: drifted }
spec:
  severity: ticket
  condition: { kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1d, alertAfter: 0m }
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: { name: on-call }
spec: { target: webhook }
`;

let replayed: ReplayedConsole;
let ask: Asking;

beforeAll(async () => {
  const sent = events.map(({ atMs, tenant, model, task_id, milliUsd, tokens, finish }, index) => ({
    event_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    occurred_at: new Date(atMs).toISOString(),
    ...{ service: 'chat', provider: 'openai', model_requested: model, status: 'ok', duration_ms: 90 },
    ...{ tenant, task_id, output_tokens: tokens, finish_reason: finish, environment: 'prod' },
    cost_usd: (milliUsd / 1_000).toFixed(3),
  }));
  replayed = await replayedConsole(sent, SPECS);
  ({ ask } = replayed);
}, 120_000);
afterAll(() => replayed.close());

const nanoOf = (some: readonly Event[]): number =>
  some.reduce((sum, { milliUsd }) => sum + milliUsd, 0) * (NANO / 1_000);
const within = (fromMs: number, toMs: number): readonly Event[] =>
  events.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);

it('the month comes to what was spent, and the rate of the last day for what is left of it', async () => {
  const { body } = await ask.get<{
    fromMs: number;
    toMs: number;
    atMs: number;
    spentNanoUsd: number;
    unpricedRatio: number;
    rate: { fromMs: number; toMs: number; costNanoUsd: number };
    expectedNanoUsd: number;
    assumption: string;
    sql: string;
  }>('/cost/forecast');
  expect([body.fromMs, body.toMs]).toEqual([Date.UTC(2026, 4, 1), Date.UTC(2026, 5, 1)]);
  expect(body.atMs).toBeGreaterThan(events.at(-1)!.atMs);
  const spent = nanoOf(within(0, body.atMs));
  const day = nanoOf(within(body.atMs - DAY_MS, body.atMs));
  expect(body).toMatchObject({ spentNanoUsd: spent, unpricedRatio: 0 });
  expect(body.rate).toEqual({ fromMs: body.atMs - DAY_MS, toMs: body.atMs, costNanoUsd: day });
  expect(body.expectedNanoUsd).toBe(Math.round(spent + (day * (body.toMs - body.atMs)) / DAY_MS));
  expect(body.assumption).toContain('1d');
  const rows = await replayed.store.query<{ cost_nano_usd: number }>(body.sql);
  expect(rows.reduce((sum, one) => sum + one.cost_nano_usd, 0)).toBe(spent);
});

it('unusual is whoever spent beyond three times the median day, and a dollar', async () => {
  const { body } = await ask.get<{
    isTold: boolean;
    rule: { text: string; factor: number; minimumNanoUsd: number; days: number };
    fromMs: number;
    toMs: number;
    dimensions: {
      by: string;
      values: { value: string; spentNanoUsd: number; usualNanoUsd: number; timesUsual: number | null }[];
      sql: string;
    }[];
  }>('/cost/unusual');
  expect(body).toMatchObject({ isTold: true, rule: { factor: 3, minimumNanoUsd: NANO, days: DAYS - 1 } });
  expect(body.toMs - body.fromMs).toBe(DAY_MS);
  const fields = { tenant: 'tenant', model: 'model', task_id: 'task_id' } as const;
  expect(body.dimensions.map(({ by }) => by)).toEqual(Object.keys(fields));
  for (const { by, values, sql } of body.dimensions) {
    const field = by as keyof typeof fields;
    const expected = [...new Set(events.map((one) => one[field]))].flatMap((value) => {
      const daysAgo = (days: number): number =>
        nanoOf(
          within(body.fromMs - days * DAY_MS, body.toMs - days * DAY_MS).filter(
            (one) => one[field] === value,
          ),
        );
      const [, second, third] = [1, 2, 3, 4].map(daysAgo).sort((a, b) => a - b);
      const usual = (second! + third!) / 2;
      const spent = daysAgo(0);
      return spent >= NANO && spent > 3 * usual ? [{ value, spentNanoUsd: spent, usualNanoUsd: usual }] : [];
    });
    const told = values.map(({ value, spentNanoUsd, usualNanoUsd }) => ({
      value,
      spentNanoUsd,
      usualNanoUsd,
    }));
    const byName = (a: { value: string }, b: { value: string }): number => (a.value < b.value ? -1 : 1);
    expect([...told].sort(byName)).toEqual(expected.sort(byName));
    for (const one of values)
      expect(one.timesUsual).toBe(one.usualNanoUsd === 0 ? null : one.spentNanoUsd / one.usualNanoUsd);
    expect((await replayed.store.query(sql)).length).toBe(values.length);
  }
  const tenants = body.dimensions[0]!.values.map(({ value, timesUsual }) => [value, timesUsual === null]);
  expect(tenants).toEqual([
    ['acme', false],
    ['initech', true],
  ]);
});

it('entities stand by all that they consumed', async () => {
  const listed = await ask.get<{ envelopes: { row: { slo: string }; rule: string; unit: string }[] }>(
    '/envelopes',
  );
  expect(listed.body.envelopes).toMatchObject([
    {
      row: { slo: 'task-tokens' },
      unit: 'sum',
      rule: `output_tokens of one task_id in its life: at most ${ALLOWED}`,
    },
  ]);
  const { body } = await ask.get<{
    judgedCount: number;
    beyondCount: number;
    entities: { labels: { task_id: string }; consumed: number; allowed: number; isWithin: boolean }[];
  }>('/slos/task-tokens/entities', { from: START_MS, to: START_MS + 10 * DAY_MS, limit: 500 });
  const sums = new Map<string, number>();
  for (const { task_id, tokens } of events) sums.set(task_id, (sums.get(task_id) ?? 0) + tokens);
  const found = body.entities.map(({ labels, consumed, isWithin }) => [labels.task_id, consumed, isWithin]);
  const expected = [...sums].map(([task, tokens]) => [task, tokens, tokens <= ALLOWED]);
  expect(found.map(String).sort()).toEqual(expected.map(String).sort());
  const beyond = expected.filter(([, , isWithin]) => isWithin === false).length;
  expect(beyond).toBeGreaterThan(0);
  expect(beyond).toBeLessThan(expected.length);
  expect(body).toMatchObject({ judgedCount: expected.length, beyondCount: beyond });
  expect(body.entities.map(({ isWithin }) => isWithin)).toEqual(
    body.entities.map((_, index) => index >= beyond),
  );
  const few = await ask.get<typeof body>('/slos/task-tokens/entities', {
    ...{ from: START_MS, to: START_MS + 10 * DAY_MS, limit: 2 },
  });
  expect(few.body).toMatchObject({ judgedCount: expected.length, entities: body.entities.slice(0, 2) });
});

it('drift is what a recount of each hour against the day before it comes to', async () => {
  const listed = await ask.get<{ slos: object[] }>('/drift');
  const rule = {
    ...{ slo: 'finish-drift', service: 'chat', field: 'finish_reason', statistic: 'psi', operator: '<' },
    ...{ bound: 0.5, sliceMs: HOUR_MS, against: 'the 1d before each slice', countMin: 6 },
  };
  expect(listed.body.slos).toEqual([rule]);
  const { body } = await ask.get<{
    rule: object;
    series: {
      labels: { tenant: string };
      points: {
        fromMs: number;
        figure: number;
        isGood: boolean;
        valueCount: number;
        referenceCount: number;
      }[];
    }[];
  }>('/slos/finish-drift/drift', { from: START_MS, to: START_MS + 10 * DAY_MS });
  expect(body.rule).toEqual(rule);
  expect(body.series.map(({ labels }) => labels.tenant).sort()).toEqual(['acme', 'globex']);
  for (const { labels, points } of body.series) {
    const counts = (fromMs: number, toMs: number): Map<number, number> => {
      const found = new Map<number, number>();
      for (const { tenant, finish } of within(fromMs, toMs)) {
        if (tenant !== labels.tenant) continue;
        const bucket = CATEGORIES.includes(finish) ? CATEGORIES.indexOf(finish) : CATEGORIES.length;
        found.set(bucket, (found.get(bucket) ?? 0) + 1);
      }
      return found;
    };
    // The first hour has nothing before it; the last ones are over where the history is.
    expect(points.length).toBeGreaterThan(HOURS - 4);
    expect(points[0]!.fromMs).toBe(START_MS + HOUR_MS);
    for (const point of points) {
      const [own, other] = [
        counts(point.fromMs, point.fromMs + HOUR_MS),
        counts(point.fromMs - DAY_MS, point.fromMs),
      ];
      const figure = driftFigure(own, other, 'psi');
      expect(point.figure).toBeCloseTo(figure, 8);
      expect(point.isGood).toBe(figure < 0.5);
      const sizeOf = (some: ReadonlyMap<number, number>): number =>
        [...some.values()].reduce((sum, one) => sum + one, 0);
      expect([point.valueCount, point.referenceCount]).toEqual([sizeOf(own), sizeOf(other)]);
    }
    expect(new Set(points.map(({ isGood }) => isGood)).size).toBe(2);
  }
});

it('of another kind of SLO neither can be asked', async () => {
  expect((await ask.get('/slos/finish-drift/entities')).status).toBe(404);
  expect((await ask.get('/slos/task-tokens/drift')).status).toBe(404);
  expect((await ask.get('/slos/nothing/drift')).status).toBe(404);
});
