import { readBudgetHistory, type SeriesStatus } from '@burnline/queries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/burnline-cli.ts';
import { ROLLING_DAY, ROLLING_WEEKS, RULES, SPECS, type Rule } from './service-specs.ts';
import { rounded, START_MS, type RecordedEvent } from './recorded-events.ts';
import { events, HOUR_MS, replayHistory, WHOLE_RANGE, type ReplayedHistory } from './replayed-history.ts';

/**
 * Goal: when budgets run out, which of a service binds, and what a limit within a limit has spent of it, are what a recount of the
 * replayed file finds. The recount lets every event leave at its own time and walks on minute by minute; the answer knows hours.
 */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

interface Forecast {
  readonly kind: string;
  readonly knownAtMs: number;
  readonly atMs?: number;
  readonly recoversAtMs?: number | null;
  readonly untilMs?: number;
  readonly sinceMs?: number;
  readonly rate: { readonly bad: number; readonly total: number; readonly overMs: number };
}
interface Told extends SeriesStatus {
  readonly forecast: Forecast;
}

let history: ReplayedHistory;
async function answerOf<T>(...args: readonly string[]): Promise<T> {
  const { stdout, stderr, exitCode } = await runCli(['--json', ...args], { env: history.env });
  expect(exitCode, stdout + stderr).toBe(0);
  return JSON.parse(stdout) as T;
}
const statusOf = async (...args: readonly string[]): Promise<readonly Told[]> =>
  (await answerOf<{ series: Told[] }>('status', ...args)).series;

beforeAll(async () => {
  history = await replayHistory(SPECS);
}, 180_000);
afterAll(() => history.close());

const ruleOf = ({ slo }: { readonly slo: string }): Rule => RULES.find((rule) => rule.slo === slo)!;
const eventsOf = ({ slo, labels }: Pick<Told, 'slo' | 'labels'>): readonly RecordedEvent[] =>
  events.filter((event) => ruleOf({ slo }).by.every((name) => event[name] === labels[name]));
const countOf = (all: readonly RecordedEvent[]): { readonly bad: number; readonly total: number } => ({
  bad: all.filter(({ status }) => status !== 'ok').reduce((sum, { weight }) => sum + weight, 0),
  total: all.reduce((sum, { weight }) => sum + weight, 0),
});

interface Running {
  readonly firstMs: number;
  /** What counted before an instant. */
  upTo(atMs: number): { readonly bad: number; readonly total: number };
}
const runningBySeries = new Map<string, Running>();

/** Running sums of a series' events: a walk asks thousands of times. */
function runningOf(series: Pick<Told, 'slo' | 'labels'>): Running {
  const key = JSON.stringify([series.slo, series.labels]);
  const known = runningBySeries.get(key);
  if (known !== undefined) return known;
  const own = eventsOf(series);
  const sums = [{ bad: 0, total: 0 }];
  for (const event of own) {
    const { bad, total } = countOf([event]);
    const last = sums.at(-1)!;
    sums.push({ bad: last.bad + bad, total: last.total + total });
  }
  const upTo: Running['upTo'] = (atMs) => {
    let [low, high] = [0, own.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (own[middle]!.atMs < atMs) low = middle + 1;
      else high = middle;
    }
    return sums[low]!;
  };
  const made = { firstMs: own[0]!.atMs, upTo };
  runningBySeries.set(key, made);
  return made;
}

interface Period {
  readonly lengthMs: number;
  startOf(atMs: number): number;
  readonly endMs: number;
}

/** By hand, of May 2026. */
function periodOf({ window }: Rule, atMs: number): Period {
  const rolling = (lengthMs: number): Period => ({
    ...{ lengthMs, endMs: Infinity },
    startOf: (at) => at - lengthMs,
  });
  if (window === ROLLING_DAY) return rolling(DAY_MS);
  if (window === ROLLING_WEEKS) return rolling(28 * DAY_MS);
  const isDay = window.includes('1d');
  const startMs = isDay ? Math.floor(atMs / DAY_MS) * DAY_MS : Date.UTC(2026, 4, 1);
  const lengthMs = isDay ? DAY_MS : 31 * DAY_MS;
  return { lengthMs, endMs: startMs + lengthMs, startOf: () => startMs };
}

