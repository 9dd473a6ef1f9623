import { readFileSync } from 'node:fs';
import { maxBurnRate, ratioToNumber } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../load-specs.ts';
import type { SpecMode } from '../documents/spec-context.ts';

const composite = readFileSync(new URL('../fixtures/composite.yaml', import.meta.url), 'utf8');
const load = (text: string, mode: SpecMode = 'strict'): LoadedSpecs =>
  loadSpecs([{ file: 'a.yaml', text }], { mode });
function changed(from: string, to: string): string {
  expect(composite).toContain(from);
  return composite.replace(from, to);
}
const messages = (text: string, mode: SpecMode = 'strict'): readonly string[] =>
  load(text, mode).issues.map(({ message }) => message);

describe('a composite', () => {
  it('is an SLO of its own behind its parts, which have budgets and no alerts', () => {
    const { plans, issues, warnings } = load(composite);
    expect([issues, warnings]).toEqual([[], []]);
    expect(plans.map(({ slo, displayName, tiers }) => [slo, displayName, tiers.length])).toEqual([
      ['triage-quality/right', 'Prediction quality of triage: right', 0],
      ['triage-quality/sure', 'Prediction quality of triage: sure', 0],
      ['triage-quality', 'Prediction quality of triage', 4],
    ]);
    const [right, sure, whole] = plans;
    expect(whole?.sli.composite).toEqual([
      {
        slo: right?.slo,
        specRev: right?.sli.specRev,
        weight: { numerator: 2, denominator: 1 },
        target: right?.target,
      },
      {
        slo: sure?.slo,
        specRev: sure?.sli.specRev,
        weight: { numerator: 1, denominator: 1 },
        target: sure?.target,
      },
    ]);
    // 2 / 0.06 + 1 / 0.1
    expect(ratioToNumber(maxBurnRate(whole!.target))).toBeCloseTo(130 / 3, 12);
    expect(plans.map(({ track }) => track)).toEqual(['model', 'infrastructure', 'infrastructure']);
  });

  it('gets another revision when a part, its weight or its target changes', () => {
    const revision = (text: string) => load(text).plans[2]?.sli.specRev;
    const texts = [
      composite,
      changed('compositeWeight: 2', 'compositeWeight: 3'),
      changed('target: 0.94', 'target: 0.95'),
      changed('value: 0.8', 'value: 0.7'),
      changed("status == 'ok'", 'is_final'),
    ];
    expect(new Set(texts.map(revision)).size).toBe(texts.length);
    expect(revision(changed('compositeWeight: 2', 'compositeWeight: 2.0'))).toBe(revision(composite));
  });

  it('is told what the events of a part weigh', () => {
    const weighed = changed(
      'good: { metricSource: { type: burnline, spec: { where: passed } } }',
      "good: { metricSource: { type: burnline, spec: { where: status == 'ok' } } }",
    ).replace(
      "spec: { stream: verdicts, scope: service == 'triage' && dimension == 'label' }",
      "spec: { scope: service == 'triage', weight: [output_tokens] }",
    );
    const { plans, issues } = load(weighed);
    expect(issues).toEqual([]);
    const [right, , whole] = plans;
    expect(whole?.sli.composite?.map(({ eventWeight }) => eventWeight)).toEqual([
      { fields: ['output_tokens'], perUnit: 1 },
      undefined,
    ]);
    expect(whole?.sli.composite?.[0]?.eventWeight).toEqual(right?.sli.weight);
  });

  it('may alert by policies of its own', () => {
    const alerting = changed(
      '  budgetingMethod: Occurrences\n',
      `  budgetingMethod: Occurrences
  alertPolicies:
    - metadata: { name: fast }
      spec:
        conditions:
          - metadata: { name: fast }
            spec:
              severity: page
              condition: { kind: burnrate, op: gte, threshold: 20, lookbackWindow: 1h }
        notificationTargets: [{ metadata: { name: us }, spec: { target: webhook } }]
`,
    );
    const { plans, issues } = load(alerting);
    expect(issues).toEqual([]);
    expect(plans.map(({ tiers }) => tiers.map(({ name }) => name))).toEqual([[], [], ['fast']]);
    expect(messages(alerting.replace('threshold: 20', 'threshold: 44')).join()).toContain(
      'the reachable maximum is 130/3',
    );
  });

  it.each([
    ['a weight of 0', 'compositeWeight: 2', 'compositeWeight: 0', 'A compositeWeight of 0 is none.'],
    ['a weight below 0', 'compositeWeight: 2', 'compositeWeight: -1', 'A compositeWeight of -1 is none.'],
    [
      'a weight as a text',
      'compositeWeight: 2',
      "compositeWeight: '2'",
      'spec.objectives[0].compositeWeight is a text.',
    ],
    [
      'slices',
      'budgetingMethod: Occurrences',
      'budgetingMethod: Timeslices',
      'A composite of Timeslices is not supported: its parts are added up by what they burn, not slice by slice.',
    ],
    [
      'a part without an indicator',
      'indicatorRef: triage-right, target: 0.94',
      'target: 0.94',
      'spec.objectives[0] has neither of indicator and indicatorRef.',
    ],
    [
      'an indicator of the whole',
      '  service: triage\n  timeWindow',
      '  service: triage\n  indicatorRef: triage-right\n  timeWindow',
      'spec.indicatorRef and indicators in objectives exclude each other: the SLO is a composite of its objectives.',
    ],
    [
      'an SLI that is nowhere',
      'indicatorRef: triage-right',
      'indicatorRef: triage-write',
      'No SLI in these files is named "triage-write".',
    ],
  ])('refuses %s', (_, from, to, message) => {
    expect(messages(changed(from, to))).toContain(message);
    expect(load(changed(from, to)).plans).toEqual([]);
  });

  it('of one objective is none', () => {
    const alone = composite.slice(0, composite.indexOf('    - displayName: sure'));
    expect(messages(alone)).toEqual(['A composite is made of two objectives or more.']);
  });

  it('is not asked for by a weight alone', () => {
    const plain = composite
      .slice(0, composite.indexOf('    - displayName: sure'))
      .replace('indicatorRef: triage-right, ', '')
      .replace('  timeWindow', '  indicatorRef: triage-right\n  timeWindow');
    expect(messages(plain)).toEqual([
      'spec.objectives[0].compositeWeight has no effect: the objective has no indicator of its own.',
    ]);
    expect(load(plain, 'tolerant').warnings).toHaveLength(1);
    expect(load(plain, 'tolerant').plans.map(({ slo }) => slo)).toEqual(['triage-quality']);
  });
});
