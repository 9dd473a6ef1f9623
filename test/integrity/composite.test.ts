import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writtenReport, type Report } from '@burnline/reading';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson } from '../support/burnline-cli.ts';

/**
 * Goal: a composite is judged over a real history as the sum of what its parts burn, pages by its own tiers, and takes another
 * weight without anything being counted anew.
 *
 * Method: real measurements through the whole pipeline; what its budget says is compared with its parts' counts in SQL, what its pages say with
 * the raw rows.
 */
const examples = new URL('../../examples/llmperf-2023/', import.meta.url).pathname;

const specs = (weight: number): string => `
apiVersion: openslo/v1
kind: Service
metadata: { name: llmperf }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: experience }
spec:
  service: llmperf
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives:
    - displayName: available
      target: 0.99
      compositeWeight: ${weight}
      indicator:
        spec:
          ratioMetric:
            counter: false
            good: { metricSource: { type: burnline, spec: { where: status == 'ok' } } }
            total: { metricSource: { type: burnline, spec: { by: [provider] } } }
    - displayName: fast
      target: 0.9
      op: lte
      value: 1000
      indicator:
        spec:
          thresholdMetric:
            metricSource: { type: burnline, spec: { field: ttft_ms } }
`;

interface Page {
  readonly at_s: number;
  readonly long_window_s: number;
  readonly share: number;
  readonly attribution: string;
}
interface Named {
  readonly dimension: string;
  readonly value: string;
  readonly bad: number;
  readonly total: number;
  readonly excess?: number;
  /** Of a value of a part. */
  readonly part?: string;
}
interface Explained {
  readonly parts: readonly {
    readonly slo: string;
    readonly bad: number;
    readonly total: number;
    readonly burnRate: number;
    readonly found: {
      readonly outcomes: readonly (Named & { readonly slo?: string; readonly excess: number })[];
    };
  }[];
  readonly values: readonly {
    readonly slo: string;
    readonly dimension: string;
    readonly value: string;
    readonly bad: number;
    readonly total: number;
    readonly excess: number;
    readonly burnRate: number;
  }[];
}
const isoOf = (seconds: number): string => new Date(seconds * 1_000).toISOString();

interface Budgets {
  readonly left: number;
  readonly available: number;
  readonly fast: number;
  readonly revisions: number;
}

