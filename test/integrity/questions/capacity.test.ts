import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../delivery/model/random.ts';
import { runCli, runCliJson } from '../../support/burnline-cli.ts';

/**
 * Goal: `burnline capacity` says of every series what naive arithmetic over the events says: use, peak, quota, growth and when the
 * quota is reached.
 *
 * Method: nine days of events from a printed seed, of which one model's use grows and another one's falls, replayed by the command.
 */
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SLICE_MS = HOUR_MS;
const START_MS = Date.UTC(2025, 8, 1, 5);
const END_MS = START_MS + 9 * DAY_MS + 7.4 * HOUR_MS;

interface Call {
  readonly atMs: number;
  readonly model: 'growing' | 'falling';
  readonly tokens: number | null;
  readonly quota: number | null;
}

function drawn(random: Random): readonly Call[] {
  const calls: Call[] = [];
  for (let atMs = START_MS; atMs < END_MS; atMs += random.below(20 * MINUTE_MS)) {
    const model = random.pick(['growing', 'falling'] as const);
    const day = (atMs - START_MS) / DAY_MS;
    const scale = model === 'growing' ? 100 + 40 * day : 900 - 40 * day;
    calls.push({
      atMs,
      model,
      tokens: random.chance(0.05) ? null : Math.round(scale * (0.5 + random.next())),
      quota: random.chance(0.6) ? 200 + random.below(3) : null,
    });
  }
  return calls;
}

