import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine, type Engine } from '@burnline/engine';
import {
  COST_DIMENSIONS,
  readAlertHistory,
  readBudgetHistory,
  readBurnRateHistory,
  readCost,
  readCountedEvents,
  readEventCounts,
  readFleet,
  readJudgedSlos,
  readOpenAlerts,
  readStatus,
  statusStatement,
  type CountedCursor,
  type CountedEvent,
  type CountedQuery,
  type SeriesStatus,
} from '@burnline/queries';
import { openStore, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson } from '../../support/burnline-cli.ts';
import {
  SPECS,
  START_MS,
  judge,
  modelOf,
  recordedEvents,
  rounded,
  sumsOf,
  type Judged,
  type RecordedEvent,
} from './recorded-events.ts';

/**
 * Goal: what questions, views and `burnline status` say of a replayed history is one truth, and the one that a recount of the
 * file finds. The recount knows the events as they were written and nothing of the tables; all questions are asked as the
 * read-only analyst.
 */
const { events, lines } = recordedEvents();
const judged = events.flatMap(judge);
const END_MS = events.at(-1)!.atMs;
const HOUR_MS = 3_600_000;
const TICK_MS = 60_000;
const RANGE = { fromMs: START_MS - HOUR_MS, toMs: END_MS + HOUR_MS };
const RARELY_EVENTS = { fromMs: START_MS + 27 * HOUR_MS, toMs: START_MS + 27.25 * HOUR_MS };

let root: string;
let dataDir: string;
let engine: Engine;
let store: Store;
let stream: string;
let told: readonly SeriesStatus[];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-questions-'));
  dataDir = path.join(root, 'data');
  const [file, specs] = [path.join(root, 'events.ndjson'), path.join(root, 'slos.yaml')];
  await writeFile(file, lines.join('\n'));
  await writeFile(specs, SPECS);
  const replayed = await runCli(['replay', file, '--specs', specs, '--data-dir', dataDir]);
  expect(replayed.exitCode, replayed.stderr).toBe(0);
  told = (await runCliJson<{ series: SeriesStatus[] }>(['status', '--data-dir', dataDir])).series;
  stream = told[0]!.stream;
  engine = await startEngine({
    dataDirectory: path.join(dataDir, 'clickhouse'),
    port: 0,
    users: [{ name: 'analyst', password: '', role: 'analyst' }],
  });
  store = openStore({ url: engine.url, user: 'analyst', password: '', database: 'burnline' });
}, 120_000);
afterAll(async () => {
  await store.close();
  await engine.stop();
  await rm(root, { recursive: true, force: true });
});

const labelsKey = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort());
const keyOf = ({ slo, labels }: Pick<Judged, 'slo' | 'labels'>): string => slo + labelsKey(labels);
const seriesOf = (): readonly Pick<Judged, 'slo' | 'labels'>[] => [
  ...new Map(judged.map((one) => [keyOf(one), { slo: one.slo, labels: one.labels }])).values(),
];
const within = (ms: { readonly fromMs: number; readonly toMs: number }) => (event: RecordedEvent) =>
  event.atMs >= ms.fromMs && event.atMs < ms.toMs;
const bySeries = new Map<string, Judged[]>();
for (const one of judged) bySeries.set(keyOf(one), [...(bySeries.get(keyOf(one)) ?? []), one]);
const judgedOf = (series: Pick<Judged, 'slo' | 'labels'>, range: { fromMs: number; toMs: number }) =>
  bySeries.get(keyOf(series))!.filter((one) => within(range)(one.event));
/** What a series counted in a range, in thousandths. */
const recount = (series: Pick<Judged, 'slo' | 'labels'>, range: { fromMs: number; toMs: number }) =>
  sumsOf(judgedOf(series, range));

