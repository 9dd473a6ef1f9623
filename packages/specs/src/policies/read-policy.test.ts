import { readFileSync } from 'node:fs';
import { EVIDENCE_DEFAULT, LADDER_DEFAULT, ROUTE_RULE_DEFAULT, STOPPABLE_KINDS } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { loadSpecs } from '../load-specs.ts';

/** Goal: a policy is what its document says, and what it leaves out is what the documentation says of that. */
const page = readFileSync(new URL('../../../../docs/governing.md', import.meta.url), 'utf8');
const documented = [...page.matchAll(/^```yaml\n(.*?)^```/gms)]
  .map(([, block]) => block!)
  .filter((block) => block.includes('kind: ErrorBudgetPolicy'));
const slos = readFileSync(new URL('../fixtures/availability.yaml', import.meta.url), 'utf8')
  .replaceAll('chat-completions', 'chat')
  .replaceAll('chat-availability', 'chat-quality');
const load = (policy: string) =>
  loadSpecs([{ file: 'a.yaml', text: `${slos}\n---\n${policy}` }], { mode: 'strict' });
const minimal = `apiVersion: openslo/v1
kind: ErrorBudgetPolicy
metadata: { name: all }
spec: {}`;

describe('ErrorBudgetPolicy', () => {
  it('is read as the documentation has it, where the values beside the fields are those that hold without', () => {
    expect(documented.length).toBe(1);
    const { issues, policies } = load(documented[0]!);
    expect(issues).toEqual([]);
    expect(policies).toEqual([
      {
        ...{ name: 'chat-answers', services: ['chat'], slos: ['chat-quality'], track: 'model' },
        ...{ ladder: LADDER_DEFAULT, evidence: EVIDENCE_DEFAULT, stops: STOPPABLE_KINDS },
        whenIncomplete: 'insufficient',
        changeFreezes: [
          {
            reason: 'end of the quarter',
            fromMs: Date.UTC(2026, 11, 20),
            toMs: Date.UTC(2027, 0, 3),
            stops: ['feature', 'config'],
          },
        ],
        routeAround: [{ by: 'provider', ...ROUTE_RULE_DEFAULT }],
        sampling: { ok: 0.05, warn: 0.2, approval: 0.2, freeze: 1 },
        rollbackAt: 'freeze',
        tellings: [
          { action: 'notify', at: 'warn', receivers: ['chat-room'] },
          { action: 'notify', at: 'freeze', receivers: ['chat-room', 'pager'] },
          { action: 'webhook', at: 'freeze', receivers: ['deploy-bot'] },
        ],
      },
    ]);
    const [all] = load(minimal).policies;
    expect(all).toEqual({
      ...policies[0],
      ...{ name: 'all', services: [], slos: [], track: null, changeFreezes: [], routeAround: [] },
      ...{ sampling: null, rollbackAt: null, tellings: [] },
    });
  });

  it('lifts a level of its own somewhat below where it begins', () => {
    const { policies } = load(
      minimal.replace('spec: {}', 'spec: { ladder: { freeze: { at: 2 }, warn: { at: 0.3 } } }'),
    );
    expect(policies[0]!.ladder).toEqual({
      warn: { at: 0.3, liftBelow: expect.closeTo(0.24, 12) as number },
      approval: LADDER_DEFAULT.approval,
      freeze: { at: 2, liftBelow: 1.6 },
    });
  });

  it('is none while it has a mistake', () => {
    const { issues, policies } = load(minimal.replace('spec: {}', 'spec: { evidence: { minEvents: 1.5 } }'));
    expect(policies).toEqual([]);
    expect(issues.map(({ path }) => path)).toEqual(['spec.evidence.minEvents']);
  });

  it('routes around by one rule of one policy of a service: two may leave nothing in rotation', () => {
    const routing = (name: string, services: string, by = '{ by: provider }'): string =>
      minimal
        .replace('name: all', `name: ${name}`)
        .replace(
          'spec: {}',
          `spec: { ${services === '' ? '' : `services: [${services}], `}routeAround: [${by}] }`,
        );
    const search = 'apiVersion: openslo/v1\nkind: Service\nmetadata: { name: search }\nspec: {}';
    const places = (...texts: readonly string[]): readonly string[] =>
      load([search, ...texts].join('\n---\n')).issues.map(({ path, message }) => `${path}: ${message}`);
    expect(places(routing('a', ''), routing('b', 'chat'), routing('c', 'search'))).toEqual([]);
    expect(places(routing('a', 'search, chat'), routing('b', 'chat'))).toEqual([
      expect.stringMatching(
        /^spec\.routeAround: Policy a \(document \d of a\.yaml\) routes around for service chat too/,
      ),
    ]);
    expect(places(routing('a', ''), routing('b', ''))).toEqual([
      expect.stringMatching(/^spec\.routeAround: .* for all services too/),
    ]);
    const prod = '{ by: provider, environments: [prod, eu] }';
    const other = (names: string): string => `{ by: region, environments: [${names}] }`;
    expect(places(routing('a', 'chat', prod), routing('b', 'chat', other('staging, dev')))).toEqual([]);
    for (const shared of [other('dev, eu'), '{ by: region }'])
      for (const pair of [
        [prod, shared],
        [shared, prod],
      ])
        expect(places(routing('a', 'chat', pair[0]), routing('b', 'chat', pair[1]))).toEqual([
          expect.stringMatching(/^spec\.routeAround: .* for service chat too/),
        ]);
    expect(places(routing('a', '', '{ by: provider }, { by: region }'))).toEqual([
      expect.stringMatching(/^spec\.routeAround\[1\]\.by: There is a second rule, by region/),
    ]);
  });
});
