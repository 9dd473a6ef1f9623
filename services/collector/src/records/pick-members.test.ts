import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickMembers, type Shape } from './pick-members.ts';

const SHAPE = {
  a: 'scalar',
  there: 'presence',
  inner: { b: 'scalar', deep: { c: 'scalar' } },
  listed: [{ b: 'scalar' }],
} satisfies Shape;
const pick = (text: string): unknown => pickMembers(Buffer.from(text), SHAPE);

const isList = (wanted: Shape[string]): wanted is readonly [Shape] => Array.isArray(wanted);

/** What JSON.parse says of the same text. */
function parsed(text: string): unknown {
  const pickFrom = (value: unknown, shape: Shape): unknown =>
    Object.fromEntries(
      Object.entries(shape).flatMap(([name, wanted]): [string, unknown][] => {
        const has = Object.hasOwn(value as object, name);
        const member = has ? (value as Record<string, unknown>)[name] : undefined;
        const isNested = typeof member === 'object' && member !== null;
        if (member === undefined) return [];
        if (wanted === 'presence') return member === null ? [] : [[name, true]];
        if (wanted === 'scalar') return isNested ? [] : [[name, member]];
        if (isList(wanted)) {
          const listed = Array.isArray(member) ? (member as unknown[]) : [member];
          const objects = listed.filter(
            (one) => typeof one === 'object' && one !== null && !Array.isArray(one),
          );
          return isNested ? [[name, objects.map((one) => pickFrom(one, wanted[0]))]] : [];
        }
        return isNested && !Array.isArray(member) ? [[name, pickFrom(member, wanted)]] : [];
      }),
    );
  return pickFrom(JSON.parse(text), SHAPE);
}

const name = fc.oneof(
  fc.constantFrom('a', 'there', 'inner', 'b', 'deep', 'c', 'listed'),
  fc.string({ unit: 'binary' }),
);
const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(name, tie('value'), { maxKeys: 6 }),
}));
const object = fc.dictionary(name, value, { maxKeys: 8 });
const space = fc.constantFrom(0, 1, '\t', '\r\n  ');

describe('members of an object', () => {
  it('are those that JSON.parse finds, whatever stands beside them', () => {
    fc.assert(
      fc.property(object, space, (one, indent) => {
        const text = JSON.stringify(one, null, indent);
        expect(pick(text)).toEqual(parsed(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of an object that breaks off are not read', () => {
    fc.assert(
      fc.property(object, fc.nat(), (one, cut) => {
        const bytes = Buffer.from(JSON.stringify(one));
        const text = bytes.subarray(0, cut % bytes.length);
        expect(() => pickMembers(text, SHAPE)).toThrow();
      }),
    );
  });

  it.each([
    '{"a":1,}',
    '{"a" 1}',
    '{"a":}',
    '{a:1}',
    '{"a":1}x',
    '{"a":1}{',
    '{"a":tru}',
    '{"a":1 2}',
    '{"a":"x}',
    '{"z":[1}',
    '{,}',
    '',
    'x',
  ])('%s is refused', (text) => {
    expect(() => pick(text)).toThrow(SyntaxError);
  });

  it('null is nothing, and any other value is no record', () => {
    expect(pick(' null ')).toBeNull();
    for (const other of ['1', '[]', '"a"', 'true'])
      expect(() => pick(other)).toThrow(expect.objectContaining({ code: 'COLLECTOR_RECORD_INVALID' }));
  });

  it('are a thousand at most of an object that is read, and any number of one that is not', () => {
    const many = (count: number): string =>
      Array.from({ length: count }, (_, one) => `"k${one}":1`).join(',');
    expect(pick(`{${many(999)},"a":7,"inner":{"b":8}}`.replace('"k0":1,', ''))).toEqual({
      a: 7,
      inner: { b: 8 },
    });
    expect(pick(`{"a":7,"z":{${many(5_000)}}}`)).toEqual({ a: 7 });
    for (const text of [`{${many(1_001)}}`, `{"inner":{${many(1_001)}}}`])
      expect(() => pick(text)).toThrow(expect.objectContaining({ code: 'COLLECTOR_RECORD_INVALID' }));
  });

  it('are found behind a thousand levels and a megabyte', () => {
    const deep = `${'['.repeat(1_000)}${']'.repeat(1_000)}`;
    expect(pick(`{"messages":${deep},"z":"${'x'.repeat(1_000_000)}","a":7}`)).toEqual({ a: 7 });
  });
});
