import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isBurning, parseExactRatio, type BurnTier } from '@burnline/core';
import { exportPrometheus, loadSpecs } from '@burnline/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { runCli } from '../support/burnline-cli.ts';
import { hasProgram } from '../support/programs.ts';
import { startPrometheus } from '../support/prometheus.ts';

/**
 * Goal: exported rules fire on a real Prometheus at the minute at which Burnline decides, on the same stream.
 *
 * Method: a history is replayed through the whole pipeline; the same events, as counters that are scraped every 15 s, are
 * given to Prometheus as its own history, its recording rules are run over it by promtool, and the alerts' expressions are
 * asked for every minute. What a scrape cannot show yet is the only difference that is allowed.
 */
const MINUTE_S = 60;
const SCRAPE_S = 15;
const START_S = Date.UTC(2026, 2, 10, 8, 0, 0) / 1_000;
const LENGTH_S = 150 * MINUTE_S;
const EVENTS_PER_MINUTE = 60;

/** What goes wrong at each provider, from a second of the history on, in how many of ten events. */
const PROVIDERS = [
  { name: 'dark', fromS: 61 * MINUTE_S, badOfTen: 10 },
  { name: 'half', fromS: 62 * MINUTE_S + 37, badOfTen: 5 },
  { name: 'few', fromS: 70 * MINUTE_S + 20, badOfTen: 2 },
  { name: 'fine', fromS: LENGTH_S, badOfTen: 10 },
] as const;

interface Event {
  readonly atS: number;
  readonly provider: string;
  readonly isBad: boolean;
}

const events: readonly Event[] = PROVIDERS.flatMap(({ name, fromS, badOfTen }) =>
  Array.from({ length: (LENGTH_S * EVENTS_PER_MINUTE) / 60 }, (_, index) => ({
    atS: START_S + index,
    provider: name,
    isBad: index >= fromS && index % 10 < badOfTen,
  })),
).sort((a, b) => a.atS - b.atS);

const MAPPING = `
apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: rules }
spec:
  time: { kind: column, column: finished, format: iso, zone: UTC, meaning: completion }
  inference:
    service: chat
    provider: { column: provider }
    model_requested: { column: provider }
    status: { column: outcome, table: { fine: ok, broken: error } }
    duration_ms: { column: took, unit: ms }
`;

const SPECS = `
apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: answered }
spec:
  service: chat
  indicator:
    metadata: { name: answered }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: status == 'ok' } } }
        total: { metricSource: { type: burnline, spec: { by: [provider] } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;

/** The counters as a text of OpenMetrics, scrape by scrape. */
function openMetrics(): string {
  const lines = ['total', 'bad'].flatMap((kind) => {
    const name = kind === 'bad' ? 'burnline_slo_bad_events' : 'burnline_slo_events';
    const samples = PROVIDERS.flatMap(({ name: provider }) => {
      const own = events.filter((one) => one.provider === provider);
      let [count, next] = [0, 0];
      return Array.from({ length: LENGTH_S / SCRAPE_S + 1 }, (_, scrape) => {
        const atS = START_S + scrape * SCRAPE_S;
        for (let event = own[next]; event !== undefined && event.atS < atS; event = own[next]) {
          if (kind === 'total' || event.isBad) count += 1;
          next += 1;
        }
        return `${name}_total{slo="answered",provider="${provider}"} ${count} ${atS}`;
      });
    });
    return [`# TYPE ${name} counter`, ...samples];
  });
  return `${lines.join('\n')}\n# EOF\n`;
}

interface Fired {
  readonly tier: string;
  readonly provider: string;
  /** Seconds of the history. */
  readonly at: number;
}

