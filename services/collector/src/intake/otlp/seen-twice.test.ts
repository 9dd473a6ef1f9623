import { describe, expect, it } from 'vitest';
import { UNSAID_CALL } from './call-kinds.ts';
import { seenTwice } from './seen-twice.ts';
import type { PlacedSpan } from './placed-span.ts';
import { STATUS_ERROR, type AttributeValue } from './span.ts';

const NOWHERE = { traceId: 'ab'.repeat(16), parentSpanId: '', name: '', kind: 3, events: [], links: [] };
const FAILED = { 'gen_ai.provider.name': 'anthropic', 'gen_ai.request.model': 'm' };

function callOf(
  index: number,
  scope: string,
  given: {
    readonly from: number;
    readonly to: number;
    readonly attributes: Readonly<Record<string, AttributeValue>>;
    readonly statusCode?: number;
    readonly service?: string;
  },
): PlacedSpan {
  const { from, to, attributes, statusCode = 0, service = 'chat' } = given;
  const span = {
    ...NOWHERE,
    spanId: String(index),
    startNanos: BigInt(from),
    endNanos: BigInt(to),
    statusCode,
    attributes: new Map(Object.entries(attributes)),
  };
  const resource = new Map([['service.name', service]]);
  return { index, span, scope: { name: scope, version: '' }, resource, role: UNSAID_CALL };
}
/** Indexes of those that another one stands for. */
function twice(...calls: readonly PlacedSpan[]): readonly number[] {
  const steps = seenTwice(calls);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return [...value].map(({ index }) => index).sort();
  }
}
const answered = (id: string): Readonly<Record<string, AttributeValue>> => ({ 'gen_ai.response.id': id });

describe('a call that two libraries saw beside each other', () => {
  it('is the inner one, whichever comes first', () => {
    const outer = callOf(0, 'library', { from: 1, to: 9, attributes: answered('a') });
    const inner = callOf(1, 'sdk', { from: 2, to: 10, attributes: answered('a') });
    expect(twice(outer, inner)).toEqual([0]);
    expect(twice(inner, outer)).toEqual([0]);
  });

  it('is known by its failure where it has no id', () => {
    const given = { attributes: FAILED, statusCode: STATUS_ERROR };
    const calls = [
      callOf(0, 'library', { from: 1, to: 9, ...given }),
      callOf(1, 'library', { from: 2, to: 9, ...given }),
      callOf(2, 'sdk', { from: 3, to: 8, ...given }),
      callOf(3, 'sdk', { from: 4, to: 8, ...given }),
    ];
    expect(twice(...calls)).toEqual([0, 1]);
  });

  it.each([
    ['of one library', 'library', { from: 2, to: 9, attributes: answered('a') }],
    ['of another answer', 'sdk', { from: 2, to: 9, attributes: answered('b') }],
    ['of another service', 'sdk', { from: 2, to: 9, attributes: answered('a'), service: 'search' }],
    ['of another time', 'sdk', { from: 10, to: 11, attributes: answered('a') }],
    ['that went well without an id', 'sdk', { from: 2, to: 9, attributes: FAILED }],
  ])('is not one %s', (_, scope, given) => {
    const first = callOf(0, 'library', { from: 1, to: 9, attributes: answered('a') });
    expect(twice(first, callOf(1, scope, given))).toEqual([]);
  });
});
