import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ratioToNumber, type SloPlan } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { SpecFile } from '../documents/spec-document.ts';
import { formatIssues } from '../documents/spec-issue.ts';
import { loadSpecs } from '../load-specs.ts';
import { exportOpenslo } from './export-openslo.ts';
import { exportPrometheus } from './export-prometheus.ts';
import { exportSloth } from './export-sloth.ts';

const root = new URL('../../../../', import.meta.url);
const fileOf = (file: string): SpecFile => ({ file, text: readFileSync(new URL(file, root), 'utf8') });
const files = [
  ...readdirSync(new URL('packages/specs/src/fixtures/', root))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `packages/specs/src/fixtures/${name}`),
  ...['llmperf-2023', 'llmdrift-2023', 'azure-llm-2023', 'quickstart'].map(
    (name) => `examples/${name}/slos.yaml`,
  ),
].map(fileOf);
const plansOf = (file: SpecFile, mode: 'strict' | 'tolerant' = 'strict'): readonly SloPlan[] => {
  const { plans, issues } = loadSpecs([file], { mode });
  expect(formatIssues(issues)).toBe('');
  return plans;
};

describe('exported OpenSLO', () => {
  /** But for names of tiers, which a policy has of its own, and where it stands. */
  const said = (plans: readonly SloPlan[]) =>
    plans.map((plan) => ({
      ...plan,
      source: null,
      tiers: plan.tiers.map(({ budgetShare, factor, ...tier }) => ({
        ...tier,
        name: null,
        factor: ratioToNumber(factor),
        share: Number(ratioToNumber(budgetShare).toPrecision(12)),
      })),
    }));

  it.each(files)('of $file is the same SLOs, each whole, in strict mode', (file) => {
    const { text } = exportOpenslo([file], plansOf(file, 'tolerant'));
    expect(text).not.toMatch(/indicatorRef|alertPolicyRef|conditionRef|targetRef|metricSourceRef/);
    const before = plansOf(file);
    expect(said(plansOf({ file: 'out.yaml', text }))).toEqual(said(before));
    const out = { file: 'out.yaml', text };
    expect(exportOpenslo([out], plansOf(out, 'tolerant')).text).toBe(text);
  });

  it('makes numbers of texts', () => {
    const sound = fileOf('packages/specs/src/fixtures/availability.yaml');
    const text = sound.text
      .replace('target: 0.999', "target: '0.999'")
      .replaceAll('openslo/v1', 'openslo.com/v1');
    const source = { ...sound, text };
    const out = exportOpenslo([source], plansOf(source, 'tolerant')).text;
    expect(said(plansOf({ file: 'out.yaml', text: out }))).toEqual(said(plansOf(sound)));
  });
});

/** But for the specs whose names another has too. */
const all = files.filter(({ file }) => !file.includes('quickstart')).flatMap((file) => plansOf(file));

