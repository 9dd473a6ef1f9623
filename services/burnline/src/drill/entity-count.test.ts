import type { Envelope } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { EntityCount } from './entity-count.ts';

const ENVELOPE: Envelope = {
  kind: 'envelope',
  entity: ['task_id'],
  per: 'life',
  consumed: ['cost_nano_usd'],
  expected: null,
  operator: '<=',
  limit: { numerator: 100, denominator: 1 },
};

/** Whether it is beyond after each event. */
function statesOf(envelope: Partial<Envelope>, events: readonly object[]): readonly boolean[] {
  const count = new EntityCount({ ...ENVELOPE, ...envelope });
  return events.map((event) => {
    count.add(event as Record<string, unknown>);
    return count.isBeyond;
  });
}

const twice = { numerator: 2, denominator: 1 };
const tenth = { numerator: 1, denominator: 10 };

describe('an entity', () => {
  it.each<[string, Partial<Envelope>, readonly object[], readonly boolean[]]>([
    [
      'its ceiling',
      {},
      [{ cost_nano_usd: 60 }, { cost_nano_usd: 40 }, { cost_nano_usd: 1 }],
      [false, false, true],
    ],
    ['below its ceiling', { operator: '<' }, [{ cost_nano_usd: 60 }, { cost_nano_usd: 40 }], [false, true]],
    ['steps', { consumed: [], limit: twice }, [{}, {}, {}], [false, false, true]],
    [
      'two fields',
      { consumed: ['input_tokens', 'output_tokens'] },
      [
        { input_tokens: 50, output_tokens: 50 },
        { input_tokens: 0, output_tokens: 1 },
      ],
      [false, true],
    ],
    [
      'what is known of it, where something is not',
      {},
      [{ cost_nano_usd: null }, { cost_nano_usd: 101 }],
      [false, true],
    ],
    [
      'the mean of what its events expect of all of it',
      { expected: { sum: 'measures.planned', of: 'entity' }, limit: twice },
      [
        { cost_nano_usd: 50 },
        { cost_nano_usd: 50, measures: { planned: 40 } },
        { cost_nano_usd: 50, measures: { planned: 80 } },
      ],
      [false, true, true],
    ],
    [
      'what each event expects of itself, once all have said it',
      { expected: { sum: 'input_tokens', of: 'event' }, limit: twice },
      [
        { cost_nano_usd: 21, input_tokens: 10 },
        { cost_nano_usd: 10, input_tokens: 10 },
        { cost_nano_usd: 99 },
      ],
      [true, false, false],
    ],
    [
      'books that differ to either side',
      { expected: { sum: 'measures.booked', of: 'event', isBelieved: true }, limit: tenth },
      [
        { cost_nano_usd: 10, measures: { booked: 10 } },
        { cost_nano_usd: 0, measures: { booked: 10 } },
        { cost_nano_usd: null, measures: { booked: 10 } },
      ],
      [false, true, false],
    ],
  ])('is held against %s', (_, envelope, events, states) => {
    expect(statesOf(envelope, events)).toEqual(states);
  });
});