describe('a composite over a real history', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'burnline-composite-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const dataDir = (): readonly string[] => ['--data-dir', path.join(folder, 'data')];

  async function replay(weight: number): Promise<void> {
    const file = path.join(folder, 'slos.yaml');
    await writeFile(file, specs(weight));
    const { exitCode, stderr } = await runCli([
      ...['replay', path.join(examples, 'data/requests.csv')],
      ...['--mapping', path.join(examples, 'mapping.yaml'), '--specs', file, ...dataDir()],
    ]);
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
  }

  async function ask<Row>(sql: string): Promise<readonly Row[]> {
    const { stdout } = await runCli(['--json', 'query', ...dataDir(), sql]);
    return stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  }

  /** The last budget of the composite, and what each part has spent of its own, over all of its series. */
  const lastBudgets = async (): Promise<Budgets> => {
    const [row] = await ask<Budgets>(
      `WITH latest AS (SELECT slo, series, spec_rev, bad, total, remaining_ratio FROM budgets FINAL
          ORDER BY evaluated_at DESC LIMIT 1 BY slo, series, spec_rev)
       SELECT
         (SELECT argMax(remaining_ratio, evaluated_at) FROM budgets FINAL WHERE slo = 'experience'
            AND spec_rev = (SELECT argMax(spec_rev, activated_at) FROM active_specs WHERE slo = 'experience')) AS left,
         sumIf(bad, slo = 'experience/available') / sumIf(total, slo = 'experience/available') / 0.01 AS available,
         sumIf(bad, slo = 'experience/fast') / sumIf(total, slo = 'experience/fast') / 0.1 AS fast,
         toInt32(uniqExactIf(spec_rev, slo = 'experience')) AS revisions
       FROM latest`,
    );
    return row!;
  };

  /** Each page names its parts by what they burn: counted from the raw rows, and together the burn rate that it fired by. */
  async function checkAttributions(): Promise<void> {
    const pages = await ask<Page>(
      `SELECT toUnixTimestamp(evaluated_at) AS at_s, long_window_s, long_bad / long_total AS share, attribution
       FROM alert_decisions WHERE decision = 'fire' ORDER BY at_s, long_window_s LIMIT 6`,
    );
    for (const { at_s, long_window_s, share, attribution } of pages) {
      const grid = long_window_s <= 3_600 ? 10 : 300;
      const fromS = Math.floor((at_s - long_window_s) / grid) * grid;
      const [raw] = await ask<Record<'failed' | 'all' | 'slow' | 'timed', number>>(
        `SELECT toUInt32(countIf(status != 'ok')) AS failed, toUInt32(count()) AS all,
           toUInt32(countIf(ttft_ms > 1000)) AS slow, toUInt32(count(ttft_ms)) AS timed
         FROM inferences WHERE occurred_at >= fromUnixTimestamp(${fromS}) AND occurred_at < fromUnixTimestamp(${at_s})`,
      );
      const { failed, all, slow, timed } = raw!;
      const parts = [
        {
          ...{ dimension: 'slo', value: 'experience/available', bad: failed, total: all },
          burnRate: (2 * failed) / all / 0.01,
        },
        {
          ...{ dimension: 'slo', value: 'experience/fast', bad: slow, total: timed },
          burnRate: timed === 0 ? 0 : slow / timed / 0.1,
        },
      ].sort((a, b) => b.burnRate - a.burnRate);
      const named = JSON.parse(attribution) as readonly ((typeof parts)[number] & { part?: string })[];
      const told = named.filter(({ part }) => part === undefined);
      expect(told).toEqual(
        parts.map((part) => ({ ...part, burnRate: expect.closeTo(part.burnRate, 9) as number })),
      );
      expect(told.reduce((sum, { burnRate }) => sum + burnRate, 0)).toBeCloseTo(share * 210, 5);
    }
    const { at_s: toS, long_window_s: windowS, attribution } = pages[0]!;
    const grid = windowS <= 3_600 ? 10 : 300;
    const fromS = Math.floor((toS - windowS) / grid) * grid;
    await checkExplained({ fromS, toS }, attribution);
  }

  /** What the command says of the window of a page: its parts, and where the bad events of each came from, by SQL over the raw rows. */
  async function checkExplained(
    { fromS, toS }: { readonly fromS: number; readonly toS: number },
    attribution: string,
  ): Promise<void> {
    const found = await runCliJson<Explained>([
      ...['explain', 'experience', '--from', isoOf(fromS), '--to', isoOf(toS), ...dataDir()],
    ]);
    const named = JSON.parse(attribution) as readonly Named[];
    const told = named.filter(({ part }) => part === undefined);
    expect(found.parts).toMatchObject(told.map(({ value, bad, total }) => ({ slo: value, bad, total })));
    const raw = await ask<{ provider: string; failed: number; all: number }>(
      `SELECT provider, toUInt32(countIf(status != 'ok')) AS failed, toUInt32(count()) AS all FROM inferences
       WHERE occurred_at >= fromUnixTimestamp(${fromS}) AND occurred_at < fromUnixTimestamp(${toS}) GROUP BY provider`,
    );
    // The page looks into the part that burns most, by the same figures.
    const inPart = named.filter(({ part }) => part !== undefined);
    expect(inPart.length).toBeGreaterThan(0);
    for (const { part: name, ...one } of inPart) {
      expect(name).toBe(found.parts[0]!.slo);
      const alike = [...found.values, ...found.parts[0]!.found.outcomes].find(
        ({ slo = name, dimension, value }) =>
          slo === name && dimension === one.dimension && value === one.value,
      )!;
      expect([Math.round(alike.bad), Math.round(alike.total)]).toEqual([one.bad, one.total]);
      expect(alike.excess).toBeCloseTo(one.excess!, 9);
    }
    const part = found.parts.find(({ slo }) => slo === 'experience/available')!;
    const own = found.values.filter(
      ({ slo, dimension }) => slo === 'experience/available' && dimension === 'provider',
    );
    expect(own.length).toBeGreaterThan(0);
    for (const one of own) {
      const row = raw.find(({ provider }) => provider === one.value)!;
      expect([one.bad, one.total]).toEqual([row.failed, row.all]);
      expect(one.burnRate).toBeCloseTo((part.burnRate * one.excess) / part.bad, 9);
    }
    expect(found.values.map(({ burnRate }) => burnRate)).toEqual(
      found.values.map(({ burnRate }) => burnRate).sort((a, b) => b - a),
    );
  }

  interface Counted {
    readonly failed: number;
    readonly all: number;
    readonly slow: number;
    readonly timed: number;
    readonly provider: string;
  }
  /** What each part counts in a stretch of time, of each provider, by the raw rows. */
  async function countedIn(fromS: number, toS: number): Promise<readonly Counted[]> {
    return ask<Counted>(
      `SELECT toUInt32(countIf(status != 'ok')) AS failed, toUInt32(count()) AS all, toUInt32(countIf(ttft_ms > 1000)) AS slow,
              toUInt32(count(ttft_ms)) AS timed, provider
       FROM inferences WHERE occurred_at >= fromUnixTimestamp(${fromS}) AND occurred_at < fromUnixTimestamp(${toS}) GROUP BY provider`,
    );
  }
  /** Parts with what they counted, the one that burns most first; and the provider that most events of it are bad of, with its share. */
  function partsBy(rows: readonly Counted[]) {
    const sum = (name: 'failed' | 'all' | 'slow' | 'timed'): number =>
      rows.reduce((all, row) => all + row[name], 0);
    const [failed, all, slow, timed] = [sum('failed'), sum('all'), sum('slow'), sum('timed')];
    const worst = [...rows].sort((a, b) => b.failed - a.failed)[0]!;
    return {
      parts: [
        { slo: 'experience/available', bad: failed, total: all, burn: (2 * failed) / all / 0.01 },
        { slo: 'experience/fast', bad: slow, total: timed, burn: timed === 0 ? 0 : slow / timed / 0.1 },
      ].sort((a, b) => b.burn - a.burn),
      provider: worst.provider,
      badShare: worst.failed / failed,
    };
  }

  /** A month has it as what its parts spent, and why the one that spent most did. */
  async function checkReport(): Promise<void> {
    const args = ['report', 'monthly', '--of', '2023-12-15', ...dataDir()];
    const report = await runCliJson<Report>(args);
    const { budgets } = report;
    const own = budgets.find(({ slo }) => slo === 'experience')!;
    const [fromS, toS] = [Date.UTC(2023, 11, 1) / 1_000, Date.UTC(2024, 0, 1) / 1_000];
    const { parts, provider, badShare } = partsBy(await countedIn(fromS, toS));
    expect(own.parts).toEqual(
      parts.map(({ burn, ...part }) => ({ ...part, spentRatio: expect.closeTo(burn, 9) as number })),
    );
    expect(own.spentRatio).toBeCloseTo(
      parts.reduce((sum, { burn }) => sum + burn, 0),
      5,
    );
    expect([...new Set(own.reasons.map(({ part }) => part))]).toEqual(['experience/available']);
    expect(own.reasons.find(({ value }) => value === provider)!.badShare).toBeCloseTo(badShare, 9);
    expect(budgets.filter((one) => one.parts !== undefined)).toEqual([own]);
    const { text } = writtenReport(report, { format: 'markdown', isSla: false, chartPrefix: null });
    expect(text).toContain('## Composites');
    expect(text).toMatch(/^\| experience \| by its parts \| - \| - \|/m);
    expect(text).toContain(`|  | experience/available | ${parts[0]!.bad} / `);
  }

  /** A postmortem of its alert tells each part, and where the bad events of each came from. */
  async function checkPostmortem(): Promise<void> {
    interface Draft {
      readonly range: { readonly fromMs: number; readonly toMs: number };
      readonly composites: readonly { readonly slo: string; readonly parts: readonly object[] }[];
      readonly attributions: readonly {
        readonly slo: string;
        readonly part: string;
        readonly found: { readonly values: readonly { readonly value: string; readonly badShare: number }[] };
      }[];
    }
    const [incident] = await ask<{ incident: string }>('SELECT incident FROM incidents');
    const args = ['postmortem', incident!.incident, ...dataDir()];
    const { range, composites, attributions } = await runCliJson<Draft>(args);
    const { parts, provider, badShare } = partsBy(
      await countedIn(Math.floor(range.fromMs / 1_000), Math.floor(range.toMs / 1_000)),
    );
    expect(composites).toEqual([
      {
        slo: 'experience',
        parts: parts.map(({ burn, ...part }) => ({ ...part, burnRate: expect.closeTo(burn, 9) as number })),
      },
    ]);
    expect(attributions.map(({ slo, part }) => [slo, part])).toEqual(
      parts.map(({ slo }) => ['experience', slo]),
    );
    const available = attributions.find(({ part }) => part === 'experience/available')!;
    expect(available.found.values.find(({ value }) => value === provider)!.badShare).toBeCloseTo(badShare, 9);
    const { stdout } = await runCli(args);
    expect(stdout).toContain('experience counts nothing itself; its parts');
    expect(stdout).toMatch(/^\| experience\/available \| provider \w+ \|/m);
  }

  it('spends what its parts spend, times their weights', { timeout: 480_000 }, async () => {
    await replay(2);
    const first = await lastBudgets();
    expect(first.revisions).toBe(1);
    expect(first.available).toBeGreaterThan(10);
    expect(first.left).toBeCloseTo(1 - 2 * first.available - first.fast, 6);
    const fired = await ask<{ slo: string; tier: string }>(
      `SELECT DISTINCT slo, tier FROM alert_decisions WHERE decision = 'fire' ORDER BY slo, tier`,
    );
    // Wherever budgets are listed it is one of them.
    const listed = async (command: readonly string[]): Promise<readonly number[]> => {
      const { series } = await runCliJson<{ series: { slo: string; remainingRatio: number }[] }>([
        ...command,
        ...dataDir(),
      ]);
      return series.filter(({ slo }) => slo === 'experience').map(({ remainingRatio }) => remainingRatio);
    };
    for (const command of [['status'], ['status', '--service', 'llmperf'], ['status', '--slo', 'experience']])
      expect(await listed(command), command.join(' ')).toEqual([expect.closeTo(first.left, 6)]);
    const named = await ask<{ labels: Record<string, string> }>(
      `SELECT labels FROM series FINAL WHERE slo = 'experience'`,
    );
    expect(named).toEqual([{ labels: {} }]);

    // Its parts have no alerts.
    expect([...new Set(fired.map(({ slo }) => slo))]).toEqual(['experience']);
    expect(fired.length).toBeGreaterThan(0);
    await checkAttributions();
    await checkReport();
    await checkPostmortem();

    await replay(0.5);
    const second = await lastBudgets();
    expect(second.revisions).toBe(2);
    expect(second.available).toBe(first.available);
    expect(second.left).toBeCloseTo(1 - 0.5 * first.available - first.fast, 6);
  });
});
