import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../load-specs.ts';

/** Goal: a budget says what it is of, and which budget it is a part of; a part that would not add up is refused. */
const load = (text: string): LoadedSpecs => loadSpecs([{ file: 'a.yaml', text }], { mode: 'tolerant' });

interface Written {
  readonly name: string;
  readonly annotations?: string;
  readonly total?: string;
  readonly good?: string;
  readonly window?: string;
  readonly more?: string;
  readonly objectives?: string;
}

const slo = ({
  name,
  annotations = '',
  total = 'weight: cost_nano_usd',
  good = "status == 'ok'",
  window = 'duration: 28d, isRolling: true',
  more = 'budgetingMethod: Occurrences',
  objectives = '{ target: 0.99 }',
}: Written): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name}, annotations: { ${annotations} } }
spec:
  service: chat
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "${good}" } } }
        total: { metricSource: { type: burnline, spec: { ${total} } } }
  timeWindow: [{ ${window} }]
  ${more}
  objectives: [${objectives}]
`;
const within = (name: string): string => `burnline.dev/within: ${name}`;
const all = (...slos: readonly Written[]): LoadedSpecs => load(slos.map(slo).join('---'));

const FLEET = { name: 'fleet-spend' };
const SERVICE = {
  name: 'service-spend',
  annotations: within('fleet-spend'),
  total: 'weight: cost_nano_usd, by: [service]',
};
const TENANT = {
  name: 'tenant-spend',
  annotations: within('service-spend'),
  total: 'weight: cost_nano_usd, by: [tenant, service]',
};

describe('a budget within another', () => {
  it('is a part of its series, as deep as one likes, in whatever order they are written', () => {
    const { plans, issues } = all(TENANT, SERVICE, FLEET);
    expect(issues).toEqual([]);
    expect(plans.map(({ slo: id, within: of }) => [id, of])).toEqual([
      ['tenant-spend', 'service-spend'],
      ['service-spend', 'fleet-spend'],
      ['fleet-spend', undefined],
    ]);
  });

  it('says nothing of what is counted: no revision changes', () => {
    const revisions = (annotations: string): readonly string[] =>
      all({ ...SERVICE, annotations }, FLEET).plans.map(({ sli }) => sli.specRev);
    expect(revisions(within('fleet-spend'))).toEqual(revisions('burnline.dev/dimension: capacity'));
  });

  it('names an objective where there are several', () => {
    const objectives = '{ target: 0.9, displayName: Most }, { target: 0.5, displayName: Half }';
    expect(
      all({ ...SERVICE, annotations: within('fleet-spend/most') }, { ...FLEET, objectives }).issues,
    ).toEqual([]);
    expect(all(SERVICE, { ...FLEET, objectives }).issues).toMatchObject([
      { remedy: 'Name one of its objectives: fleet-spend/most, fleet-spend/half.' },
    ]);
  });

  it.each<readonly [string, readonly Written[], string, string]>([
    [
      'nothing',
      [{ ...SERVICE, annotations: within('fleet-spent') }, FLEET],
      'No SLO in these files is named fleet-spent.',
      'Did you mean "fleet-spend"?',
    ],
    [
      'itself',
      [{ ...SERVICE, annotations: within('service-spend') }],
      'service-spend is within service-spend: no budget',
      'Remove burnline.dev/within',
    ],
    [
      'another period',
      [SERVICE, { ...FLEET, window: 'duration: 7d, isRolling: true' }],
      'different periods',
      'the same timeWindow',
    ],
    [
      'another weight',
      [SERVICE, { ...FLEET, total: 'weight: output_tokens' }],
      'do not count the same thing',
      'the same weight',
    ],
    [
      'another stream',
      [
        { ...SERVICE, total: 'by: [tenant]' },
        { ...FLEET, total: 'stream: verdicts', good: 'passed' },
      ],
      'do not count the same thing',
      'the same stream',
    ],
    [
      'finer groups',
      [
        { ...SERVICE, total: 'weight: cost_nano_usd' },
        { ...FLEET, total: 'weight: cost_nano_usd, by: [region]' },
      ],
      'fleet-spend is grouped by region',
      'Add region to by of service-spend.',
    ],
    [
      'slices',
      [
        { ...SERVICE, total: 'by: [tenant]' },
        {
          ...FLEET,
          total: 'by: []',
          more: 'budgetingMethod: RatioTimeslices',
          objectives: '{ target: 0.99, timeSliceWindow: 5m }',
        },
      ],
      'fleet-spend does not count events one by one',
      'budgetingMethod Occurrences',
    ],
  ])('is refused within %s', (_, slos, message, remedy) => {
    const { issues, plans } = all(...slos);
    expect(issues).toHaveLength(1);
    expect(issues[0]!.message).toContain(message);
    expect(issues[0]!.remedy).toContain(remedy);
    expect(issues[0]!.path).toBe('metadata.annotations.burnline.dev/within');
    expect(plans.map(({ slo: id }) => id)).not.toContain('service-spend');
  });

  it('is no loop, and each of a loop hears of it', () => {
    const { issues } = all(
      { ...FLEET, annotations: within('service-spend') },
      { ...SERVICE, total: 'weight: cost_nano_usd' },
      {
        ...TENANT,
        total: 'weight: cost_nano_usd',
      },
    );
    expect(issues.map(({ message }) => message.split(':')[0])).toEqual([
      'fleet-spend is within service-spend is within fleet-spend',
      'service-spend is within fleet-spend is within service-spend',
    ]);
  });

  it('is not told of one that has a mistake of its own', () => {
    const { issues } = all(SERVICE, { ...FLEET, good: "statuss == 'ok'" });
    expect(issues.map(({ path }) => path)).toEqual([
      'spec.indicator.spec.ratioMetric.good.metricSource.spec.where',
    ]);
  });
});

describe('the dimension of a budget', () => {
  it('is what its annotation says, else what is counted', () => {
    const guide = readFileSync(new URL('../../../../docs/slo-specs.md', import.meta.url), 'utf8');
    const alone = guide.replaceAll(
      '{ targetRef: on-call }',
      '{ metadata: { name: us }, spec: { target: webhook } }',
    );
    const examples = [...alone.matchAll(/```yaml\n([^`]+)```/g)].map(([, text]) => load(text!));
    const found = new Map(
      examples.flatMap(({ plans }) => plans.map((plan) => [plan.slo, plan.dimension] as const)),
    );
    expect(Object.fromEntries(found)).toMatchObject({
      'chat-availability': 'availability',
      'chat-ttft-p95': 'latency',
      'answer-length-drift': 'drift',
      'judged-quality': 'quality',
      'summaries-cost': 'cost',
      'chat-money-answered': 'cost',
      'task-tokens': 'cost',
      'ranking-ndcg': 'quality',
      'tokens-per-minute': 'capacity',
      'chat-degraded': 'other',
    });
  });

  it.each([
    ["status == 'ok'", '', 'availability'],
    ["outcome == 'ok' && is_final", '', 'availability'],
    ["status == 'ok' && ttft_ms <= 800", '', 'latency'],
    ['double(decode_ms) / double(output_tokens) <= 50.0', '', 'latency'],
    ['cost_nano_usd <= 2000000', '', 'cost'],
    ["attributes.plan == 'free'", '', 'other'],
    ['true', '', 'other'],
    ['passed', "stream: verdicts, scope: dimension == 'safety' && kind == 'guardrail'", 'safety'],
    ['passed', 'stream: verdicts, scope: "\'safety\' == dimension"', 'safety'],
    ['passed', "stream: verdicts, scope: dimension == 'safety' || dimension == 'tone'", 'quality'],
    ['passed', 'stream: verdicts', 'quality'],
  ])('of what is good with %s (%s) is %s', (good, total, dimension) => {
    const { plans, issues } = all({ name: 'x', good, total });
    expect(issues).toEqual([]);
    expect(plans[0]!.dimension).toBe(dimension);
    const annotated = all({ name: 'x', good, total, annotations: 'burnline.dev/dimension: freshness' });
    expect(annotated.plans[0]!.dimension).toBe('freshness');
  });

  it('of a composite is that of its parts where they are of one', () => {
    const text = readFileSync(new URL('../fixtures/composite.yaml', import.meta.url), 'utf8');
    expect(load(text).plans.map((plan) => plan.dimension)).toEqual(['quality', 'other', 'other']);
    const named = text.replace(
      'name: triage-quality\n',
      'name: triage-quality\n  annotations: { burnline.dev/dimension: safety }\n',
    );
    expect(named).not.toBe(text);
    expect(load(named).plans.map((plan) => plan.dimension)).toEqual(['safety', 'safety', 'safety']);
  });
});
