import { evaluatePredicate } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const load = (
  source: string,
  { objective = '{ op: lte, value: 3, target: 0.99 }', method = 'Occurrences', more = '' } = {},
): LoadedSpecs =>
  loadSpecs(
    [
      {
        file: 'slos.yaml',
        text: `
apiVersion: openslo/v1
kind: SLO
metadata: { name: tokens }
spec:
  service: agents
  indicator:
    metadata: { name: tokens }
    spec: { thresholdMetric: { metricSource: { type: burnline, spec: { ${source} } } } }
  timeWindow: [{ duration: 7d, isRolling: true }]
  budgetingMethod: ${method}
  objectives: [${objective}]
${more}
`,
      },
    ],
    { mode: 'tolerant' },
  );

const planOf = (source: string, objective?: string) => {
  const { plans, issues } = load(source, objective === undefined ? {} : { objective });
  expect(issues).toEqual([]);
  return plans[0]!;
};

describe('an envelope', () => {
  it('counts by entity what is consumed and expected, of events that have an entity', () => {
    const { sli } = planOf(
      'entity: task_id, consume: [input_tokens, output_tokens], expected: measures.tokens',
    );
    expect(sli.groupBy).toEqual({ dimensions: ['task_id'], seriesCountMax: 10_000 });
    expect(sli.sums).toEqual(['input_tokens', 'output_tokens', 'measures.tokens']);
    expect(sli.derivation).toEqual({
      kind: 'envelope',
      entity: ['task_id'],
      per: 'life',
      consumed: ['input_tokens', 'output_tokens'],
      expected: { sum: 'measures.tokens', of: 'entity' },
      operator: '<=',
      limit: { numerator: 3, denominator: 1 },
    });
    expect(['t', '', null].map((task) => evaluatePredicate(sli.total!, { task_id: task }))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['steps', 'entity: task_id, consume: steps', { consumed: [], expected: null }],
    [
      'a multiple of what the spec says',
      'entity: task_id, consume: output_tokens, expected: 2000.5',
      { expected: null, limit: { numerator: 12_003, denominator: 2 } },
    ],
    [
      'what each event expects of itself',
      'entity: session_id, consume: output_tokens, expected: { field: input_tokens, of: event }',
      { expected: { sum: 'input_tokens', of: 'event' } },
    ],
    [
      'what a gateway believes',
      'entity: tenant, per: day, consume: cost_nano_usd, believed: measures.booked',
      { per: 'day', expected: { sum: 'measures.booked', of: 'event', isBelieved: true } },
    ],
    [
      'several names of an entity',
      "entity: [agent_id, attributes.loop-id], per: month, consume: steps, where: 'is_final'",
      { entity: ['agent_id', 'attributes.loop-id'], per: 'month' },
    ],
  ])('may be of %s', (_, source, expected) => {
    expect(planOf(source).sli.derivation).toMatchObject(expected);
  });

  it('pages on the first that crosses, unless the SLO has policies of its own', () => {
    const source = 'entity: task_id, consume: steps';
    expect(planOf(source).tiers[0]).toMatchObject({ name: 'runaway', severity: 'page', badCountMin: 1 });
    const more = `  alertPolicies:
    - kind: AlertPolicy
      metadata: { name: own }
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: { name: own }
            spec: { severity: page, condition: { kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1h } }
        notificationTargets:
          - { kind: AlertNotificationTarget, metadata: { name: hook }, spec: { target: webhook } }`;
    const { plans, issues } = load(source, { more });
    expect(issues).toEqual([]);
    expect(plans[0]!.tiers.map(({ name }) => name)).toEqual(['own']);
  });

  it.each([
    ['no consumption', 'entity: task_id', {}, 'consume is missing'],
    ['a text to consume', 'entity: task_id, consume: model_served', {}, 'is not a field to consume'],
    ['a slip', 'entity: tsk_id, consume: steps', {}, 'There is no field tsk_id'],
    ['a number as an entity', 'entity: step, consume: steps', {}, 'is not a field to tell entities apart by'],
    [
      'groups beside it',
      'entity: task_id, consume: steps, by: [tenant]',
      {},
      'is not a field that is known here',
    ],
    [
      'two things to hold it against',
      'entity: task_id, consume: steps, expected: 3, believed: input_tokens',
      {},
      'given at once',
    ],
    ['an exponent', 'entity: task_id, consume: steps, expected: 1e5', {}, 'no plain decimal'],
    [
      'a word of a list as an entity',
      'entity: status, consume: steps',
      {},
      'is not a field to tell entities apart by',
    ],
    ['a word for per', 'entity: task_id, consume: steps, per: week', {}, 'per is not'],
    [
      'the other side',
      'entity: task_id, consume: steps',
      { objective: '{ op: gte, value: 3, target: 0.9 }' },
      'has no op that an envelope goes by',
    ],
    [
      'no value',
      'entity: task_id, consume: steps',
      { objective: '{ op: lte, target: 0.9 }' },
      'has no value',
    ],
    [
      'slices',
      'entity: task_id, consume: steps',
      {
        method: 'Timeslices',
        objective: '{ op: lte, value: 3, target: 0.9, timeSliceTarget: 0.9, timeSliceWindow: 5m }',
      },
      'The SLI counts entities',
    ],
  ])('refuses %s', (_, source, options, message) => {
    const { plans, issues } = load(source, options);
    expect(plans).toEqual([]);
    expect(issues.map((issue) => issue.message).join('\n')).toContain(message);
  });
});
