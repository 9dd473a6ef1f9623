import { describe, expect, it } from 'vitest';
import type { SpecIssue } from '../documents/spec-issue.ts';
import { loadSpecs } from '../load-specs.ts';

/** Goal: whoever forgets that `service` filters nothing hears of it where it makes a difference, and whoever means it does not. */
interface Written {
  readonly name: string;
  readonly service: string;
  readonly total?: string;
  readonly annotations?: string;
}

const slo = ({ name, service, total = '', annotations = '' }: Written): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name}, annotations: { ${annotations} } }
spec:
  service: ${service}
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { ${total} } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99, displayName: strict }, { target: 0.9, displayName: lax }]
`;
const isOfScope = ({ message }: SpecIssue): boolean => message.includes('filters nothing');
const warningsOf = (...slos: readonly Written[]) => {
  const loaded = loadSpecs([{ file: 'a.yaml', text: slos.map(slo).join('---') }], { mode: 'tolerant' });
  expect(loaded.issues).toEqual([]);
  return loaded.warnings.filter(isOfScope);
};

const CHAT = { name: 'chat-availability', service: 'chat' };
const SEARCH = { name: 'search-availability', service: 'search', total: `scope: "service == 'search'"` };

describe('an SLO whose SLI does not look at the service', () => {
  it('is warned of once where there are several services, with what to write', () => {
    const [warning, ...others] = warningsOf(CHAT, SEARCH);
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ document: 1, found: 'no scope' });
    expect(warning!.message).toContain('belongs to chat');
    expect(warning!.remedy).toContain(`scope: "service == 'chat'"`);
    expect(warning!.remedy).toContain('burnline.dev/events-of: all-services');
  });

  it.each([
    ['is_final', `service == 'chat' && is_final`],
    [`region == 'eu' || region == 'us'`, `service == 'chat' && (`],
  ])('keeps its scope %s in what is to be written', (scope, wanted) => {
    const [warning] = warningsOf({ ...CHAT, total: `scope: "${scope}"` }, SEARCH);
    expect(warning!.remedy).toContain(wanted);
  });

  it.each<[string, readonly Written[]]>([
    ['there is one service alone', [CHAT, { ...CHAT, name: 'chat-other' }]],
    ['the scope names it', [{ ...CHAT, total: `scope: "service == 'chat'"` }, SEARCH]],
    ['the condition of what counts names it', [{ ...CHAT, total: `where: "service in ['chat']"` }, SEARCH]],
    ['every service is a series of its own', [{ ...CHAT, total: 'by: [service]' }, SEARCH]],
    ['it says that it means all', [{ ...CHAT, annotations: 'burnline.dev/events-of: all-services' }, SEARCH]],
  ])('is not where %s', (_, slos) => {
    expect(warningsOf(...slos)).toEqual([]);
  });

  it('is warned of where its condition on good events alone names it: the others count as bad', () => {
    const text = slo(CHAT).replace("status == 'ok'", "service == 'chat' && status == 'ok'");
    const { warnings } = loadSpecs([{ file: 'a.yaml', text: `${text}---${slo(SEARCH)}` }], {
      mode: 'tolerant',
    });
    expect(warnings.filter(isOfScope).map(({ path }) => path)).toEqual(['spec.service']);
  });
});
