import { loadSpecs } from '@burnline/specs';
import { describe, expect, it } from 'vitest';
import { retargeted } from './retarget.ts';

const document = (name: string, objectives: string, more = ''): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: status == 'ok' } } }
        total: { metricSource: { type: burnline, spec: {} } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [${objectives}]
${more}`;
const POLICY = `  alertPolicies:
    - kind: AlertPolicy
      metadata: { name: fast }
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: { name: fast }
            spec:
              severity: page
              condition: { kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h }
        notificationTargets: [{ kind: AlertNotificationTarget, metadata: { name: hook }, spec: { target: webhook } }]
`;
const files = [
  {
    file: 'a.yaml',
    text: [
      '\napiVersion: openslo/v1\nkind: Service\nmetadata: { name: chat }\nspec: {}\n',
      document('one', '{ target: 0.99 }'),
      document('two', '{ displayName: low, target: 0.9 }, { displayName: high, targetPercent: 99.5 }'),
    ].join('---'),
  },
  { file: 'b.yaml', text: document('strict', '{ target: 0.999 }', POLICY) },
];
const { plans } = loadSpecs(files, { mode: 'tolerant' });

describe('an SLO with another target', () => {
  it('is what it would be if its file said so; its revision and the others stay', () => {
    const made = retargeted(files, plans, new Map([['two/high', '0.8']]));
    const written = files.map(({ file, text }) => ({
      file,
      text: text.replace('targetPercent: 99.5', 'target: 0.8'),
    }));
    const wanted = loadSpecs(written, { mode: 'tolerant' }).plans.find(({ slo }) => slo === 'two/high');
    expect(wanted?.target).toEqual({ numerator: 4, denominator: 5 });
    expect(made).toEqual([wanted]);
    expect(made[0]?.tiers).not.toEqual(plans.find(({ slo }) => slo === 'two/high')?.tiers);
  });

  it('is made for each SLO by itself', () => {
    const made = retargeted(
      files,
      plans,
      new Map([
        ['one', '0.9'],
        ['two/low', '0.95'],
      ]),
    );
    expect(made.map(({ slo, target }) => [slo, target.numerator, target.denominator])).toEqual([
      ['one', 9, 10],
      ['two/low', 19, 20],
    ]);
  });

  it('is left out where its own alert policies could never fire', () => {
    expect(
      retargeted(
        files,
        plans,
        new Map([
          ['strict', '0.9'],
          ['one', '0.9'],
        ]),
      ).map(({ slo }) => slo),
    ).toEqual(['one']);
  });
});
