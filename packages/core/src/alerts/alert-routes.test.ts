import fc from 'fast-check';
import { expect, it } from 'vitest';
import { routedTo, type AlertRoute } from './alert-routes.ts';
import { SEVERITIES } from './severity.ts';

/** Goal: an alert goes to every route that takes it, to the service's only where none of its tier does, and to nobody by chance. */
const route = (name: string, over: Partial<AlertRoute> = {}): AlertRoute => ({
  name,
  receivers: [name],
  labels: {},
  ...over,
});
const alert = { severity: 'SEV-2', labels: { tenant: 'acme', region: 'eu' } } as const;

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
  ['a receiver once', [route('a', { receivers: ['r'] }), route('b', { receivers: ['r'] })], [], ['r']],
])('%s', (_, ofTier, ofService, receivers) => {
  expect(routedTo({ routes: ofService }, { routes: ofTier }, alert)?.receivers ?? null).toEqual(receivers);
});

it('names nobody that no taking route names, and everybody that one of the tier does', () => {
  const text = fc.constantFrom('a', 'b', 'c');
  const labels = fc.dictionary(text, text, { maxKeys: 2 });
  const routes = fc.array(
    fc.record({
      name: text,
      receivers: fc.uniqueArray(text, { minLength: 1 }),
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
      const routed = routedTo({}, { routes: ofTier }, { severity, labels: own });
      expect(new Set(routed?.receivers ?? [])).toEqual(expected);
      expect(routed === null).toBe(taking.length === 0);
    }),
  );
});
