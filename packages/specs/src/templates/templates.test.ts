import { ratioToNumber } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { formatIssues } from '../documents/spec-issue.ts';
import { loadSpecs } from '../load-specs.ts';
import { CRITICALITIES } from '../slos/spec-annotations.ts';
import { TEMPLATE_NAMES, type TemplateName } from './template-table.ts';
import { SERVICE_LENGTH_MAX, writeTemplate } from './write-template.ts';

const HOUR_MS = 3_600_000;

const load = (template: TemplateName, criticality: (typeof CRITICALITIES)[number], service = 'triage') =>
  loadSpecs([{ file: 'slos.yaml', text: writeTemplate({ template, service, criticality }) }], {
    mode: 'strict',
  });

describe.each(TEMPLATE_NAMES)('the template %s', (template) => {
  it.each(CRITICALITIES)(
    'at criticality %s is valid as it stands, infrastructure and model side by side',
    (criticality) => {
      const { plans, services, issues, warnings } = load(template, criticality);
      expect(formatIssues([...issues, ...warnings])).toBe('');
      expect(services).toMatchObject([{ name: 'triage', criticality }]);
      expect(new Set(plans.map(({ track }) => track))).toEqual(new Set(['infrastructure', 'model']));
      for (const plan of plans) {
        expect(plan.criticality).toBe(criticality);
        const severities = new Set(plan.tiers.map(({ severity }) => severity));
        const { derivation } = plan.sli;
        const isHourly =
          derivation !== undefined && 'sliceMs' in derivation && derivation.sliceMs === HOUR_MS;
        const isQuiet = criticality === 'low' || isHourly;
        expect([...severities], plan.slo).toEqual(isQuiet ? ['ticket'] : ['page', 'ticket']);
      }
    },
  );

  it('asks for more of what is more critical', () => {
    const targets = CRITICALITIES.map((criticality) =>
      load(template, criticality).plans.map(({ target }) => ratioToNumber(target)),
    );
    for (const [index, lower] of targets.slice(1).entries())
      targets[index]?.forEach((target, slo) => {
        expect(target).toBeGreaterThanOrEqual(lower[slo]!);
      });
    expect(targets[0]).not.toEqual(targets[3]);
  });

  it('takes the longest name that a service may have', () => {
    expect(load(template, 'high', 'x'.repeat(SERVICE_LENGTH_MAX)).issues).toEqual([]);
  });
});

describe('templates', () => {
  const targetOf = (template: TemplateName, slo: string) => {
    const { plans } = load(template, 'medium');
    const { target, sli } = plans.find((plan) => plan.slo === `triage-${slo}`)!;
    return [ratioToNumber(target), sli.verdict.where];
  };
  const bound = (operator: string, value: number) => ({ kind: 'compare', operator, right: { value } });

  it('have the defaults of the field', () => {
    expect(targetOf('classifier', 'label')[0]).toBe(0.94);
    expect(targetOf('classifier', 'latency')).toMatchObject([0.99, bound('<=', 100)]);
    expect(targetOf('classifier', 'confidence')).toMatchObject([0.5, bound('>=', 0.8)]);
    const derivationOf = (template: TemplateName, slo: string) =>
      load(template, 'medium').plans.find((plan) => plan.slo === `triage-${slo}`)!.sli.derivation;
    const mean = { kind: 'mean-timeslices', sliceMs: 300_000 };
    expect(derivationOf('ranking', 'ndcg')).toMatchObject({
      ...mean,
      ...{ aggregate: 'mean', operator: '>=', bound: { numerator: 4, denominator: 5 } },
    });
    expect(derivationOf('regression', 'error')).toMatchObject({
      ...mean,
      ...{ aggregate: 'root-mean-square', operator: '<', bound: { numerator: 3, denominator: 20 } },
    });
    expect(derivationOf('chat', 'endings-drift')).toMatchObject({
      ...{ kind: 'drift-timeslices', statistic: 'psi', bound: { numerator: 1, denominator: 5 } },
      reference: { lengthMs: 24 * HOUR_MS },
    });
    expect(derivationOf('classifier', 'calibration')).toMatchObject({
      ...{ kind: 'calibration-timeslices', bound: { numerator: 1, denominator: 10 } },
    });
    expect(derivationOf('rag', 'passages-drift')).toMatchObject({ kind: 'drift-timeslices' });
    expect(derivationOf('agent', 'token-quota')).toMatchObject({ kind: 'capacity-timeslices' });
    expect(derivationOf('agent', 'task-tokens')).toMatchObject({ kind: 'envelope', entity: ['task_id'] });
  });

  it('of several services can stand beside each other', () => {
    const files = ['chat-one', 'chat-two'].map((service) => ({
      file: `${service}.yaml`,
      text: writeTemplate({ template: 'chat', service, criticality: 'low' }),
    }));
    const { plans, issues, warnings } = loadSpecs(files, { mode: 'strict' });
    expect(formatIssues([...issues, ...warnings])).toBe('');
    expect(plans).toHaveLength(16);
  });

  it('are read by people', async () => {
    const text = writeTemplate({ template: 'agent', service: 'helpdesk', criticality: 'high' });
    await expect(text).toMatchFileSnapshot('./agent-high.yaml.txt');
  });
});
