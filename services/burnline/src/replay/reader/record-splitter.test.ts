import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECORD_BYTES_MAX, RecordSplitter, type RecordBlock } from './record-splitter.ts';

const QUOTE = 0x22;

function split(bytes: Buffer, options: { chunkBytes: number; quote: number | null }): RecordBlock[] {
  const splitter = new RecordSplitter({ file: 'data.csv', quote: options.quote });
  const blocks: RecordBlock[] = [];
  for (let at = 0; at < bytes.length; at += options.chunkBytes) {
    blocks.push(splitter.push(bytes.subarray(at, at + options.chunkBytes)));
  }
  return [...blocks, splitter.end()];
}

function recordsOf(text: string, options: { chunkBytes: number; quote: number | null }) {
  const bytes = Buffer.from(text);
  return split(bytes, options).flatMap(({ spans }) =>
    spans.map(({ ordinal, line, offset, length }) => ({
      ordinal,
      line,
      text: bytes.subarray(offset, offset + length).toString(),
    })),
  );
}

describe('RecordSplitter', () => {
  const text = '\ufeffa,b\r\n1,"x\r\ny ""z"""\r\n\r\n\n2,é\n3,4';
  const expected = [
    { ordinal: 1, line: 1, text: 'a,b' },
    { ordinal: 2, line: 2, text: '1,"x\r\ny ""z"""' },
    { ordinal: 3, line: 6, text: '2,é' },
    { ordinal: 4, line: 7, text: '3,4' },
  ];

  test('CRLF, a byte order mark, quoted line ends, blank lines and a missing last line end are all one', () => {
    expect(recordsOf(text, { chunkBytes: 1000, quote: QUOTE })).toEqual(expected);
  });

  test('where the chunks are cut does not matter, not even within a character', () => {
    for (let chunkBytes = 1; chunkBytes < 40; chunkBytes += 1) {
      expect(recordsOf(text, { chunkBytes, quote: QUOTE }), String(chunkBytes)).toEqual(expected);
    }
  });

  test('lines come back as they were joined (300 random texts)', () => {
    const line = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 12 })
      .filter((one) => !/[\n\r\0]/.test(one));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 64 }), (lines, chunkBytes) => {
        fc.pre(!(lines[0] ?? '').startsWith('\ufeff'));
        const records = recordsOf(lines.join('\n'), { chunkBytes, quote: null });
        expect(records.map((record) => record.text)).toEqual(lines);
        expect(records.map((record) => record.line)).toEqual(lines.map((_, index) => index + 1));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test('bytes that are no UTF-8 are refused with their place', () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0xc3, 0x28]), Buffer.from('\n')]);
    expect(() => split(bytes, { chunkBytes: 1000, quote: QUOTE })).toThrow('byte 7 and');
    const wide = Buffer.from('a,b\n1,2\n', 'utf16le');
    expect(() => split(wide, { chunkBytes: 1000, quote: QUOTE })).toThrow('is not UTF-8 text');
  });

  test('a quote that is never closed is found by the size of its row', () => {
    const bytes = Buffer.from(`a,b\n1,"x\n${'2,3\n'.repeat(RECORD_BYTES_MAX / 4 + 1)}`);
    expect(() => split(bytes, { chunkBytes: 65_536, quote: QUOTE })).toThrow(
      'line 2: the row that begins here',
    );
  });
});
