import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCli } from '../support/burnline-cli.ts';
import { startReadyUp, type Ready } from '../support/embedded-up.ts';
import { hasProgram } from '../support/programs.ts';
import { startPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { Asking, eventually } from './asking.ts';

/**
 * Goal: a Prometheus that scrapes /metrics/slo answers what dashboards made for Sloth and for Pyrra ask, with the figures of the
 * overview.
 *
 * Method: a real Prometheus over a real `burnline up`; the questions are those of the public dashboards.
 */
const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;
const [GOOD, BAD] = [180, 20];

interface Row {
  readonly slo: string;
  readonly series: string | null;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly good: number;
  readonly total: number;
  readonly sliRatio: number | null;
  readonly targetRatio: number;
  readonly budget: { readonly remainingRatio: number | null };
}

describe.skipIf(!hasProgram('prometheus', 'Debian: apt-get install prometheus'))(
  'series for Prometheus',
  () => {
    let folder: string;
    let running: RunningCli;
    let ready: Ready;
    let prometheus: RunningPrometheus;
    let rows: readonly Row[];

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'burnline-slo-metrics-'));
      ({ running, ready } = await startReadyUp({ specs: SPECS, dataDir: path.join(folder, 'data') }));
      const event = (status: string) => ({
        ...{ service: 'chat', provider: 'openai', model_requested: 'gpt-"4o"', status, duration_ms: 900 },
        ...(status === 'ok' && { ttft_ms: 300, output_tokens: 20 }),
      });
      const events = Array.from({ length: GOOD + BAD }, (_, index) => event(index < BAD ? 'error' : 'ok'));
      const response = await fetch(`${ready.intake}/v1/events`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify(events),
      });
      expect(response.status, await response.text()).toBeLessThan(300);
      const ask = await Asking.open(ready.console);
      rows = await eventually(async () => {
        const { body } = await ask.get<{ rows: readonly Row[] }>('/overview');
        const totals = body.rows.map(({ total }) => total);
        return totals.includes(GOOD + BAD) && totals.includes(GOOD) ? body.rows : undefined;
      });
      const target = new URL(ready.console).host;
      prometheus = await startPrometheus(folder, {
        config: `scrape_configs: [{ job_name: slo, scrape_interval: 1s, scrape_timeout: 1s, metrics_path: /metrics/slo, static_configs: [{ targets: ['${target}'] }] }]`,
        retention: '1d',
      });
    }, 180_000);
    afterAll(async () => {
      await prometheus.stop();
      running.child.kill('SIGTERM');
      await running.ended;
      await rm(folder, { recursive: true, force: true });
    }, 60_000);

    /** The values of a question by a label, once there are any. */
    const valuesOf = (query: string, label: string): Promise<ReadonlyMap<string, number>> =>
      eventually(async () => {
        const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
        const { data } = (await response.json()) as {
          data: { result: readonly { metric: Record<string, string>; value: readonly [number, string] }[] };
        };
        const found = data.result.map(
          ({ metric, value }) => [metric[label] ?? '', Number(value[1])] as const,
        );
        return found.length === 0 ? undefined : new Map(found);
      });
    const nameOf = ({ slo, labels }: Row): string => {
      const own = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      return own.length === 0 ? slo : `${slo} (${own.join(', ')})`;
    };
    const judged = (): readonly Row[] => rows.filter(({ total }) => total > 0);

    it('answers the questions of the dashboards for Sloth', async () => {
      expect(judged().length).toBeGreaterThan(1);
      const remaining = await valuesOf(
        'max(slo:period_error_budget_remaining:ratio) by (sloth_slo)',
        'sloth_slo',
      );
      const objectives = await valuesOf(
        'max(slo:objective:ratio{sloth_service="chat"}) by (sloth_slo)',
        'sloth_slo',
      );
      const slis = await valuesOf('1 - max(slo:sli_error:ratio_rate4w) by (sloth_slo)', 'sloth_slo');
      const burns = await valuesOf('max(slo:period_burn_rate:ratio) by (sloth_slo)', 'sloth_slo');
      const days = await valuesOf('max(slo:time_period:days{sloth_id!=""}) by (sloth_id)', 'sloth_id');
      for (const row of judged()) {
        const name = nameOf(row);
        expect(objectives.get(name)).toBeCloseTo(row.targetRatio, 12);
        expect(slis.get(name)).toBeCloseTo(row.good / row.total, 12);
        expect(remaining.get(name)).toBeCloseTo(row.budget.remainingRatio!, 9);
        expect(burns.get(name)).toBeCloseTo(1 - row.budget.remainingRatio!, 9);
        expect(days.get(`${row.service}-${name}`)).toBe(28);
      }
      const short = await valuesOf('slo:sli_error:ratio_rate5m', 'sloth_slo');
      expect(short.size).toBeGreaterThan(0);
      const windows = await valuesOf(
        'count({__name__=~"^slo:sli_error:ratio_rate.*"}) by (sloth_window)',
        'sloth_window',
      );
      expect([...windows.keys()]).toEqual(expect.arrayContaining(['5m', '1h', '3d', '4w']));
    });

    it('answers those for Pyrra', async () => {
      const left = await valuesOf('(pyrra_availability - pyrra_objective) / (1 - pyrra_objective)', 'slo');
      const windows = await valuesOf('pyrra_window', 'slo');
      for (const row of judged()) {
        expect(left.get(nameOf(row))).toBeCloseTo(row.budget.remainingRatio!, 9);
        expect(windows.get(nameOf(row))).toBe(28 * 86_400);
      }
      const rates = await valuesOf('pyrra_requests:rate5m', 'slo');
      expect(Math.max(...rates.values())).toBeLessThanOrEqual((GOOD + BAD) / 300);
    });

    it('tells nothing of what nothing was counted for, and that no series was left out', async () => {
      const text = await (await fetch(`${ready.console}/metrics/slo`)).text();
      expect(text).not.toMatch(/NaN|Inf/);
      expect(text).toMatch(/^burnline_slo_series_untold 0$/m);
      const untold = rows.filter(({ series }) => series === null);
      for (const { slo } of untold) expect(text).not.toContain(`sloth_slo="${slo}"`);
    });
  },
);
