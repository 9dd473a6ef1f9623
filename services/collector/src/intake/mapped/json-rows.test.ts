import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonColumns, jsonRows } from './json-rows.ts';

const rowsOf = (text: string, columns: readonly string[], records?: string): readonly (readonly string[])[] =>
  jsonRows(Buffer.from(text), jsonColumns(columns, records), 100)!.map(({ cells }) => cells);
const missingOf = (text: string, columns: readonly string[], records?: string): readonly unknown[] =>
  jsonRows(Buffer.from(text), jsonColumns(columns, records), 100)!.map(({ missing }) => missing);

describe('the cells of a record', () => {
  it('are what its members say, numbers as they are written', () => {
    const text = '{"a":"x\\u00fc","n":0.10,"e":1E3,"t":true,"z":null,"o":{"a":1},"l":[1]}';
    expect(rowsOf(text, ['a', 'n', 'e', 't', 'z', 'o', 'l', 'missing'])).toEqual([
      ['x\u00fc', '0.10', '1E3', 'true', '', '', '', ''],
    ]);
  });

  it('are pointed to, by escapes, by places in lists, and by the last', () => {
    const text = '{"a.b":{"c/d":{"e~f":7}},"l":[{"m":1},{"m":2},{"m":3}]}';
    expect(rowsOf(text, ['/a.b/c~1d/e~0f', '/l/0/m', '/l/1/m', '/l/-1/m', '/l/9/m'])).toEqual([
      ['7', '1', '2', '3', ''],
    ]);
  });

  it('are of each element of a list of lists, whatever stands before and behind it', () => {
    const text =
      '{"data":[{"results":[{"n":1},{"n":2}],"at":"x"},{"at":"y","results":[]},{"at":"z","results":{"n":3}}],"page":9}';
    expect(rowsOf(text, ['page', '/data/at', '/data/results/n'], '/data/results')).toEqual([
      ['9', 'x', '1'],
      ['9', 'x', '2'],
      ['9', 'z', '3'],
    ]);
    expect(rowsOf('{"page":9,"data":[]}', ['page'], '/data/results')).toEqual([]);
  });

  it.each([
    ['{"data":[]}', []],
    ['{"data":[{"results":[]}]}', []],
    ['{"data":[{"results":[{"n":1},{"m":1},{"n":null},null,7]}]}', [null, 'row', 'row', 'row', 'row']],
    ['{"page":9}', ['list']],
    ['{"page":9,"data":null}', ['list']],
    ['{"page":9,"data":[{"n":1},{"results":[{"n":1}]}]}', ['list', null]],
  ])('of %s say where nothing is found', (text, missing) => {
    expect(missingOf(text, ['page', '/data/results/n'], '/data/results')).toEqual(missing);
  });

  it('say so of a record that has no list', () => {
    expect(missingOf('{"b":1}', ['a'])).toEqual(['row']);
    expect(missingOf('{"l":[{},{}]}', ['page'], '/l')).toEqual([null, null]);
  });

  it.each(['{"a":1', '{"a":}', '{"a":tru}', '{"a":1}}', '[1', '{"a" 1}'])('are not read of %s', (text) => {
    expect(() => rowsOf(text, ['a'])).toThrow(SyntaxError);
  });

  it('are those of a parser, of any record', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const inner = fc.dictionary(fc.constantFrom('a', 'b', '', '/', '~'), scalar);
    const textOf = (value: unknown): string => {
      if (typeof value === 'string') return value;
      return value === null || typeof value === 'object' ? '' : JSON.stringify(value);
    };
    const record = fc.dictionary(
      fc.constantFrom('p', 'q', 'r'),
      fc.oneof(scalar, inner, fc.array(fc.oneof(scalar, inner), { maxLength: 4 })),
    );
    fc.assert(
      fc.property(record, fc.constantFrom(undefined, 1), (value, space) => {
        const got = rowsOf(JSON.stringify(value, null, space), ['p', '/q/a', '/q/~1', '/r/1', '/r/1/b']);
        const at = (...names: readonly string[]): string =>
          textOf(
            names.reduce<unknown>(
              (found, name) =>
                typeof found === 'object' && found !== null && Object.hasOwn(found, name)
                  ? (found as Record<string, unknown>)[name]
                  : null,
              value,
            ),
          );
        expect(got).toEqual([[at('p'), at('q', 'a'), at('q', '/'), at('r', '1'), at('r', '1', 'b')]]);
      }),
    );
  });

  it('are those of so many rows as may be', () => {
    const rows = (count: number) => {
      const text = `{"l":[${Array.from({ length: count }, () => '1').join(',')}]}`;
      return jsonRows(Buffer.from(text), jsonColumns(['/l'], '/l'), 3);
    };
    expect(rows(3)).toHaveLength(3);
    expect(rows(4)).toBeNull();
  });
});
