import { isAppError } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IntakeIssue } from './intake-issues.ts';
import { parseUniqueJson, textOfUtf8 } from './json-text.ts';

/** Where a text has a key twice; null: nowhere. */
function repeatIn(text: string): string | null {
  try {
    parseUniqueJson(text);
    return null;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return (error.details['issues'] as readonly IntakeIssue[])[0]!.path;
  }
}

describe('JSON', () => {
  it('without repeated keys is what JSON.parse gives, however it is written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseUniqueJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['[{"a":1},{"b":{"c":[1,{"d":1 , "d" : 2}]}}]', '[1].b.c[1].d'],
    ['{"a":{"\\u0061":1,"a":2}}', 'a.a'],
    ['{"x\\"y":1,"x\\"y":2}', 'x"y'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"attributes":{"team":"a","team":"b"}}', 'attributes.team'],
  ])('%s has a key twice', (text, path) => {
    expect(repeatIn(text)).toBe(path);
  });

  it.each([
    '{"a":"\\"a\\":1","b":"\\\\"}',
    '{"a":{"a":1},"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '"a:\\"b\\":"',
    '{}',
  ])('%s has not', (text) => {
    expect(repeatIn(text)).toBeNull();
  });

  it('that is none throws as JSON.parse does', () => {
    expect(() => parseUniqueJson('{"a":')).toThrow(SyntaxError);
  });

  it('is UTF-8 to the last byte', () => {
    expect(textOfUtf8(Buffer.from('{"a":"\u{1f600}"}'))).toBe('{"a":"\u{1f600}"}');
    for (const bytes of [[0xff], [0x22, 0xc3, 0x22], [0xed, 0xa0, 0x80]])
      expect(() => textOfUtf8(Uint8Array.from(bytes))).toThrow(/UTF-8/);
  });
});
