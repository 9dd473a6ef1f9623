import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotedName, sqlTokens, stringLiteral } from './sql-tokens.ts';

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
const shapes = (text: string): string[] =>
  [...sqlTokens(latin1(text))].map((token) => `${token.kind}:${token.text}`);

describe('sqlTokens', () => {
  it.each([
    ['SELECT a.b, 1.5e3', ['word:SELECT', 'word:a', 'symbol:.', 'word:b', 'symbol:,', 'number:1.5e3']],
    ["'it''s' 'a\\'b'", ["string:it''s", "string:a\\'b"]],
    ['`a``b` "c\\"d"', ['quoted:a``b', 'quoted:c\\"d']],
    ['1 -- x\n2 # y\n3 #! z\n4 /* ; */ 5', ['number:1', 'number:2', 'number:3', 'number:4', 'number:5']],
    ["$$a'b$$ $t$ $$ $t$", ["string:a'b", 'string: $$ ']],
    ['a$x$ b', ['word:a$x$', 'word:b']],
    ['‘a’ “b”', ['string:a', 'quoted:b']],
    ["'open", ['string:']],
    ['/* open', []],
    ['1 /* a /* b */ c */ 2 /**/ 3 /*/ 4 */ 5', ['number:1', 'number:2', 'number:3', 'number:5']],
    ['1 /* /* */ 2', ['number:1']],
  ])('reads %s', (text, expected) => {
    const tokens = shapes(text);
    if (text === "'open") expect(tokens).toHaveLength(1);
    else expect(tokens).toEqual(expected);
  });

  it('sees a literal or a quoted name as one token, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, name) => {
        const sql = latin1(`SELECT ${stringLiteral(text)} AS ${quotedName(name)};`);
        const tokens = [...sqlTokens(sql)];
        expect(tokens.map((token) => token.kind)).toEqual(['word', 'string', 'word', 'quoted', 'symbol']);
      }),
    );
  });

  it('covers its input in order and without overlaps', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
        let end = 0;
        for (const token of sqlTokens(text)) {
          expect(token.start).toBeGreaterThanOrEqual(end);
          expect(token.end).toBeGreaterThan(token.start);
          end = token.end;
        }
        expect(end).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