const slo = (name: string, source: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: capacity
  indicator:
    metadata: { name: ${name} }
    spec: { thresholdMetric: { metricSource: { type: burnline, spec: { ${source} } } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Timeslices
  objectives: [{ op: lte, value: 0.8, target: 0.9, timeSliceWindow: 1h }]
  alertPolicies:
    - kind: AlertPolicy
      metadata: { name: used }
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: { name: used }
            spec:
              severity: ticket
              condition: { kind: burnrate, op: gte, threshold: 1, lookbackWindow: 1d }
        notificationTargets: [{ kind: AlertNotificationTarget, metadata: { name: hook }, spec: { target: webhook } }]`;
const SPECS = [
  '\napiVersion: openslo/v1\nkind: Service\nmetadata: { name: capacity }\nspec: {}',
  slo('tokens', 'use: [output_tokens], quota: measures.limit, by: [model]'),
  slo('requests', 'use: requests, quota: 2'),
].join('\n---');

interface CapacityAnswer {
  readonly series: readonly {
    readonly slo: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly usePerMinute: number;
    readonly peakPerMinute: number;
    readonly quotaPerMinute: number | null;
    readonly peakShare: number | null;
    readonly growthPerDay: number | null;
    readonly exhaustion: string | null;
  }[];
}

/** The figures of some calls at an instant, by loops. */
function recount(
  calls: readonly Call[],
  useOf: (call: Call) => number,
  statedQuota: number | null,
  atMs: number,
) {
  const endMs = Math.floor(atMs / SLICE_MS) * SLICE_MS;
  const used = new Map<number, number>();
  const said = new Map<number, number[]>();
  for (const call of calls) {
    const slice = Math.floor(call.atMs / SLICE_MS) * SLICE_MS;
    if (slice >= endMs || slice < endMs - 8 * DAY_MS) continue;
    used.set(slice, (used.get(slice) ?? 0) + useOf(call) / 60);
    if (call.quota !== null) said.set(slice, [...(said.get(slice) ?? []), call.quota]);
  }
  const peakPerMinute = Math.max(
    ...[...used].filter(([slice]) => slice >= endMs - 7 * DAY_MS).map(([, use]) => use),
  );
  const newest = said.get(Math.max(...said.keys()))!;
  const quotaPerMinute = statedQuota ?? newest.reduce((sum, one) => sum + one, 0) / newest.length;
  const peaks: (readonly [x: number, y: number])[] = [];
  for (let day = Math.ceil((endMs - 8 * DAY_MS) / DAY_MS); (day + 1) * DAY_MS <= endMs; day += 1) {
    const own = [...used].filter(([slice]) => Math.floor(slice / DAY_MS) === day).map(([, use]) => use);
    if (own.length > 0) peaks.push([day - endMs / DAY_MS, Math.max(...own)]);
  }
  // By the textbook: n S(xy) - S(x) S(y) over n S(xx) - S(x)^2.
  const n = peaks.length;
  const sum = (of: (y: number, x: number) => number): number =>
    peaks.reduce((all, [x, y]) => all + of(y, x), 0);
  const [sx, sy, sxy, sxx] = [sum((_, x) => x), sum((y) => y), sum((y, x) => x * y), sum((_, x) => x * x)];
  const growthPerDay = n < 7 ? null : (n * sxy - sx * sy) / (n * sxx - sx * sx);
  const left = quotaPerMinute - peakPerMinute;
  const exhaustion =
    left <= 0
      ? endMs
      : growthPerDay === null
        ? null
        : growthPerDay <= 0
          ? 'never'
          : endMs + (left / growthPerDay) * DAY_MS;
  return {
    usePerMinute: used.get(endMs - SLICE_MS) ?? 0,
    peakPerMinute,
    quotaPerMinute,
    peakShare: peakPerMinute / quotaPerMinute,
    growthPerDay,
    exhaustion,
  };
}

let root: string;

describe('capacity', () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-capacity-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('is what naive arithmetic says, at the end and as of moments before', { timeout: 600_000 }, async () => {
    console.log(`history seed ${SEED} (BURNLINE_SEED)`);
    const calls = drawn(new Random(SEED));
    const lines = calls.map(({ atMs, model, tokens, quota }, index) =>
      JSON.stringify({
        event_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        occurred_at: new Date(atMs).toISOString(),
        service: 'capacity',
        provider: 'p',
        model_requested: model,
        status: 'ok',
        duration_ms: 10,
        ...(tokens !== null && { output_tokens: tokens }),
        ...(quota !== null && { measures: { limit: quota } }),
      }),
    );
    await writeFile(path.join(root, 'events.ndjson'), lines.join('\n'));
    await writeFile(path.join(root, 'slos.yaml'), SPECS);
    const dataDir = ['--data-dir', path.join(root, 'data')];
    const replayed = await runCli([
      'replay',
      path.join(root, 'events.ndjson'),
      ...['--specs', path.join(root, 'slos.yaml')],
      ...dataDir,
    ]);
    expect(replayed.exitCode, replayed.stderr).toBe(0);
    for (const asOfMs of [END_MS, START_MS + 8.6 * DAY_MS, START_MS + 5 * DAY_MS]) {
      const asOf = ['--as-of', new Date(asOfMs).toISOString()];
      const { series } = await runCliJson<CapacityAnswer>(['capacity', ...asOf, ...dataDir]);
      expect(series.map(({ slo: name, labels }) => [name, labels['model'] ?? ''])).toEqual([
        ['requests', ''],
        ['tokens', 'falling'],
        ['tokens', 'growing'],
      ]);
      for (const one of series) {
        const own = calls.filter(({ model }) =>
          [undefined, model].includes(one.labels['model'] as Call['model']),
        );
        const naive =
          one.slo === 'requests'
            ? recount(own, () => 1, 2, asOfMs)
            : recount(own, ({ tokens }) => tokens ?? 0, null, asOfMs);
        for (const figure of ['usePerMinute', 'peakPerMinute', 'quotaPerMinute', 'peakShare'] as const)
          expect(one[figure], `${one.slo} ${figure}`).toBeCloseTo(naive[figure], 9);
        if (naive.growthPerDay === null) expect(one.growthPerDay).toBeNull();
        else expect(one.growthPerDay).toBeCloseTo(naive.growthPerDay, 9);
        if (typeof naive.exhaustion !== 'number') expect(one.exhaustion).toBe(naive.exhaustion);
        else expect(Math.abs(Date.parse(one.exhaustion!) - naive.exhaustion)).toBeLessThan(MINUTE_MS);
      }
    }
    const table = await runCli(['capacity', ...dataDir]);
    expect(table.stdout).toContain('quota reached');
    const { series } = await runCliJson<CapacityAnswer>(['capacity', ...dataDir]);
    for (const { slo: name, labels, exhaustion, peakShare } of series) {
      const line = table.stdout.split('\n').find((one) => {
        return one.startsWith(name) && one.includes(labels['model'] ?? '(all)');
      });
      const said = exhaustion === null ? 'not known yet' : 'never at this growth';
      const isDated = exhaustion !== null && exhaustion !== 'never';
      expect(line).toContain(isDated ? (peakShare! >= 1 ? 'reached' : exhaustion.slice(0, 10)) : said);
    }
  });
});
