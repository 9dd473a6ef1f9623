import { serveConsole, type ConsoleServer } from '@burnline/console';
import { createLogger } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelOf, rounded, type RecordedEvent } from '../integrity/questions/recorded-events.ts';
import {
  ALL_SERIES,
  BAD_RANGE,
  HOUR_MS,
  WHOLE_RANGE,
  events,
  judgedOf,
  keyOf,
  recount,
  replayHistory,
  within,
  type ReplayedHistory,
} from '../integrity/questions/replayed-history.ts';
import { Asking } from './asking.ts';

/**
 * Goal: what the console's API says of a replayed history is what a recount of the file finds and what `burnline status` says, and every
 * answer has the shape that its own document promises. The recount knows nothing of tables.
 */
interface Row {
  readonly id: string;
  readonly slo: string;
  readonly series: string;
  readonly labels: Record<string, string>;
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  readonly state: string;
  readonly targetRatio: number;
  readonly sliRatio: number;
  readonly alert: { readonly tier: string; readonly severity: string; readonly id: string } | null;
  readonly burn: { readonly word: string; readonly tier: string };
  readonly budget: { readonly remainingRatio: number; readonly remainingEvents: number };
}
interface Overview {
  readonly rows: readonly Row[];
  readonly total: number;
  readonly next: string | null;
  readonly counts: { readonly state: Record<string, number>; readonly firing: number };
}

let history: ReplayedHistory;
let server: ConsoleServer;
let ask: Asking;
let rows: readonly Row[];

beforeAll(async () => {
  history = await replayHistory();
  const logger = createLogger({ name: 'console', level: 'warn' });
  server = await serveConsole({ store: history.store, logger, host: '127.0.0.1', port: 0 });
  ask = await Asking.open(server.url);
  rows = (await ask.get<Overview>('/overview')).body.rows;
}, 180_000);
afterAll(async () => {
  await server.close();
  await history.close();
});

const rowOf = (series: (typeof ALL_SERIES)[number]): Row => rows.find((row) => keyOf(row) === keyOf(series))!;
const seriesPath = (row: Row): string => `/slos/${encodeURIComponent(row.slo)}/series/${row.series}`;

