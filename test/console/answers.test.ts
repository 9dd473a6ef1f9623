import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { START_MS, rounded } from '../integrity/questions/recorded-events.ts';
import { runCli } from '../support/burnline-cli.ts';
import {
  ALL_SERIES,
  BAD_RANGE,
  HOUR_MS,
  WHOLE_RANGE,
  judgedOf,
  keyOf,
  recount,
} from '../integrity/questions/replayed-history.ts';
import { askHistory, seriesPath, type AskedHistory, type Overview, type Row } from './asked-history.ts';
import type { Asking } from './asking.ts';

/**
 * Goal: what the console's API says of a replayed history is what a recount of the file finds and what `burnline status` says, and every
 * answer has the shape that its own document promises. The recount knows nothing of tables.
 */
let asked: AskedHistory;
let ask: Asking;
let rows: readonly Row[];

beforeAll(async () => {
  asked = await askHistory();
  ({ ask, rows } = asked);
}, 180_000);
afterAll(() => asked.close());

describe('the overview', () => {
  it('has every series of the file with its counts, and what `burnline status` says of it', () => {
    expect(rows.map(keyOf).sort()).toEqual(asked.history.told.map(keyOf).sort());
    for (const row of rows) {
      const { good, bad } = recount(row, WHOLE_RANGE);
      const total = rounded(good + bad);
      expect(row).toMatchObject({ good: rounded(good), total, bad: total - rounded(good) });
      const told = asked.history.told.find((one) => keyOf(one) === keyOf(row))!;
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
      const told = asked.history.told.find((one) => keyOf(one) === keyOf(row))!;
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
      expect(asked.history.toldTiers[asked.history.told.indexOf(told)]).toEqual(
        body.tiers.map(({ tier, word }) => ({ tier, word })),
      );
      const worst = (['critical', 'increasing', 'recovering', 'acceptable'] as const).find((word) =>
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

describe('at a moment of the history', () => {
  interface Told extends Omit<Row, 'burn' | 'alert'> {
    readonly remainingRatio: number | null;
    readonly firing: { readonly tier: string; readonly severity: string } | null;
    readonly tiers: readonly { readonly tier: string; readonly word: string }[];
    /** Null where there is too little to forecast by. */
    readonly forecast: { readonly kind: string; readonly atMs?: number } | null;
  }
  const moments = [START_MS + 3 * HOUR_MS, BAD_RANGE.fromMs + 600_000, BAD_RANGE.toMs + 120_500];
  const toldAt = async (atMs: number): Promise<readonly Told[]> => {
    const asOf = new Date(atMs).toISOString();
    const { stdout, stderr } = await runCli(['--json', 'status', '--as-of', asOf], {
      env: asked.history.env,
    });
    expect(stderr).toBe('');
    return (JSON.parse(stdout) as { series: Told[] }).series;
  };

  it.each(moments)(
    '%d the overview and every series are what `burnline status --as-of` says',
    async (asOf) => {
      const told = await toldAt(asOf);
      const { body } = await ask.get<Overview & { about: { asOf: string; coverage: number } }>('/overview', {
        asOf,
      });
      expect(body.about).toMatchObject({ asOf: new Date(asOf).toISOString(), coverage: 1 });
      expect(body.rows.map(keyOf).sort()).toEqual(told.map(keyOf).sort());
      for (const row of body.rows) {
        const one = told.find((other) => keyOf(other) === keyOf(row))!;
        const { good, bad, total, state, sliRatio, targetRatio } = one;
        expect(row).toMatchObject({ good, bad, total, state, sliRatio, targetRatio });
        expect(row.budget.remainingRatio).toBe(one.remainingRatio);
        const alert = row.alert && { tier: row.alert.tier, severity: row.alert.severity };
        expect(alert, keyOf(row)).toEqual(one.firing);
      }
      for (const row of body.rows.slice(0, 4)) {
        const one = told.find((other) => keyOf(other) === keyOf(row))!;
        const series = await ask.get<{
          row: Row;
          tiers: Told['tiers'];
          forecast: NonNullable<Told['forecast']>;
        }>(seriesPath(row), { asOf });
        expect(series.body.row).toEqual(row);
        expect(series.body.tiers.map(({ tier, word }) => ({ tier, word }))).toEqual(one.tiers);
        expect(series.body.forecast.kind).toBe(one.forecast?.kind ?? 'no_data');
        if (one.forecast?.atMs !== undefined) expect(series.body.forecast.atMs).toBe(one.forecast.atMs);
        const slo = await ask.get<{ series: readonly Row[] }>(`/slos/${encodeURIComponent(row.slo)}`, {
          asOf,
        });
        expect(slo.body.series).toContainEqual(row);
      }
      const { body: answer } = await ask.get<{
        services: { budgets: { worst: Row }[] }[];
      }>('/services', { asOf });
      for (const { worst } of answer.services.flatMap(({ budgets }) => budgets))
        expect(body.rows).toContainEqual(worst);
      expect(answer.services.length).toBeGreaterThan(0);
    },
  );

  it.each(moments)('%d alerts stood as the log of decisions has it by then', async (asOf) => {
    const decisions = await asked.history.store.query<{ key: string; decision: string; at: number }>(
      `SELECT alert_key AS key, toString(decision) AS decision, toUnixTimestamp(evaluated_at) AS at FROM alert_decisions FINAL
       ORDER BY evaluated_at, log_offset`,
    );
    const known = decisions.filter(({ at }) => at * 1_000 <= asOf);
    const last = new Map(known.map(({ key, decision }) => [key, decision]));
    const isOpen = (decision: string): boolean => ['fire', 'freeze', 'thaw'].includes(decision);
    interface Alerts {
      alerts: { id: string; state: string; firedAtMs: number; overAtMs: number | null }[];
    }
    const all = (await ask.get<Alerts>('/alerts', { asOf, limit: 500 })).body.alerts;
    const open = (await ask.get<Alerts>('/alerts', { asOf, state: 'open' })).body.alerts;
    expect(all.length).toBe(known.filter(({ decision }) => decision === 'fire').length);
    expect(open.length).toBe([...last.values()].filter(isOpen).length);
    expect(all.filter(({ overAtMs }) => overAtMs === null).map(({ id }) => id)).toEqual(
      open.map(({ id }) => id),
    );
    for (const { state, overAtMs, firedAtMs } of all) {
      expect(firedAtMs).toBeLessThanOrEqual(asOf);
      expect(overAtMs === null ? ['firing', 'frozen'] : ['resolved', 'removed', 'ended']).toContain(state);
      if (overAtMs !== null) expect(overAtMs).toBeLessThanOrEqual(asOf);
    }
  });

  it('that is to come, or before all, is refused with what there is', async () => {
    for (const [asOf, said] of [
      [Date.now() + HOUR_MS, /in the future/],
      [START_MS - 1_000 * HOUR_MS, /before anything was judged/],
    ] as const)
      for (const where of ['/overview', '/services', '/alerts', seriesPath(rows[0]!)]) {
        const { status, body } = await ask.get<{ code: string; detail: string; remedy: string }>(where, {
          asOf,
        });
        expect([status, body.code], where).toEqual([422, 'CONSOLE_MOMENT_OUTSIDE']);
        expect(body.detail).toMatch(said);
        expect(body.remedy).toMatch(/from \d{4}-\d\d-\d\dT\S+ to \d{4}-/);
      }
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
      const row = asked.rowOf(series);
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
      const { body } = await ask.get<History>(`${seriesPath(asked.rowOf(series))}/history`, range);
      for (const chart of [body.budget, body.burn, body.traffic]) {
        expect((await asked.history.store.query(chart.sql)).length).toBe(chart.points.length);
      }
      const counted = await asked.history.store.query<{ good: number }>(body.traffic.sql);
      expect(counted.map(({ good }) => good)).toEqual(body.traffic.points.map(({ good }) => good));
    }
  });

  it('knows no gap in a history that is judged throughout, and one before and none after its end', async () => {
    const row = asked.rowOf(ALL_SERIES[0]!);
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