/** Whether a budget is spent at an instant, by events that leave one by one and a rate for what is to come. */
function isSpentAt(series: Told, rate: Forecast['rate'], atMs: number): boolean {
  const { knownAtMs } = series.forecast;
  const rule = ruleOf(series);
  const own = runningOf(series);
  const period = periodOf(rule, knownAtMs);
  const startMs = period.startOf(atMs);
  const [after, before] = [own.upTo(knownAtMs), own.upTo(startMs)];
  const past = { bad: after.bad - before.bad, total: after.total - before.total };
  const comingMs = Math.min(atMs - knownAtMs, period.lengthMs);
  const [bad, total] = (['bad', 'total'] as const).map(
    (name) => past[name] + (rate[name] * 1_000 * comingMs) / rate.overMs,
  ) as [number, number];
  const firstMs = Math.floor(own.firstMs / 10_000) * 10_000;
  const filledMs = Math.min(period.lengthMs, atMs - Math.max(startMs, firstMs));
  return (bad * filledMs) / period.lengthMs > total * (1 - rule.target) * (1 + 1e-12);
}

/** The first minute from an instant on at which it is so; null where it is not before the end. */
function firstMinute(series: Told, fromMs: number, isSpent: boolean): number | null {
  const { rate, knownAtMs } = series.forecast;
  const { lengthMs, endMs } = periodOf(ruleOf(series), knownAtMs);
  const stepMs = lengthMs > DAY_MS ? 10 * MINUTE_MS : MINUTE_MS;
  for (let atMs = fromMs; atMs < Math.min(endMs, knownAtMs + lengthMs + stepMs); atMs += stepMs)
    if (isSpentAt(series, rate, atMs) === isSpent) return atMs;
  return null;
}