describe('the overview', () => {
  it('has every series of the file with its counts, and what `burnline status` says of it', () => {
    expect(rows.map(keyOf).sort()).toEqual(history.told.map(keyOf).sort());
    for (const row of rows) {
      const { good, bad } = recount(row, WHOLE_RANGE);
      const total = rounded(good + bad);
      expect(row).toMatchObject({ good: rounded(good), total, bad: total - rounded(good) });
      const told = history.told.find((one) => keyOf(one) === keyOf(row))!;
      expect(row).toMatchObject({
        state: told.state,
        sliRatio: told.sliRatio,
        targetRatio: told.targetRatio,
      });
      expect(row.budget.remainingRatio).toBe(told.remainingRatio);
      const { firing } = told;
      expect(row.alert === null ? null : { tier: row.alert.tier, severity: row.alert.severity }).toEqual(
        firing,
      );
    }
  });

  it('leaves as many bad events as the target allows beyond those there are', () => {
    for (const { bad, total, targetRatio, budget } of rows) {
      const allowed = total * (1 - targetRatio);
      expect(budget.remainingEvents).toBe(Math.floor(allowed - bad + 1e-6));
    }
  });

  it('says how tiers burn as the windows of `burnline status` do', async () => {
    for (const row of rows.slice(0, 6)) {
      const { body } = await ask.get<{
        tiers: { tier: string; word: string; factor: number; long: Window; short: Window }[];
      }>(seriesPath(row));
      interface Window {
        windowMs: number;
        burnRate: number;
        isOver: boolean;
      }
      const told = history.told.find((one) => keyOf(one) === keyOf(row))!;
      const rateOf = (windowMs: number): number =>
        told.burnRates.find((one) => one.windowMs === windowMs)!.burnRate;
      const words = body.tiers.map(({ factor, long, short, word }) => {
        const [isLong, isShort] = [long, short].map(({ windowMs }) => rateOf(windowMs) >= factor);
        const expected = isLong
          ? isShort
            ? 'critical'
            : 'recovering'
          : isShort
            ? 'increasing'
            : 'acceptable';
        expect(word).toBe(expected);
        return expected;
      });
      const worst = ['critical', 'increasing', 'recovering', 'acceptable'].find((word) =>
        words.includes(word),
      );
      expect(row.burn.word).toBe(worst);
    }
  });

  it('stands what fires first, then what burns, then by what is left', () => {
    const words: readonly string[] = ['critical', 'increasing', 'recovering', 'acceptable'];
    const keys = rows.map(({ alert, burn, budget }) => [
      alert === null ? 9 : Number(alert.severity.slice(-1)),
      words.indexOf(burn.word),
      budget.remainingRatio,
    ]);
    // A partly filled budget stands by its projection, which has the same sign of what is left as a rank.
    const ranks = keys.map(([severity, word]) => severity! * 10 + word!);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  });

  it('comes in pages that are together the whole, each row once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Overview = (
        await ask.get<Overview>('/overview', { limit: 2, ...(cursor === null ? {} : { cursor }) })
      ).body;
      expect(page.rows.length).toBeLessThanOrEqual(2);
      expect(page.total).toBe(rows.length);
      seen.push(...page.rows.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual(rows.map(({ id }) => id));
  });

  it('is narrowed by each filter to what a filter of all rows finds', async () => {
    const narrowed = async (query: Readonly<Record<string, string | readonly string[]>>): Promise<string[]> =>
      (await ask.get<Overview>('/overview', query)).body.rows.map(({ id }) => id);
    const idsOf = (holds: (row: Row) => boolean): string[] => rows.filter(holds).map(({ id }) => id);
    const [some] = rows.filter(({ labels }) => labels['provider'] !== undefined);
    const provider = some!.labels['provider']!;
    expect(await narrowed({ slo: 'ttft' })).toEqual(idsOf(({ slo }) => slo === 'ttft'));
    expect(await narrowed({ label: `provider=${provider}` })).toEqual(
      idsOf(({ labels }) => labels['provider'] === provider),
    );
    expect(await narrowed({ label: 'tenant' })).toEqual(idsOf(({ labels }) => 'tenant' in labels));
    expect(await narrowed({ state: ['breached', 'at_risk'] })).toEqual(
      idsOf(({ state }) => ['breached', 'at_risk'].includes(state)),
    );
    expect(await narrowed({ search: 'QUALI' })).toEqual(idsOf(({ slo }) => slo === 'quality'));
    expect(await narrowed({ service: 'nobody' })).toEqual([]);
  });
});

