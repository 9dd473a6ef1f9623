import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadSpecs } from '../load-specs.ts';
import type { LoadedSpecs } from '../load-specs.ts';

const goodput = readFileSync(new URL('../fixtures/goodput.yaml', import.meta.url), 'utf8');
const load = (text: string): LoadedSpecs => loadSpecs([{ file: 'a.yaml', text }], { mode: 'strict' });

const TARGET = 'metadata: { name: on-call }\nspec: { target: webhook }';
const SERVICE = 'metadata: { name: extraction }\nspec: {}';
function changed(from: string, to: string, text = goodput): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}
const withTarget = (annotations: string, target = 'pagerduty'): string =>
  changed(
    TARGET,
    `metadata: { name: on-call, annotations: { ${annotations} } }\nspec: { target: ${target} }`,
  );

describe('receivers of a notification target', () => {
  it('are the routes of every tier whose policy refers to it', () => {
    const annotations =
      'burnline.dev/receivers: "pager, chat-room", burnline.dev/only-severity: "SEV-2,SEV-1", burnline.dev/only-labels: "attributes.plan=gold, model_served=m1", burnline.dev/only-environment: "prod, eu-prod"';
    const { plans, issues } = load(withTarget(annotations));
    expect(issues).toEqual([]);
    const route = {
      name: 'on-call',
      receivers: ['pager', 'chat-room'],
      severities: ['SEV-1', 'SEV-2'],
      environments: ['prod', 'eu-prod'],
      labels: { 'attributes.plan': 'gold', model_served: 'm1' },
    };
    expect(plans[0]!.tiers.map(({ routes }) => routes)).toEqual([[route], [route]]);
    expect(plans[0]!.routes).toBeUndefined();
  });

  it('may stand in the policy itself', () => {
    const inline = `[{ kind: AlertNotificationTarget, metadata: { name: here, annotations: { burnline.dev/receivers: pager } }, spec: { target: pagerduty } }, { targetRef: on-call }]`;
    const { plans, issues } = load(changed('[{ targetRef: on-call }]', inline));
    expect(issues).toEqual([]);
    expect(plans[0]!.tiers.map(({ routes }) => routes)).toEqual([
      [{ name: 'here', receivers: ['pager'], labels: {} }],
      undefined,
    ]);
  });

  it('change nothing that is counted', () => {
    const [plain] = load(goodput).plans;
    const [routed] = load(withTarget('burnline.dev/receivers: pager')).plans;
    expect(routed!.sli.specRev).toBe(plain!.sli.specRev);
  });

  it.each([
    ['burnline.dev/receivers: ""', 'names of up to ten receivers, separated by commas'],
    [
      'burnline.dev/receivers: "https://hooks.example/x"',
      'names of up to ten receivers, separated by commas',
    ],
    ['burnline.dev/receivers: a, burnline.dev/only-severity: page', 'severities, such as SEV-1, SEV-2'],
    [
      'burnline.dev/receivers: a, burnline.dev/only-labels: acme',
      'group values, such as tenant=acme, region=eu',
    ],
    [
      'burnline.dev/receivers: a, burnline.dev/only-environment: "prod,"',
      'up to ten environments, such as prod, staging',
    ],
  ])('are refused where they are none: %s', (annotations, expected) => {
    expect(load(withTarget(annotations)).issues[0]?.expected).toBe(expected);
  });

  it('are asked for where a target says what nothing goes by', () => {
    const { issues } = load(changed('target: webhook', 'target: pagerduty'));
    expect(issues[0]?.remedy).toContain('burnline.dev/receivers');
  });
});

it('receivers of a service are the routes of its SLOs', () => {
  const owned = changed(
    SERVICE,
    'metadata: { name: extraction, annotations: { burnline.dev/receivers: team-a } }\nspec: {}',
  );
  const { plans, issues } = load(owned);
  expect(issues).toEqual([]);
  expect(plans[0]!.routes).toEqual([{ name: 'extraction', receivers: ['team-a'], labels: {} }]);
});
