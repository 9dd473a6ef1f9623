import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AlertRoute } from './alert-route.ts';
import { environmentOf, routedTo } from './alert-routes.ts';
import { SEVERITIES } from './severities.ts';

/** Goal: an alert goes to every route that takes it, to the service's only where none of its tier does, and to nobody by chance. */
const field = (name: string) => ({ kind: 'field', name, type: 'string', nullable: false }) as const;
const text = (value: string) => ({ kind: 'literal', type: 'string', value }) as const;
const is = (name: string, value: string) =>
  ({ kind: 'compare', operator: '==', left: field(name), right: text(value) }) as const;
const route = (name: string, over: Partial<AlertRoute> = {}): AlertRoute => ({
  name,
  receivers: [name],
  labels: {},
  ...over,
});
const alert = { severity: 'SEV-2', labels: { tenant: 'acme', region: 'eu' }, environment: 'prod' } as const;

it.each([
  ['no route at all', [], [], null],
  ['routes of the tier before those of the service', [route('a')], [route('s')], ['a']],
  ['all routes of the tier that take it', [route('a'), route('b')], [], ['a', 'b']],
  [
    'the service where no route of the tier takes it',
    [route('a', { severities: ['SEV-1'] })],
    [route('s')],
    ['s'],
  ],
  ['a severity', [route('a', { severities: ['SEV-1', 'SEV-2'] })], [], ['a']],
  ['labels, all of them', [route('a', { labels: { tenant: 'acme', region: 'us' } })], [], null],
  ['labels among others', [route('a', { labels: { tenant: 'acme' } })], [], ['a']],
  ['labels that the series does not have', [route('a', { labels: { model: 'x' } })], [], null],
  ['its environment', [route('a', { environments: ['staging', 'prod'] })], [], ['a']],
  ['no other environment', [route('a', { environments: ['staging'] })], [route('s')], ['s']],
  ['a receiver once', [route('a', { receivers: ['r'] }), route('b', { receivers: ['r'] })], [], ['r']],
])('%s', (_, ofTier, ofService, receivers) => {
  expect(routedTo({ routes: ofService }, { routes: ofTier }, alert)?.receivers ?? null).toEqual(receivers);
});

it.each([
  ['its group value', null, { environment: 'prod' }, 'prod'],
  [
    'what its scope asks for',
    { kind: 'and', left: is('service', 'chat'), right: is('environment', 'prod') },
    {},
    'prod',
  ],
  [
    'the only one of a list',
    { kind: 'in', operand: field('environment'), values: [text('prod')] },
    {},
    'prod',
  ],
  [
    'none of several',
    { kind: 'in', operand: field('environment'), values: [text('a'), text('b')] },
    {},
    null,
  ],
  ['none of what may be', { kind: 'or', left: is('environment', 'a'), right: is('service', 'b') }, {}, null],
  ['none of what it is not', { kind: 'not', operand: is('environment', 'a') }, {}, null],
  ['none where nothing says so', null, { tenant: 'acme' }, null],
] as const)('the environment of an alert is %s', (_, scope, labels, environment) => {
  expect(environmentOf({ scope }, labels)).toBe(environment);
  const routed = routedTo(
    {},
    { routes: [route('a', { environments: ['prod'] })] },
    { ...alert, labels, environment },
  );
  expect(routed?.receivers ?? null).toEqual(environment === null ? null : ['a']);
});

it('names nobody that no taking route names, and everybody that one of the tier does', () => {
  const words = fc.constantFrom('a', 'b', 'c');
  const labels = fc.dictionary(words, words, { maxKeys: 2 });
  const routes = fc.array(
    fc.record({
      name: words,
      receivers: fc.uniqueArray(words, { minLength: 1 }),
      severities: fc.uniqueArray(fc.constantFrom(...SEVERITIES), { minLength: 1 }),
      labels,
    }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(routes, fc.constantFrom(...SEVERITIES), labels, (ofTier, severity, own) => {
      const taking = ofTier.filter(
        (one) =>
          one.severities.includes(severity) &&
          Object.keys(one.labels).every((name) => one.labels[name] === own[name]),
      );
      const expected = new Set(taking.flatMap(({ receivers }) => receivers));
      const routed = routedTo({}, { routes: ofTier }, { severity, labels: own, environment: null });
      expect(new Set(routed?.receivers ?? [])).toEqual(expected);
      expect(routed === null).toBe(taking.length === 0);
    }),
  );
});