describe('the history of a series', () => {
  interface History {
    readonly stepMs: number;
    readonly budget: {
      readonly points: readonly { fromMs: number; toMs: number; total: number; state: string }[];
      readonly sql: string;
    };
    readonly burn: { readonly points: readonly unknown[]; readonly sql: string };
    readonly traffic: {
      readonly points: readonly {
        fromMs: number;
        toMs: number;
        good: number;
        bad: number;
        isBelowTarget: boolean;
        isOpen: boolean;
      }[];
      readonly sql: string;
    };
    readonly latency: {
      readonly points: readonly {
        fromMs: number;
        toMs: number;
        valueCount: number;
        p50: number;
        p99: number;
      }[];
      readonly sql: string;
    } | null;
    readonly gaps: readonly { fromMs: number; toMs: number }[];
    readonly marks: readonly { kind: string; atMs: number; toMs: number | null }[];
  }
  const range = { from: BAD_RANGE.fromMs, to: BAD_RANGE.toMs, stepMs: 60_000 };

  it('counts what the file has, bucket by bucket, and says where the target was missed', async () => {
    for (const series of ALL_SERIES.slice(0, 5)) {
      const row = rowOf(series);
      const { body } = await ask.get<History>(`${seriesPath(row)}/history`, range);
      const buckets = new Set(
        judgedOf(series, BAD_RANGE).map(({ event }) => Math.floor(event.atMs / 60_000)),
      );
      expect(body.traffic.points.length).toBe(buckets.size);
      for (const point of body.traffic.points) {
        const { good, bad } = recount(series, point);
        expect(point.good).toBeCloseTo(good / 1_000, 6);
        expect(point.bad).toBeCloseTo(bad / 1_000, 6);
        expect(point.isBelowTarget).toBe(bad / (good + bad) > 1 - row.targetRatio + 1e-12);
        expect(point.isOpen).toBe(false);
      }
    }
  });

  it('gives statements that answer the same to whoever copies them', async () => {
    for (const series of ALL_SERIES.slice(0, 3)) {
      const { body } = await ask.get<History>(`${seriesPath(rowOf(series))}/history`, range);
      for (const chart of [body.budget, body.burn, body.traffic]) {
        expect((await history.store.query(chart.sql)).length).toBe(chart.points.length);
      }
      const counted = await history.store.query<{ good: number }>(body.traffic.sql);
      expect(counted.map(({ good }) => good)).toEqual(body.traffic.points.map(({ good }) => good));
    }
  });

  it('knows no gap in a history that is judged throughout, and one before and none after its end', async () => {
    const row = rowOf(ALL_SERIES[0]!);
    const whole = { from: WHOLE_RANGE.fromMs, to: WHOLE_RANGE.toMs + 10 * HOUR_MS, stepMs: HOUR_MS };
    const { body } = await ask.get<History>(`${seriesPath(row)}/history`, whole);
    const points = body.budget.points;
    expect(points.length).toBeGreaterThan(20);
    const covered = [...points, ...body.gaps]
      .map(({ fromMs, toMs }) => ({ fromMs, toMs }))
      .sort((a, b) => a.fromMs - b.fromMs);
    covered.slice(1).forEach(({ fromMs }, index) => expect(fromMs).toBe(covered[index]!.toMs));
    expect(body.gaps.every(({ toMs }) => toMs <= points[0]!.fromMs)).toBe(true);
  });

  it("marks the alerts of the series, and no other one's", async () => {
    const alerts = await ask.get<{
      alerts: { slo: string; labels: Record<string, string>; firedAtMs: number }[];
    }>('/alerts', { limit: 500 });
    for (const row of rows.slice(0, 4)) {
      const { body } = await ask.get<History>(`${seriesPath(row)}/history`, {
        from: WHOLE_RANGE.fromMs,
        to: WHOLE_RANGE.toMs,
      });
      const own = alerts.body.alerts.filter((one) => keyOf(one) === keyOf(row));
      expect(
        body.marks
          .filter(({ kind }) => kind === 'alert')
          .map(({ atMs }) => atMs)
          .sort(),
      ).toEqual(own.map(({ firedAtMs }) => firedAtMs).sort());
    }
  });
});