describe('exported Sloth specs', () => {
  it('are a document per service, with what Sloth has no words for told', () => {
    const { text, notes } = exportSloth(all);
    const documents = parseAllDocuments(text).map((one) => one.toJS() as Record<string, unknown>);
    expect(new Set(documents.map(({ service }) => service)).size).toBe(documents.length);
    const chat = documents.find(({ service }) => service === 'chat-completions') as { slos: object[] };
    expect(chat.slos[0]).toMatchObject({
      name: 'chat-availability',
      objective: 99.9,
      sli: {
        events: {
          error_query: 'sum(rate(burnline_slo_bad_events_total{slo="chat-availability"}[{{.window}}]))',
          total_query: 'sum(rate(burnline_slo_events_total{slo="chat-availability"}[{{.window}}]))',
        },
      },
    });
    const told = notes.map(({ slo, message }) => `${slo}: ${message}`);
    expect(told).toContain("support-faithfulness: its budget is of a calendar period; Sloth's roll.");
    expect(told).toContain('triage-quality: left out: a composite is made from the burn rates of others.');
    expect(told).toContain(
      'summaries-cost: Sloth has no windows for a period of 1w: give it a file of them (--slo-period-windows-path).',
    );
  });
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) {
  const text = 'promtool is not installed (Debian: apt-get install prometheus)';
  if (process.env['CI']) throw new Error(`Rules must be checked here: ${text}`);
  process.stderr.write(`\n*** SKIPPED: checks of rules. *** ${text}\n`);
}

/** Runs promtool over a folder with some files. */
function promtool(args: readonly string[], inputs: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'burnline-rules-'));
  try {
    for (const [name, text] of Object.entries(inputs)) writeFileSync(path.join(folder, name), text);
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    return `${status}\n${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('exported Prometheus rules', () => {
  it('are sound to promtool', { skip: !hasPromtool }, () => {
    const { text } = exportPrometheus(all);
    const told = promtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': text });
    expect(told).toMatch(/^0\n/);
    expect(told).toContain('SUCCESS');
  });

  it('record the windows of the tiers and of the period, named as Sloth does', () => {
    const plan = all.find(({ slo }) => slo === 'chat-availability')!;
    const { groups } = parse(exportPrometheus([plan]).text) as {
      groups: { name: string; rules: { record?: string; alert?: string; expr: string }[] }[];
    };
    const records = groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []));
    expect(records.filter((name) => name.startsWith('slo:sli_error')).map((name) => name.slice(24))).toEqual([
      '5m',
      '30m',
      '1h',
      '2h',
      '6h',
      '1d',
      '3d',
      '30d',
    ]);
    const alerts = groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined));
    expect(alerts).toHaveLength(4);
    expect(alerts[0]?.expr).toContain('>= 0.0144');
  });

  /** A quarter of an hour at 60 events a minute of each provider, then bad ones at one of them. */
  it('fire at the minute that the tiers say, by series, and not on a handful', { skip: !hasPromtool }, () => {
    const base = fileOf('packages/specs/src/fixtures/availability.yaml');
    const plans = plansOf({ ...base, text: base.text.replace('target: 0.999', 'target: 0.99') });
    const series = (counter: string, labels: string, values: string): object => ({
      series: `${counter}{slo="chat-availability", region="eu", ${labels}}`,
      values,
    });
    // From minute 61 on all of provider a are bad: 14.4 % of an hour's 3,600 are 519, so 9 minutes; 5 m then too.
    const test = {
      rule_files: ['rules.yaml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            series('burnline_slo_events_total', 'provider="a"', '0+60x120'),
            series('burnline_slo_bad_events_total', 'provider="a"', '0x60 60+60x60'),
            series('burnline_slo_events_total', 'provider="b"', '0+60x120'),
            series('burnline_slo_bad_events_total', 'provider="b"', '0x120'),
            series('burnline_slo_events_total', 'provider="c"', '0 0x58 1+0x60'),
            series('burnline_slo_bad_events_total', 'provider="c"', '0 0x58 1+0x60'),
          ],
          alert_rule_test: ['1h8m', '1h9m'].map((eval_time, index) => ({
            eval_time,
            alertname: 'BurnlineErrorBudgetBurn',
            exp_alerts:
              index === 0
                ? []
                : [{ exp_labels: firstPage(plans[0]!), exp_annotations: summaryOf(plans[0]!) }],
          })),
        },
      ],
    };
    // One tier alone: the others have minutes of their own.
    const one = { ...plans[0]!, tiers: plans[0]!.tiers.slice(0, 1) };
    const told = promtool(['test', 'rules', 'test.yaml'], {
      'rules.yaml': exportPrometheus([one]).text,
      'test.yaml': JSON.stringify(test),
    });
    expect(told).toMatch(/^0\n/);
  });
});

const firstPage = ({ slo, service }: SloPlan): Readonly<Record<string, string>> => ({
  ...{ slo, service, tier: '1h&5m', severity: 'page', sloth_severity: 'page' },
  ...{ sloth_id: `${service}-${slo}`, sloth_service: service, sloth_slo: slo, sloth_window: '5m' },
  ...{ provider: 'a', region: 'eu' },
});
const summaryOf = ({ displayName }: SloPlan) => ({
  summary: `${displayName} burns its error budget at 14.4 times the rate it may.`,
});
