import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordScanner, type RecordPiece } from './record-scanner.ts';

const LIMITS = { bytesMax: 1024 * 1024, valuesMax: 4_000, depthMax: 16 };

function scan(body: string): { readonly pieces: readonly RecordPiece[]; readonly texts: readonly string[] } {
  const bytes = Buffer.from(body);
  const scanner = new RecordScanner(bytes, LIMITS);
  const pieces: RecordPiece[] = [];
  let stepCount = 0;
  for (let piece = scanner.next(); piece !== null; piece = scanner.next()) {
    if (piece !== 'more') pieces.push(piece);
    stepCount += 1;
    if (stepCount > 4 * body.length + 16) throw new Error('does not come to an end');
  }
  return { pieces, texts: pieces.map(({ start, end }) => bytes.toString('utf8', start, end)) };
}

const faultsOf = (body: string): readonly RecordPiece['fault'][] =>
  scan(body).pieces.map(({ fault }) => fault);

/** As it is once written: JSON has no negative zero. */
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const gap = fc.constantFrom('', ' ', '\n', '\r\n', '\t', '  \n ');

describe('a body is cut into the records that it holds', () => {
  it('as an array, whatever stands between them', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 8 }), gap, gap, (values, before, after) => {
        const body = `${before}[${after}${values.map((value) => JSON.stringify(value) + before).join(`,${after}`)}]${after}`;
        const { pieces, texts } = scan(body);
        expect(pieces.every(({ fault }) => fault === null)).toBe(true);
        expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(values);
      }),
    );
  });

  it('as one per line', () => {
    const objects = fc.array(fc.dictionary(fc.string(), json, { maxKeys: 4 }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(objects, fc.constantFrom('\n', '\r\n', '\n\n', ' \n\t'), (values, between) => {
        const { texts } = scan(values.map((value) => JSON.stringify(value)).join(between) + between);
        expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(values);
      }),
    );
  });

  it('as one over several lines', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json, { maxKeys: 4 }), gap, (value, after) => {
        const { texts } = scan(JSON.stringify(value, null, 2) + after);
        expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([value]);
      }),
    );
  });

  it('and whatever it is, it comes to an end, and no byte is in two records', () => {
    const bytes = fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '1', '\n', ' ', 'a'));
    fc.assert(
      fc.property(bytes, (parts) => {
        const { pieces } = scan(parts.join(''));
        for (const [index, { start, end }] of pieces.entries()) {
          expect(start).toBeLessThanOrEqual(end);
          expect(start).toBeGreaterThanOrEqual(pieces[index - 1]?.end ?? 0);
        }
      }),
    );
  });
});

describe('a fault stays with its record', () => {
  it.each([
    ['[{"a":1},{"a":', [null, 'not_closed']],
    ['[{"a":"x},{"a":1}]', ['not_closed']],
    ['[{"a":1}] {"a":2}', [null, 'not_json']],
    ['[1}', ['not_json']],
    ['[', ['not_closed']],
  ])('%j', (body, faults) => {
    expect(faultsOf(body)).toEqual(faults);
  });

  it('a broken line leaves the lines behind it whole', () => {
    expect(scan('{"a":\n{"a":2}\n{"a":3').texts).toEqual(['{"a":', '{"a":2}', '{"a":3']);
  });

  it('one that is too large or too deep is not parsed, and those beside it are', () => {
    const large = JSON.stringify({ a: 'x'.repeat(1024 * 1024) });
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, key) => [key, 0])));
    const deep = '['.repeat(17) + ']'.repeat(17);
    expect(faultsOf(`[{}, ${large}, ${many}, ${deep}, {}]`)).toEqual([
      null,
      'too_large',
      'too_large',
      'too_deep',
      null,
    ]);
  });
});

it('a mark of byte order at the beginning is no part of a record', () => {
  expect(scan('\ufeff{"a":1}').texts).toEqual(['{"a":1}']);
});