describe('events', () => {
  interface Listed {
    readonly events: readonly {
      readonly eventId: string;
      readonly atMs: number;
      readonly countedAs: string;
    }[];
    readonly next: string | null;
  }
  const pagesOf = async (
    path: string,
    query: Readonly<Record<string, string | number | readonly string[]>>,
  ) => {
    const found: Listed['events'][number][] = [];
    let cursor: string | null = null;
    do {
      const { body }: { body: Listed } = await ask.get<Listed>(path, {
        ...query,
        ...(cursor === null ? {} : { cursor }),
      });
      found.push(...body.events);
      cursor = body.next;
    } while (cursor !== null);
    return found;
  };

  it('behind a figure are those of the file, each once', async () => {
    for (const series of ALL_SERIES.filter(({ slo }) => slo !== 'quality').slice(0, 4)) {
      const range = { from: BAD_RANGE.fromMs, to: BAD_RANGE.toMs, limit: 25 };
      const found = await pagesOf(`${seriesPath(rowOf(series))}/events`, range);
      const expected = judgedOf(series, BAD_RANGE).map(
        ({ event, countedAs }) => `${event.event_id} ${countedAs}`,
      );
      expect(found.map(({ eventId, countedAs }) => `${eventId} ${countedAs}`).sort()).toEqual(
        expected.sort(),
      );
      const bad = await pagesOf(`${seriesPath(rowOf(series))}/events`, { ...range, countedAs: 'bad' });
      expect(bad.length).toBe(expected.filter((one) => one.endsWith('bad')).length);
    }
  });

  it.each<readonly [readonly string[], (event: RecordedEvent) => boolean]>([
    [[], () => true],
    [['status=error'], ({ status }) => status === 'error'],
    [
      ['status!=ok', "provider=o'ther\\"],
      ({ status, provider }) => status !== 'ok' && provider === "o'ther\\",
    ],
    [
      ['ttft_ms>1500', 'ttft_ms<=1800.5'],
      ({ ttft_ms: ttft }) => ttft !== null && ttft > 1_500 && ttft <= 1_800.5,
    ],
    [['output_tokens='], ({ output_tokens: tokens }) => tokens === null],
    [['model=m-2-small', 'tenant='], (event) => modelOf(event) === 'm-2-small' && event.tenant === ''],
    [['is_final=false'], () => false],
    [['attributes.none=x'], () => false],
  ])('are found by %j as the file has them', async (where, holds) => {
    const found = await pagesOf('/events', { from: BAD_RANGE.fromMs, to: BAD_RANGE.toMs, where, limit: 37 });
    const expected = events.filter(within(BAD_RANGE)).filter(holds);
    expect(found.map(({ eventId }) => eventId).sort()).toEqual(expected.map((one) => one.event_id).sort());
    const times = found.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it('one at a time say which SLOs counted them, and as what', async () => {
    for (const event of events.filter(within(BAD_RANGE)).slice(0, 6)) {
      const { body } = await ask.get<{
        atMs: number;
        countedBy: { slo: string; labels: Record<string, string>; countedAs: string }[];
      }>(`/events/${event.event_id}`);
      expect(body.atMs).toBe(event.atMs);
      const expected = ALL_SERIES.flatMap((series) =>
        judgedOf(series, { fromMs: event.atMs, toMs: event.atMs + 1 })
          .filter((one) => one.event === event)
          .map(({ countedAs }) => `${keyOf(series)} ${countedAs}`),
      );
      expect(body.countedBy.map((one) => `${keyOf(one)} ${one.countedAs}`).sort()).toEqual(expected.sort());
    }
  });
});

describe('quality, fleet and cost', () => {
  const range = { from: WHOLE_RANGE.fromMs, to: WHOLE_RANGE.toMs };
  const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

  it('have the verdicts of the file, with bounds around their rate', async () => {
    const { body } = await ask.get<{
      evaluators: {
        evaluator: string;
        dimension: string;
        passed: number;
        total: number;
        passRatio: number;
        lowerBound: number;
        upperBound: number;
        points: { passed: number; total: number }[];
      }[];
    }>('/quality', range);
    for (const dimension of ['quality', 'safety']) {
      const verdicts = events.flatMap((one) => one.verdicts).filter((one) => one.dimension === dimension);
      const own = body.evaluators.find((one) => one.dimension === dimension)!;
      const passed = verdicts.filter((one) => one.passed).length;
      expect(own).toMatchObject({ evaluator: 'judge', total: verdicts.length, passed });
      expect(sum(own.points.map((one) => one.total))).toBe(verdicts.length);
      expect(own.lowerBound).toBeLessThan(own.passRatio + 1e-12);
      expect(own.upperBound).toBeGreaterThanOrEqual(own.passRatio - 1e-12);
    }
    expect(body.evaluators.length).toBe(2);
  });

  it('have the requests and the money of the file', async () => {
    const { body: fleet } = await ask.get<{
      members: { provider: string; model: string; requests: number; ok: number; fallbackRatio: number }[];
    }>('/fleet', range);
    for (const { provider, model, requests, ok, fallbackRatio } of fleet.members) {
      const own = events.filter((one) => one.provider === provider && modelOf(one) === model);
      expect(requests).toBe(rounded(sum(own.map(({ weight }) => weight))));
      expect(ok).toBe(rounded(sum(own.filter(({ status }) => status === 'ok').map(({ weight }) => weight))));
      expect(fallbackRatio).toBe(0);
    }
    expect(fleet.members.length).toBe(new Set(events.map((one) => `${one.provider} ${modelOf(one)}`)).size);
    const { body: cost } = await ask.get<{
      costNanoUsd: number;
      values: { value: string; costNanoUsd: number; unpriced: number }[];
      sql: string;
    }>('/cost', { ...range, by: 'tenant' });
    for (const { value, costNanoUsd } of cost.values) {
      const own = events.filter(({ tenant }) => tenant === value);
      const exact = sum(own.map((one) => (one.cost_nano_usd ?? 0) * one.weight)) / 1_000;
      // Each bucket is rounded by itself.
      expect(Math.abs(costNanoUsd - exact)).toBeLessThan(200);
    }
    expect(cost.costNanoUsd).toBe(sum(cost.values.map((one) => one.costNanoUsd)));
    const copied = await history.store.query<{ cost_nano_usd: number }>(cost.sql);
    expect(sum(copied.map((one) => one.cost_nano_usd))).toBe(cost.costNanoUsd);
  });
});

describe('alerts', () => {
  interface Alert {
    readonly id: string;
    readonly state: string;
    readonly firedAtMs: number;
    readonly seenIn90Days: number;
    readonly slo: string;
    readonly tier: string;
    readonly labels: Record<string, string>;
  }
  it('come in pages and one by one, each as often as the log of decisions has it', async () => {
    const decisions = await history.store.query<{ alert_key: string; at_s: number }>(
      "SELECT alert_key, toUnixTimestamp(evaluated_at) AS at_s FROM alert_decisions FINAL WHERE decision = 'fire'",
    );
    const seen: Alert[] = [];
    let cursor: string | null = null;
    do {
      const { body }: { body: { alerts: Alert[]; next: string | null } } = await ask.get('/alerts', {
        limit: 2,
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...body.alerts);
      cursor = body.next;
    } while (cursor !== null);
    expect(seen.map(({ firedAtMs }) => firedAtMs / 1_000).sort()).toEqual(
      decisions.map(({ at_s }) => at_s).sort(),
    );
    const open = await ask.get<{ alerts: Alert[] }>('/alerts', { state: 'open' });
    expect(open.body.alerts.map(({ id }) => id)).toEqual(
      seen.filter(({ state }) => state === 'firing').map(({ id }) => id),
    );
    for (const one of [...seen.slice(0, 2), ...seen.filter(({ slo }) => slo === 'ttft').slice(0, 2)]) {
      const { body } = await ask.get<{
        alert: Alert;
        earlier: unknown[];
        timeline: { what: string; atMs: number }[];
      }>(`/alerts/${one.id}`);
      expect(body.alert.id).toBe(one.id);
      const alike = seen.filter((other) => other.tier === one.tier && keyOf(other) === keyOf(one));
      expect(body.earlier.length).toBe(alike.filter((other) => other.firedAtMs < one.firedAtMs).length);
      const times = body.timeline.map(({ atMs }) => atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const firstBad = body.timeline.find(({ what }) => what === 'first_bad');
      if (one.slo === 'ttft') expect(firstBad).toBeDefined();
    }
    // Overview and alerts lead to each other.
    const ids = new Set(open.body.alerts.map(({ id }) => id));
    for (const { alert } of rows) if (alert !== null) expect(ids).toContain(alert.id);
  });
});

it('every question of the document was answered in its shape', async () => {
  const [row] = rows;
  await ask.get(`/slos/${row!.slo}`);
  for (const path of ['/specs', '/pipeline', '/services']) await ask.get(path);
  const all = Object.keys(ask.api.paths).filter((path) => !/validate|changes/.test(path));
  expect([...ask.asked].sort()).toEqual(all.sort());
});