describe('the forecast of a budget', () => {
  it.each([
    ['1h', HOUR_MS],
    ['6h', 6 * HOUR_MS],
    ['1d', DAY_MS],
    ['3d', 3 * DAY_MS],
  ])(
    'goes on at the rate of the last %s, and is what a walk over the minutes finds',
    async (name, lengthMs) => {
      const series = (await statusOf('--rate-of', name)).filter(({ slo }) => !slo.startsWith('whole'));
      const kinds = new Set(series.map(({ forecast }) => forecast.kind));
      expect(kinds.size).toBeGreaterThan(1);
      for (const one of series) {
        const { forecast, slo, labels } = one;
        const { knownAtMs, rate } = forecast;
        const context = `${slo} ${JSON.stringify(labels)} ${JSON.stringify(forecast)}`;
        const gridMs = lengthMs > DAY_MS ? HOUR_MS : 5 * MINUTE_MS;
        const period = periodOf(ruleOf(one), knownAtMs);
        // Long windows begin at the 5 min before.
        const startMs = Math.floor(period.startOf(knownAtMs) / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
        const fromMs = Math.max(startMs, Math.floor((knownAtMs - lengthMs) / gridMs) * gridMs);
        const seen = countOf(eventsOf(one).filter(({ atMs }) => atMs >= fromMs && atMs < knownAtMs));
        expect({ bad: rate.bad * 1_000, total: rate.total * 1_000 }, context).toEqual(seen);
        const spentMs = firstMinute(one, knownAtMs, true);
        if (spentMs === null) {
          expect(forecast.kind, context).toBe(period.endMs === Infinity ? 'never' : 'lasts');
          if (forecast.kind === 'lasts') expect(forecast.untilMs).toBe(period.endMs);
          continue;
        }
        expect(forecast.kind, context).toBe(spentMs === knownAtMs ? 'spent' : 'runs_out');
        const toldMs = forecast.atMs ?? knownAtMs;
        expect(Math.abs(toldMs - spentMs), context).toBeLessThanOrEqual(HOUR_MS);
        const backMs = firstMinute(one, toldMs + HOUR_MS, false);
        if (forecast.recoversAtMs === null) expect(backMs, context).toBeNull();
        else
          expect(Math.abs(forecast.recoversAtMs! - backMs!), context).toBeLessThanOrEqual(
            HOUR_MS + 10 * MINUTE_MS,
          );
      }
    },
  );

  it.each(['1h', '6h', '1d'])(
    'of a composite at the rate of the last %s is what its parts come to',
    async (name) => {
      const [whole] = (await statusOf('--rate-of', name)).filter(({ slo }) => slo === 'whole');
      const { forecast } = whole!;
      const { knownAtMs } = forecast;
      const [lengthMs, rateMs] = [28 * DAY_MS, { '1h': HOUR_MS, '6h': 6 * HOUR_MS, '1d': DAY_MS }[name]!];
      const fromMs = Math.floor((knownAtMs - rateMs) / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
      const parts = [events, events.filter(({ ttft_ms: ttft }) => ttft !== null)];
      const rates = parts.map((own) => countOf(own.filter(({ atMs }) => atMs >= fromMs && atMs < knownAtMs)));
      const overMs = knownAtMs - fromMs;
      const all = rates.reduce((sum, { total }) => sum + total, 0);
      expect([forecast.rate.total * 1_000, forecast.rate.overMs]).toEqual([all, overMs]);
      const firstMs = Math.floor(events[0]!.atMs / 10_000) * 10_000;
      const isSpent = (atMs: number): boolean => {
        const comingMs = Math.min(atMs - knownAtMs, lengthMs);
        const burned = parts.reduce((sum, own, index) => {
          const past = countOf(
            own.filter((event) => event.atMs >= atMs - lengthMs && event.atMs < knownAtMs),
          );
          const [bad, total] = (['bad', 'total'] as const).map(
            (key) => past[key] + (rates[index]![key] * comingMs) / overMs,
          ) as [number, number];
          return total === 0 ? sum : sum + bad / total / 0.1;
        }, 0);
        const filledMs = Math.min(lengthMs, atMs - Math.max(atMs - lengthMs, firstMs));
        return (burned * filledMs) / lengthMs > 1 + 1e-9;
      };
      let spentMs: number | null = null;
      for (let atMs = knownAtMs; atMs <= knownAtMs + lengthMs && spentMs === null; atMs += HOUR_MS)
        if (isSpent(atMs)) spentMs = atMs;
      if (spentMs === null) expect(forecast.kind).toBe('never');
      else {
        expect(forecast.kind).toBe(spentMs === knownAtMs ? 'spent' : 'runs_out');
        expect(Math.abs((forecast.atMs ?? knownAtMs) - spentMs)).toBeLessThanOrEqual(HOUR_MS);
      }
    },
  );

  it('knows since when what is spent is', async () => {
    const spent = (await statusOf()).filter(
      ({ slo, forecast }) => forecast.kind === 'spent' && !slo.startsWith('whole'),
    );
    expect(spent.length).toBeGreaterThan(0);
    for (const one of spent) {
      const rate = { bad: 0, total: 0, overMs: 1 };
      const { knownAtMs } = one.forecast;
      const at = (atMs: number): boolean =>
        isSpentAt({ ...one, forecast: { ...one.forecast, knownAtMs: atMs } }, rate, atMs);
      let sinceMs = Math.floor(knownAtMs / MINUTE_MS) * MINUTE_MS;
      while (at(sinceMs - MINUTE_MS)) sinceMs -= MINUTE_MS;
      // Long periods are cut at five minutes, and counts of a sampled stream are rounded when they are judged.
      expect(Math.abs(one.forecast.sinceMs! - sinceMs), one.slo).toBeLessThanOrEqual(6 * MINUTE_MS);
    }
  });

  it('at a moment of the history knows nothing of what came later', async () => {
    const atMs = START_MS + 27.1 * HOUR_MS;
    const before = await statusOf('--as-of', new Date(atMs).toISOString(), '--rate-of', '1h');
    for (const one of before.filter(({ slo }) => slo.startsWith('day'))) {
      expect(one.forecast.knownAtMs).toBeLessThanOrEqual(atMs);
      const fromMs = Math.floor((one.forecast.knownAtMs - HOUR_MS) / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
      const seen = countOf(
        eventsOf(one).filter((event) => event.atMs >= fromMs && event.atMs < one.forecast.knownAtMs),
      );
      expect(one.forecast.rate.total * 1_000).toBe(seen.total);
    }
  });
});

describe('the burn-down of a calendar month', () => {
  it('is 1 - (1 - good / total) / budget in mid-month, and never climbs by itself', async () => {
    const { store, stream } = history;
    for (const provider of new Set(events.map((event) => event.provider))) {
      const series = { slo: 'month', labels: { provider } };
      const points = await readBudgetHistory(store, {
        ...{ stream, ...series, ...WHOLE_RANGE, stepMs: 15 * MINUTE_MS },
      });
      expect(points.length).toBeGreaterThan(90);
      const own = runningOf(series);
      points.forEach((point, index) => {
        const { fromMs, toMs, remainingRatio, isEstimated, periodStartMs } = point;
        const atMs = Math.floor((toMs - 1) / MINUTE_MS) * MINUTE_MS;
        const { bad, total } = own.upTo(atMs);
        const good = rounded(total - bad);
        expect([isEstimated, periodStartMs]).toEqual([true, Date.UTC(2026, 4, 1)]);
        expect(remainingRatio).toBeCloseTo(1 - (1 - good / rounded(total)) / 0.1, 9);
        const before = points[index - 1];
        // Nothing came: it stands where it stood, whatever part of the month has gone by.
        if (before !== undefined && own.upTo(fromMs - MINUTE_MS).total === total)
          expect(remainingRatio).toBe(before.remainingRatio);
      });
    }
  });
});

interface View {
  readonly service: string;
  readonly binding: { readonly slo: string } | null;
  readonly budgets: readonly {
    readonly slo: string;
    readonly dimension: string;
    readonly criticality: string;
    readonly status: SeriesStatus;
    readonly forecast: Forecast;
    readonly states: Readonly<Record<string, number>>;
    readonly firingCount: number;
  }[];
  readonly nested: readonly (readonly {
    readonly status: SeriesStatus;
    readonly isBinding: boolean;
    readonly partOf: Readonly<Record<'bad' | 'total' | 'wholeBad' | 'wholeTotal', number>> | null;
  }[])[];
}

describe('the budgets of a service', () => {
  const viewsOf = async (...args: readonly string[]): Promise<readonly View[]> =>
    (await answerOf<{ services: View[] }>('service', ...args)).services;

  it('are all there, by their worst series, with how many are in which state', async () => {
    const [view, ...others] = await viewsOf('chat');
    expect(others).toEqual([]);
    const all = (await statusOf()).filter(({ service }) => service === 'chat');
    expect(view!.budgets.map(({ slo }) => slo).sort()).toEqual(
      [...new Set(all.map(({ slo }) => slo))].sort(),
    );
    for (const { slo, status, states, firingCount, criticality } of view!.budgets) {
      const own = all.filter((one) => one.slo === slo);
      const counts: Record<string, number> = {};
      for (const { state } of own) counts[state] = (counts[state] ?? 0) + 1;
      expect(states).toEqual(counts);
      expect(firingCount).toBe(own.filter(({ firing }) => firing !== null).length);
      expect(criticality).toBe('high');
      const isWorse = own.filter((one) => one.state === 'breached').length > 0;
      expect(status.state === 'breached').toBe(isWorse);
    }
    expect(view!.budgets.find(({ slo }) => slo === 'day-tight')!.dimension).toBe('safety');
  });

  it('are bound by a breached one with least left', async () => {
    const all = await statusOf();
    const left = (one: SeriesStatus): number => one.projectedRemainingRatio ?? one.remainingRatio!;
    for (const { service, binding } of await viewsOf()) {
      const own = all.filter((one) => one.service === service);
      const breached = own.filter(({ state }) => state === 'breached');
      if (breached.length === 0) continue;
      expect(binding!.slo).toBe(breached.sort((a, b) => left(a) - left(b))[0]!.slo);
    }
    const { stdout } = await runCli(['service'], { env: history.env });
    expect(stdout).toContain('everything');
  });

  it('stand within each other, with the share of each counted from the file', async () => {
    const [view] = await viewsOf('chat');
    expect(view!.nested).toHaveLength(1);
    const [chain] = view!.nested;
    expect(chain!.map(({ status }) => status.slo)).toEqual(['tenant', 'provider', 'fleet']);
    expect(chain!.filter(({ isBinding }) => isBinding)).toHaveLength(1);
    const counts = chain!.map(({ status }) => {
      const { bad, total } = countOf(eventsOf(status));
      const whole = rounded(total);
      return { bad: whole - rounded(total - bad), total: whole };
    });
    chain!.forEach(({ status, partOf }, index) => {
      expect(status).toMatchObject(counts[index]!);
      const whole = counts[index + 1];
      expect(partOf).toEqual(
        whole === undefined ? null : { ...counts[index], wholeBad: whole.bad, wholeTotal: whole.total },
      );
      const inner = chain![index - 1]?.status.labels ?? status.labels;
      for (const [name, value] of Object.entries(status.labels)) expect(inner[name]).toBe(value);
    });
    const { stdout } = await runCli(['service', 'chat'], { env: history.env });
    expect(stdout).toMatch(/^binding: .* left, breached, spent since /m);
    expect(stdout).toMatch(/^ {2}within provider provider=/m);
    expect(stdout).toMatch(/^ {4}within fleet \(all\)/m);
  });
});