function promtool(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}: ${stderr}`);
}

/** Whether a tier's condition holds at a second of the history, counted event by event. */
function isBurningAt(provider: string, tier: BurnTier, atS: number): boolean {
  return [tier.longWindowMs, tier.shortWindowMs].every((windowMs) => {
    const fromS = START_S + atS - windowMs / 1_000;
    const seen = events.filter(
      (one) => one.provider === provider && one.atS >= fromS && one.atS < START_S + atS,
    );
    const counts = { bad: seen.filter(({ isBad }) => isBad).length, total: seen.length };
    return isBurning(counts, tier, parseExactRatio('0.99'));
  });
}

/** Seconds of the history at which an alert's expression first holds, by provider. */
async function firstHolds(url: string, expr: string): Promise<ReadonlyMap<string, number>> {
  const query = new URLSearchParams({
    query: expr,
    start: String(START_S),
    end: String(START_S + LENGTH_S),
    step: String(MINUTE_S),
  });
  const response = await fetch(`${url}/api/v1/query_range?${query.toString()}`);
  const { data } = (await response.json()) as {
    data: {
      result: readonly { metric: { provider: string }; values: readonly (readonly [number, string])[] }[];
    };
  };
  return new Map(data.result.map(({ metric, values }) => [metric.provider, values[0]![0] - START_S]));
}

describe.skipIf(!hasProgram('promtool', 'Debian: apt-get install prometheus'))('exported rules', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'burnline-prometheus-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('fire on Prometheus at the minute of our own decision', { timeout: 180_000 }, async () => {
    const file = (name: string): string => path.join(folder, name);
    const iso = (atS: number): string => new Date(atS * 1_000).toISOString();
    const rows = events.map(
      ({ atS, provider, isBad }) => `${iso(atS)},${provider},${isBad ? 'broken' : 'fine'},5`,
    );
    await writeFile(file('history.csv'), ['finished,provider,outcome,took', ...rows, ''].join('\n'));
    await writeFile(file('mapping.yaml'), MAPPING);
    await writeFile(file('slos.yaml'), SPECS);
    const data = ['--data-dir', file('burnline')];
    const specs = ['--mapping', file('mapping.yaml'), '--specs', file('slos.yaml')];
    expect((await runCli(['replay', file('history.csv'), ...specs, ...data])).exitCode).toBe(0);
    const answer = await runCli([
      ...['--json', 'query', ...data],
      `SELECT tier, labels['provider'] AS provider, toInt32(toUnixTimestamp(min(evaluated_at)) - ${START_S}) AS at
       FROM alert_decisions WHERE decision = 'fire' GROUP BY tier, provider ORDER BY tier, provider`,
    ]);
    const decided = answer.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Fired);

    const { plans } = loadSpecs([{ file: 'slos.yaml', text: SPECS }], { mode: 'strict' });
    const { groups } = parse(exportPrometheus(plans).text) as {
      groups: { name: string; rules: { record?: string; expr: string; labels: { tier: string } }[] }[];
    };
    const records = groups.map((group) => ({
      ...group,
      rules: group.rules.filter(({ record }) => record?.startsWith('slo:sli_error') === true),
    }));
    await writeFile(file('records.yaml'), stringify({ groups: records }));
    await writeFile(file('counters.txt'), openMetrics());
    promtool('tsdb', 'create-blocks-from', 'openmetrics', file('counters.txt'), file('data'));
    const before = await startPrometheus(folder, { config: '{}', retention: '100y' });
    const span = [`--start=${START_S}`, `--end=${START_S + LENGTH_S}`, '--eval-interval=15s'];
    promtool(
      'tsdb',
      'create-blocks-from',
      'rules',
      ...span,
      `--url=${before.url}`,
      `--output-dir=${file('data')}`,
      file('records.yaml'),
    );
    await before.stop();
    const prometheus = await startPrometheus(folder, { config: '{}', retention: '100y' });
    const fired: Fired[] = [];
    try {
      const alerts = groups.flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
      for (const { expr, labels } of alerts)
        for (const [provider, at] of await firstHolds(prometheus.url, expr))
          fired.push({ tier: labels.tier, provider, at });
    } finally {
      await prometheus.stop();
    }
    const keyOf = ({ tier, provider }: Fired): string => `${tier} ${provider}`;
    const minutes = new Map(fired.map((one) => [keyOf(one), one.at / MINUTE_S]));
    expect(decided.length).toBeGreaterThan(8);
    expect([...minutes.keys()].sort()).toEqual(decided.map(keyOf).sort());
    // What came within the last scrape, and the last evaluation of the rules, Prometheus sees a minute later.
    for (const one of decided) {
      const tier = plans[0]!.tiers.find(({ name }) => name === one.tier)!;
      const isLate = !isBurningAt(one.provider, tier, one.at - 2 * SCRAPE_S);
      const found = minutes.get(keyOf(one));
      expect([keyOf(one), isLate ? [0, 1] : [0]]).toEqual([
        keyOf(one),
        expect.arrayContaining([found! - one.at / MINUTE_S]),
      ]);
    }
    const same = decided.filter((one) => minutes.get(keyOf(one)) === one.at / MINUTE_S);
    expect(same.length).toBeGreaterThan(decided.length / 2);
  });
});