describe('status', () => {
  it('has the counts of the file, by command, question, view and statement to copy', async () => {
    const read = await readStatus(store, { asOfMs: null, stream: null });
    expect(read).toEqual(told);
    expect(read.map(keyOf).sort()).toEqual(
      seriesOf()
        .filter((one) => {
          const { good, bad } = recount(one, RANGE);
          return good + bad > 0;
        })
        .map(keyOf)
        .sort(),
    );
    for (const one of read) {
      const { good, bad } = recount(one, RANGE);
      const total = rounded(good + bad);
      expect(one).toMatchObject({ good: rounded(good), total, bad: total - rounded(good) });
      expect(one.sliRatio).toBe(one.good / total);
    }
    const view = await store.query<{ good: number; total: number }>(
      'SELECT good, total FROM slo_status ORDER BY stream, slo, remaining_ratio ASC NULLS LAST, toString(labels)',
    );
    expect(view).toEqual(read.map(({ good, total }) => ({ good, total })));
  });

  it('prints a statement that burnline query takes, and that asks for the same', async () => {
    const asOfMs = START_MS + 27.2 * HOUR_MS;
    const query = { asOfMs, stream, service: 'chat', slo: 'availability' };
    const printed = await runCli([
      ...['status', '--sql', '--as-of', new Date(asOfMs).toISOString(), '--stream', stream],
      ...['--service', 'chat', '--slo', 'availability'],
    ]);
    expect(printed.stdout.trim()).toBe(statusStatement(query));
    const read = await readStatus(store, query);
    expect(read.length).toBeGreaterThan(3);
    const asked = await store.query<{ slo: string; good: number }>(printed.stdout);
    expect(asked.map(({ slo, good }) => ({ slo, good }))).toEqual(
      read.map(({ slo, good }) => ({ slo, good })),
    );
    for (const one of read) {
      const { good } = recount(one, { fromMs: 0, toMs: asOfMs });
      expect(one.good).toBe(rounded(good));
    }
  });
});

describe('the history of a series', () => {
  it.each([10_000, TICK_MS, 15 * TICK_MS, HOUR_MS, 6 * HOUR_MS])(
    'counts events in steps of %s ms as the file has them, and has no point where there are none',
    async (stepMs) => {
      const range = stepMs < TICK_MS ? RARELY_EVENTS : RANGE;
      for (const series of seriesOf()) {
        const points = await readEventCounts(store, { stream, ...series, ...range, stepMs });
        const whole = { fromMs: Math.floor(range.fromMs / stepMs) * stepMs, toMs: range.toMs };
        const buckets = new Set(
          judgedOf(series, whole).map(({ event }) => Math.floor(event.atMs / stepMs) * stepMs),
        );
        expect(points.map(({ fromMs }) => fromMs)).toEqual([...buckets].sort((a, b) => a - b));
        for (const { fromMs, toMs, ...counts } of points) {
          expect(toMs - fromMs).toBe(stepMs);
          const { good, bad, excluded } = recount(series, { fromMs, toMs });
          expect(counts.good).toBeCloseTo(good / 1_000, 6);
          expect(counts.bad).toBeCloseTo(bad / 1_000, 6);
          expect(counts.total).toBeCloseTo((good + bad) / 1_000, 6);
          expect(counts.excluded).toBeCloseTo(excluded / 1_000, 6);
        }
      }
    },
  );

  it('burns the budget down as the file does, without a gap from the first event to the end', async () => {
    for (const series of seriesOf()) {
      const query = { stream, ...series, ...RANGE, stepMs: 15 * TICK_MS };
      const points = await readBudgetHistory(store, query);
      expect(points.length).toBeGreaterThan(100);
      points.slice(1).forEach(({ fromMs }, index) => {
        expect(fromMs).toBe(points[index]!.toMs);
      });
      for (const point of points) {
        const { good, bad } = recount(series, { fromMs: 0, toMs: lastTickBefore(point.toMs) });
        const total = rounded(good + bad);
        const expected = { good: rounded(good), bad: total - rounded(good), total };
        expect(point, new Date(point.fromMs).toISOString()).toMatchObject(expected);
        const targetRatio = series.slo === 'availability' ? 0.99 : 0.9;
        if (total === 0) expect(point.remainingRatio).toBeNull();
        else expect(point.remainingRatio).toBeCloseTo(1 - expected.bad / (total * (1 - targetRatio)), 6);
      }
    }
  });

  it('has the burn rates of every window whose edge is a tick', async () => {
    const tiers = new Map((await readJudgedSlos(store, { stream })).map((one) => [one.slo, one.tiers]));
    for (const series of seriesOf()) {
      const query = { stream, ...series, ...RARELY_EVENTS, stepMs: TICK_MS };
      const points = await readBurnRateHistory(store, query);
      expect(points.length).toBe(15);
      for (const { toMs, windows } of points) {
        const names = windows.map(({ windowMs }) => windowMs);
        expect(names).toEqual([...names].sort((a, b) => a - b));
        for (const tier of tiers.get(series.slo)!)
          expect(names).toEqual(expect.arrayContaining([tier.longWindowMs, tier.shortWindowMs]));
        for (const { windowMs, bad, total } of windows.filter((one) => one.windowMs <= HOUR_MS)) {
          const atMs = lastTickBefore(toMs);
          const sums = recount(series, { fromMs: atMs - windowMs, toMs: atMs });
          const [all, good] = [rounded(sums.good + sums.bad), rounded(sums.good)];
          expect({ bad, total }).toEqual({ bad: all - good, total: all });
        }
      }
    }
  });
});

