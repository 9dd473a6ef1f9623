import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelOf, rounded, type RecordedEvent } from '../integrity/questions/recorded-events.ts';
import {
  ALL_SERIES,
  BAD_RANGE,
  WHOLE_RANGE,
  events,
  judgedOf,
  keyOf,
  within,
} from '../integrity/questions/replayed-history.ts';
import { runCliJson } from '../support/burnline-cli.ts';
import { freePort } from '../support/kafka/ports.ts';
import { askHistory, seriesPath, type AskedHistory, type Row } from './asked-history.ts';
import { Asking, eventually } from './asking.ts';

/** Goal: as in answers.test.ts, of events, verdicts, money and alerts; and of every question, that its answer has its shape. */
let asked: AskedHistory;
let ask: Asking;
let rows: readonly Row[];

beforeAll(async () => {
  asked = await askHistory();
  ({ ask, rows } = asked);
}, 300_000);
afterAll(() => asked.close());

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
      const found = await pagesOf(`${seriesPath(asked.rowOf(series))}/events`, range);
      const expected = judgedOf(series, BAD_RANGE).map(
        ({ event, countedAs }) => `${event.event_id} ${countedAs}`,
      );
      expect(found.map(({ eventId, countedAs }) => `${eventId} ${countedAs}`).sort()).toEqual(
        expected.sort(),
      );
      const bad = await pagesOf(`${seriesPath(asked.rowOf(series))}/events`, { ...range, countedAs: 'bad' });
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

