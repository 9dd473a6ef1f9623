import {
  readAlertHistory,
  readBudgetBurn,
  readBudgetHistory,
  readBudgetSpecs,
  readBurnRateHistory,
  readCountedStatus,
  readEventCounts,
  readJudgedSlos,
  readOpenAlerts,
  readStatus,
  statusStatement,
} from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/burnline-cli.ts';
import { START_MS, rounded } from './recorded-events.ts';
import {
  ALL_SERIES,
  BAD_RANGE,
  HOUR_MS,
  WHOLE_RANGE,
  judgedOf,
  keyOf,
  recount,
  replayHistory,
  type ReplayedHistory,
} from './replayed-history.ts';

/**
 * Goal: what questions, views and `burnline status` say of a replayed history is one truth, and the one that a recount of the
 * file finds. The recount knows the events as they were written and nothing of the tables; all questions are asked as the
 * read-only analyst.
 */
const TICK_MS = 60_000;
let history: ReplayedHistory;
let store: Store;
let stream: string;

beforeAll(async () => {
  history = await replayHistory();
  ({ store, stream } = history);
}, 120_000);
afterAll(() => history.close());

/** A tick is judged at its end; the last one that a bucket has ends before the bucket does. */
const lastTickBefore = (atMs: number): number => Math.floor((atMs - 1) / TICK_MS) * TICK_MS;

describe('status', () => {
  it('has the counts of the file, by command, question, view and statement to copy', async () => {
    const read = await readStatus(store, { asOfMs: null, stream: null });
    expect(read).toEqual(history.told);
    expect(read.map(keyOf).sort()).toEqual(
      ALL_SERIES.filter((one) => {
        const { good, bad } = recount(one, WHOLE_RANGE);
        return good + bad > 0;
      })
        .map(keyOf)
        .sort(),
    );
    for (const one of read) {
      const { good, bad } = recount(one, WHOLE_RANGE);
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

describe('what is read for a console', () => {
  it.each([null, START_MS + 27.2 * HOUR_MS])(
    'is the status with what every window of it has counted, as of %s',
    async (asOfMs) => {
      const counted = await readCountedStatus(store, { asOfMs, stream: null });
      const status = await readStatus(store, { asOfMs, stream: null });
      const inOrder = <T extends Parameters<typeof keyOf>[0]>(all: readonly T[]): readonly T[] =>
        [...all].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      expect(inOrder(counted)).toMatchObject(inOrder(status));
      const burn = await readBudgetBurn(store, { asOfMs: asOfMs ?? Date.now() });
      expect(burn.length).toBeGreaterThan(20);
      const windows = burn.map((one) => [keyOf(one), one.windowMs, one.bad, one.total].join(' '));
      const told = counted.flatMap((one) =>
        [...one.windows].map(([windowMs, { bad, total }]) => [keyOf(one), windowMs, bad, total].join(' ')),
      );
      expect(told.sort()).toEqual(windows.sort());
    },
  );

  it('is of some SLOs what it is of them among all', async () => {
    const all = await readBudgetSpecs(store, { stream, asOfMs: null });
    expect(all.length).toBeGreaterThan(1);
    for (const { slo } of all) {
      const own = await readBudgetSpecs(store, { stream, asOfMs: null, slos: [slo] });
      expect(own).toEqual(all.filter((one) => one.slo === slo));
    }
  });
});

describe('the history of a series', () => {
  it.each([10_000, TICK_MS, 15 * TICK_MS, HOUR_MS, 6 * HOUR_MS])(
    'counts events in steps of %s ms as the file has them, and has no point where there are none',
    async (stepMs) => {
      const range = stepMs < TICK_MS ? BAD_RANGE : WHOLE_RANGE;
      for (const series of ALL_SERIES) {
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
    for (const series of ALL_SERIES) {
      const query = { stream, ...series, ...WHOLE_RANGE, stepMs: 15 * TICK_MS };
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
    for (const series of ALL_SERIES) {
      const query = { stream, ...series, ...BAD_RANGE, stepMs: TICK_MS };
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
        ...WHOLE_RANGE,
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
      history.told
        .filter((one) => one.firing !== null)
        .map(keyOf)
        .sort(),
    ).toEqual([...firing].sort());
  });
});
