import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluatePredicate } from '../predicates/evaluate-predicate.ts';
import type { PredicateNode } from '../predicates/predicate-node.ts';
import { DERIVED_FIELDS, derivedField, valueReader } from './derived-fields.ts';
import { REFUSERS, STATUSES } from './words.ts';

const records = fc.record({
  model_served: fc.constantFrom('', 'a', 'b'),
  model_requested: fc.constantFrom('a', 'b'),
  status: fc.constantFrom(...STATUSES),
  refused_by: fc.constantFrom(...REFUSERS),
});

describe('a derived field', () => {
  it('is the same to who reads it and to a predicate', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(...DERIVED_FIELDS), (record, { name, node }) => {
        const value = valueReader(name)(record);
        const isIt: PredicateNode = {
          kind: 'compare',
          operator: '==',
          left: node,
          right: { kind: 'literal', type: 'string', value: String(value) },
        };
        expect(evaluatePredicate(isIt, record)).toBe(true);
      }),
    );
  });

  it('names its values, where they are few', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(derivedField('outcome')!.symbols).toContain(valueReader('outcome')(record));
      }),
    );
  });

  it.each([
    ['ok', 'none', 'ok'],
    ['cancelled', 'none', 'cancelled'],
    ['rate_limited', 'none', 'error'],
    ['rate_limited', 'provider', 'error'],
    ['rate_limited', 'gateway', 'refused'],
    ['rate_limited', 'budget', 'refused'],
    ['content_filtered', 'guardrail', 'refused'],
    ['timeout', 'none', 'error'],
  ])('tells how %s, refused by %s, came out: %s', (status, refused_by, outcome) => {
    expect(valueReader('outcome')({ status, refused_by })).toBe(outcome);
  });
});