/** A tick is judged at its end; the last one that a bucket has ends before the bucket does. */
const lastTickBefore = (atMs: number): number => Math.floor((atMs - 1) / TICK_MS) * TICK_MS;

describe('the rows behind a figure', () => {
  const pagesOf = async (query: Omit<CountedQuery, 'limit'>): Promise<readonly CountedEvent[]> => {
    const found: CountedEvent[] = [];
    let after: CountedCursor | null = null;
    do {
      const page = await readCountedEvents(store, {
        ...query,
        limit: 250,
        ...(after === null ? {} : { after }),
      });
      expect(page.events.length).toBeLessThanOrEqual(250);
      found.push(...page.events);
      after = page.next;
    } while (after !== null);
    return found;
  };

  it('are the events of the file, each once, counted as panes count them', async () => {
    const slos = await readJudgedSlos(store, { stream });
    for (const series of seriesOf()) {
      const plan = slos.find((one) => one.slo === series.slo)!.sli;
      const query = { stream, plan, labels: series.labels, ...RANGE };
      const rows = await pagesOf(query);
      const expected = bySeries.get(keyOf(series))!;
      const textOf = (id: string, countedAs: string, weight: number): string =>
        `${id} ${countedAs} ${weight}`;
      expect(rows.map((one) => textOf(one.eventId, one.countedAs, one.weight)).sort()).toEqual(
        expected
          .map(({ event, countedAs }) => textOf(event.event_id, countedAs, event.weight / 1_000))
          .sort(),
      );
      const [panes] = await store.query<{ good: number; bad: number; excluded: number }>(
        `SELECT sum(good) AS good, sum(bad) AS bad, sum(excluded) AS excluded FROM slo_panes
         WHERE stream = {stream:String} AND slo = {slo:String} AND mapSort(labels) = mapSort({labels:Map(String, String)})`,
        { stream, ...series },
      );
      for (const countedAs of ['good', 'bad', 'excluded'] as const) {
        const sum = rows
          .filter((one) => one.countedAs === countedAs)
          .reduce((all, one) => all + one.weight, 0);
        expect(panes![countedAs]).toBeCloseTo(sum, 6);
      }
    }
  });

  it('can be those that were counted in one way, in one stretch of time', async () => {
    const plan = (await readJudgedSlos(store, { stream })).find(({ slo }) => slo === 'ttft')!.sli;
    const rows = await pagesOf({ stream, plan, labels: {}, ...RARELY_EVENTS, countedAs: ['bad'] });
    const expected = judged.filter(
      (one) => one.slo === 'ttft' && one.countedAs === 'bad' && within(RARELY_EVENTS)(one.event),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(rows.map((one) => one.eventId).sort()).toEqual(expected.map(({ event }) => event.event_id).sort());
    expect(rows.map((one) => one.fields['ttft_ms'])).toEqual(
      rows.map((one) => events.find(({ event_id: id }) => id === one.eventId)!.ttft_ms),
    );
  });

  it('are refused for what no row names', async () => {
    const plan = (await readJudgedSlos(store, { stream })).find(({ slo }) => slo === 'quality')!.sli;
    const query = { stream, plan, ...RANGE, limit: 1 };
    await expect(
      readCountedEvents(store, { ...query, labels: { tenant: '__other__' } }),
    ).rejects.toMatchObject({ code: 'QUERY_SERIES_OTHER' });
    await expect(readCountedEvents(store, { ...query, labels: { provider: 'x' } })).rejects.toMatchObject({
      code: 'QUERY_LABELS_UNKNOWN',
    });
  });
});

describe('the fleet', () => {
  const nearestRank = (values: readonly RecordedEvent[], p: number): number => {
    const sorted = [...values].sort((a, b) => (a.ttft_ms ?? 0) - (b.ttft_ms ?? 0));
    const rank = Math.ceil(p * sum(sorted, ({ weight }) => weight));
    let seen = 0;
    return sorted.find(({ weight }) => (seen += weight) >= rank)!.ttft_ms!;
  };
  const sum = (of: readonly RecordedEvent[], value: (event: RecordedEvent) => number): number =>
    of.reduce((all, event) => all + value(event), 0);

  it.each([
    ['all', RANGE],
    ['a quarter of an hour', RARELY_EVENTS],
  ])('is what the file says: %s', async (_, range) => {
    const fleet = await readFleet(store, { stream, ...range });
    const found = events.filter(within(range));
    const pairs = new Set(found.map((event) => JSON.stringify([event.provider, modelOf(event)])));
    expect(fleet.map(({ provider, model }) => JSON.stringify([provider, model])).sort()).toEqual(
      [...pairs].sort(),
    );
    for (const member of fleet) {
      const own = found.filter(
        (event) => event.provider === member.provider && modelOf(event) === member.model,
      );
      const weightOf = (test: (event: RecordedEvent) => boolean): number =>
        sum(own.filter(test), ({ weight }) => weight);
      const [all, ok] = [weightOf(() => true), weightOf(({ status }) => status === 'ok')];
      const cancelled = weightOf(({ status }) => status === 'cancelled');
      expect(member).toMatchObject({
        requests: rounded(all),
        ok: rounded(ok),
        cancelled: rounded(cancelled),
        availabilityRatio: expect.closeTo(ok / (all - cancelled), 9) as number,
        cancelledRatio: expect.closeTo(cancelled / all, 9) as number,
      });
      const kindOf = ({ error_type: type, status }: RecordedEvent): string => (type === '' ? status : type);
      const failed = own.filter(({ status }) => status !== 'ok' && status !== 'cancelled');
      expect(member.errors).toEqual(
        Object.fromEntries(
          [...new Set(failed.map(kindOf))].map((kind) => [
            kind,
            rounded(
              sum(
                failed.filter((event) => kindOf(event) === kind),
                ({ weight }) => weight,
              ),
            ),
          ]),
        ),
      );
      const timed = own.filter(({ ttft_ms: ttft }) => ttft !== null);
      for (const [name, p] of [
        ['p50', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
      ] as const) {
        const right = nearestRank(timed, p);
        expect(Math.abs(member.ttftMs![name] - right)).toBeLessThanOrEqual(0.008 * right);
      }
      const spoken = own.filter((event) => event.status === 'ok' && event.output_tokens !== null);
      const tokens = sum(spoken, (event) => event.output_tokens! * event.weight);
      const seconds = sum(spoken, (event) => (event.duration_ms! * event.weight) / 1_000);
      expect(member.outputTokensPerSecond).toBeCloseTo(tokens / seconds, 6);
    }
  });
});

describe('cost', () => {
  const valueOf: Readonly<Record<string, (event: RecordedEvent) => string>> = {
    service: () => 'chat',
    tenant: ({ tenant }) => tenant,
    environment: () => '',
    provider: ({ provider }) => provider,
    model: modelOf,
    prompt_name: () => '',
    task_id: (event) => event.task_id,
  };

  it.each(COST_DIMENSIONS)('is what the file says, by %s and bucket', async (by) => {
    for (const bucketMs of [HOUR_MS, 24 * HOUR_MS]) {
      const range = { fromMs: RANGE.fromMs, toMs: START_MS + 27.5 * HOUR_MS };
      const spend = await readCost(store, { stream, ...range, by, bucketMs });
      const cells = new Map<string, RecordedEvent[]>();
      for (const event of events.filter(within(range))) {
        const key = JSON.stringify([Math.floor(event.atMs / bucketMs) * bucketMs, valueOf[by]!(event)]);
        cells.set(key, [...(cells.get(key) ?? []), event]);
      }
      expect(spend).toHaveLength(cells.size);
      for (const one of spend) {
        const own = cells.get(JSON.stringify([one.bucketMs, one.value]))!;
        const weightOf = (of: readonly RecordedEvent[]): number =>
          of.reduce((all, { weight }) => all + weight, 0);
        const unpriced = own.filter(({ cost_nano_usd: cost }) => cost === null);
        expect(one).toMatchObject({
          requests: rounded(weightOf(own)),
          unpriced: rounded(weightOf(unpriced)),
          costNanoUsd: rounded(
            own.reduce((all, event) => all + (event.cost_nano_usd ?? 0) * event.weight, 0),
          ),
        });
        expect(one.unpricedRatio).toBe(one.unpriced / one.requests);
      }
    }
  });

  it('is refused by a dimension that there is not, in the words of the view', async () => {
    const query = `SELECT * FROM cost_between(dimension = 'colour', from_time = '2026-01-01 00:00:00',
                   to_time = '2027-01-01 00:00:00', bucket_s = 60)`;
    await expect(store.query(query)).rejects.toThrow(/dimension is one of service, tenant/);
  });
});

describe('alerts', () => {
  it('come in pages, the latest first, each from the decision that fired it to the one that ended it', async () => {
    const decisions = await store.query<{ alert_key: string; decision: string; at_s: number; bad: number }>(
      `SELECT alert_key, toString(decision) AS decision, toUnixTimestamp(evaluated_at) AS at_s, long_bad AS bad
       FROM alert_decisions FINAL WHERE stream = {stream:String} ORDER BY log_offset`,
      { stream },
    );
    const fires = decisions.filter(({ decision }) => decision === 'fire');
    expect(fires.length).toBeGreaterThan(4);
    const seen = [];
    let after: Parameters<typeof readAlertHistory>[1]['after'];
    do {
      const page = await readAlertHistory(store, {
        stream,
        ...RANGE,
        limit: 3,
        ...(after === undefined ? {} : { after }),
      });
      seen.push(...page.alerts);
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen.map(({ alertKey, firedAtMs }) => `${firedAtMs} ${alertKey}`).sort()).toEqual(
      fires.map((one) => `${one.at_s * 1_000} ${one.alert_key}`).sort(),
    );
    const times = seen.map(({ firedAtMs }) => firedAtMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    for (const alert of seen) {
      const own = decisions.filter((one) => one.alert_key === alert.alertKey);
      const fire = own.findIndex((one) => one.decision === 'fire' && one.at_s * 1_000 === alert.firedAtMs);
      const end = own.slice(fire + 1).find((one) => one.decision !== 'freeze' && one.decision !== 'thaw');
      const overAtMs = end === undefined ? null : end.at_s * 1_000;
      expect(alert).toMatchObject({ overAtMs, state: overAtMs === null ? 'firing' : 'resolved' });
      expect(alert.long.bad).toBe(own[fire]!.bad);
    }
    const open = await readOpenAlerts(store);
    expect(open.map(({ alertKey }) => alertKey).sort()).toEqual(
      seen
        .filter(({ overAtMs }) => overAtMs === null)
        .map(({ alertKey }) => alertKey)
        .sort(),
    );
    const firing = new Set(open.map(({ slo, labels }) => keyOf({ slo, labels })));
    expect(
      told
        .filter((one) => one.firing !== null)
        .map(keyOf)
        .sort(),
    ).toEqual([...firing].sort());
  });
});