describe('attribution', () => {
  /** What each surface says of one value, as all of them have it. */
  interface Figures {
    readonly dimension: string;
    readonly value: string;
    readonly bad: number;
    readonly total: number;
    readonly badShare: number;
    readonly trafficShare: number;
    readonly lift: number;
    readonly excess: number;
    readonly method: string;
  }
  interface Told {
    readonly contributions: readonly Figures[];
    readonly causes: readonly string[];
  }
  interface Explained {
    readonly bad: number;
    readonly total: number;
    readonly values: readonly Figures[];
    readonly outcomes: readonly Figures[];
    readonly causes: readonly string[];
  }
  type Series = (typeof ALL_SERIES)[number];
  interface Range {
    readonly fromMs: number;
    readonly toMs: number;
  }

  const explain = (series: Series, range: Range): Promise<Explained> =>
    runCliJson(
      [
        ...['explain', series.slo, '--stream', asked.history.stream],
        ...Object.entries(series.labels).flatMap(([name, value]) => ['--series', `${name}=${value}`]),
        ...['--from', new Date(range.fromMs).toISOString(), '--to', new Date(range.toMs).toISOString()],
      ],
      { env: asked.history.env },
    );
  const answer = async (series: Series, { fromMs, toMs }: Range): Promise<Told> =>
    (
      await ask.get<Told & Record<string, unknown>>(`${seriesPath(asked.rowOf(series))}/attribution`, {
        from: fromMs,
        to: toMs,
      })
    ).body;

  /** What the file has of a value, in events. */
  function recountOf(series: Series, range: Range, isOwn: (event: RecordedEvent) => boolean) {
    const own = judgedOf(series, range).filter(
      ({ countedAs, event }) => countedAs !== 'excluded' && isOwn(event),
    );
    const sum = (all: typeof own): number =>
      all.reduce((total, { event }) => total + event.weight, 0) / 1_000;
    return { bad: sum(own.filter(({ countedAs }) => countedAs === 'bad')), total: sum(own) };
  }

  const fieldOf = (event: RecordedEvent, name: string): string =>
    (event as unknown as Readonly<Record<string, string>>)[name] ?? '';

  function checkRecount(series: Series, range: Range, { values, outcomes, bad, total }: Explained): void {
    expect(recountOf(series, range, () => true)).toEqual({
      bad: expect.closeTo(bad, 6) as number,
      total: expect.closeTo(total, 6) as number,
    });
    for (const one of [...values, ...outcomes]) {
      const own = recountOf(series, range, (event) => fieldOf(event, one.dimension) === one.value);
      const name = `${one.dimension} ${one.value}`;
      expect([one.bad, one.total], name).toEqual([expect.closeTo(own.bad, 6), expect.closeTo(own.total, 6)]);
      expect(one.badShare, name).toBeCloseTo(own.bad / bad, 9);
      expect(one.lift, name).toBeCloseTo(own.bad / bad / (own.total / total), 9);
    }
    for (const one of outcomes)
      expect(one.excess).toBeCloseTo(one.bad - (one.total * (bad - one.bad)) / (total - one.total), 6);
  }

  /** A command answers with everything, a route with what was bad. */
  const checkAnswer = ({ contributions, causes }: Told, explained: Explained): void => {
    const expected = [...explained.values, ...explained.outcomes].filter(({ bad }) => bad > 0);
    expect(contributions).toMatchObject(expected);
    expect(contributions).toHaveLength(expected.length);
    expect(causes).toEqual(explained.causes);
  };

  it('is the same by page, command and route, and by a recount of the file', async () => {
    const pages = await asked.history.store.query<{
      slo: string;
      labels: Record<string, string>;
      at_s: number;
      window_s: number;
      attribution: string;
    }>(
      `SELECT slo, labels, toUnixTimestamp(evaluated_at) AS at_s, long_window_s AS window_s, attribution
       FROM alert_decisions FINAL
       WHERE stream = {stream:String} AND decision = 'fire' AND NOT has(mapValues(labels), '')
       ORDER BY long_bad DESC, decision_key LIMIT 1 BY slo LIMIT 3`,
      { stream: asked.history.stream },
    );
    expect(pages.map(({ slo }) => slo)).toContain('availability');
    for (const { slo, labels, at_s: atS, window_s: windowS, attribution } of pages) {
      const [series, range] = [
        { slo, labels },
        { fromMs: (atS - windowS) * 1_000, toMs: atS * 1_000 },
      ];
      const explained = await explain(series, range);
      checkRecount(series, range, explained);
      checkAnswer(await answer(series, range), explained);
      const told = JSON.parse(attribution) as readonly Figures[];
      expect(told.length, slo).toBeGreaterThan(2);
      const all = [...explained.values, ...explained.outcomes];
      for (const { bad, total, ...one } of told) {
        const own = all.find(({ dimension, value }) => dimension === one.dimension && value === one.value);
        expect(own).toMatchObject(one);
        expect([bad, total]).toEqual([Math.round(own!.bad), Math.round(own!.total)]);
      }
      // A page leaves out nothing of what comes first.
      expect(told).toContainEqual(expect.objectContaining({ value: all[0]!.value }));
    }
  });

  it('is of any stretch, by command and route', async () => {
    const series = ALL_SERIES.find(({ slo }) => slo === 'ttft')!;
    const explained = await explain(series, BAD_RANGE);
    expect(explained.values.length).toBeGreaterThan(4);
    checkRecount(series, BAD_RANGE, explained);
    checkAnswer(await answer(series, BAD_RANGE), explained);
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
    const copied = await asked.history.store.query<{ cost_nano_usd: number }>(cost.sql);
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
    const decisions = await asked.history.store.query<{ alert_key: string; at_s: number }>(
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
  }, 240_000);
});

it('every question of the document was answered in its shape', async () => {
  const [row] = rows;
  await ask.get(`/slos/${row!.slo}`);
  for (const path of ['', '/history', '/attribution']) await ask.get(`${seriesPath(row!)}${path}`);
  await ask.get('/overview');
  for (const path of ['/specs', '/pipeline', '/services', '/routing', '/services/chat/actions'])
    await ask.get(path);
  for (const path of ['/cost/forecast', '/cost/unusual', '/envelopes', '/drift']) await ask.get(path);
  await ask.get('/silences/preview', { slo: row!.slo });
  const arm = events.find(({ model_served: model }) => model)!.model_served;
  await ask.get('/compare', { by: 'model_served', baseline: arm, candidate: arm });
  await ask.get('/compare/arms');
  // Envelopes and drift of an SLO: outlook.test.ts. The report is a text: report.test.ts.
  const other = /validate|backtest|changes|report$|silences$|entities|\{slo\}\/drift/;
  const all = Object.keys(ask.api.paths).filter((path) => !other.test(path));
  expect([...ask.asked].sort()).toEqual(all.sort());
}, 240_000);

it('as a process of its own answers the same, and ends by SIGTERM', async () => {
  const [port, operationsPort] = await Promise.all([freePort(), freePort()]);
  const main = new URL('../../services/console/dist/main.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], {
    env: {
      ...{ PATH: process.env['PATH'], ...asked.history.env, BURNLINE_STREAM: 'live' },
      ...{ BURNLINE_CONSOLE_PORT: String(port), BURNLINE_HTTP_PORT: String(operationsPort) },
    },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const own = await eventually(() => Asking.open(`http://127.0.0.1:${port}`).catch(() => undefined));
  const { body } = await own.get<{ rows: readonly Row[] }>('/overview');
  expect(body.rows.map(({ id, total }) => [id, total])).toEqual(rows.map(({ id, total }) => [id, total]));
  const checks = await eventually(async () => {
    const probe = await fetch(`http://127.0.0.1:${operationsPort}/ready`);
    const text = await probe.text();
    return probe.status === 200 ? text : undefined;
  });
  expect(JSON.parse(checks)).toMatchObject({ checks: { database: 'ok' } });
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}, 120_000);
