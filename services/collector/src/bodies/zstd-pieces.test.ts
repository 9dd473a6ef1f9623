import { describe, expect, it } from 'vitest';
import { zstdPieces } from './zstd-pieces.ts';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
/** A header and a block that hold `text` as it is. */
const frame = (text: string): number[] => {
  const block = (text.length << 3) | 1;
  return [...MAGIC, 0x20, text.length, block & 0xff, block >> 8, 0, ...Buffer.from(text)];
};
const cut = (bytes: readonly number[]): readonly string[] =>
  [...zstdPieces(Uint8Array.from(bytes))].map(
    ({ isFrameStart, isFrameEnd }) => (isFrameStart ? 'start' : '') + (isFrameEnd ? 'end' : ''),
  );

describe('a body in zstd', () => {
  it('is cut into its frames; what may be skipped is skipped', () => {
    const skippable = [0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
    expect(cut([...frame('one'), ...skippable, ...frame('two')])).toEqual(['startend', 'startend']);
    expect(cut([])).toEqual([]);
  });

  it.each([
    ['no zstd', [1, 2, 3, 4, 5], 'as a frame does'],
    ['one that breaks off', frame('text').slice(0, -1), 'breaks off'],
    ['a skippable frame beyond its end', [0x50, 0x2a, 0x4d, 0x18, 200, 0, 0, 0], 'breaks off'],
    ['a window of 2 GB', [...MAGIC, 0x00, 0xa8, 1, 0, 0], 'window'],
    ['a content of 2^40 bytes', [...MAGIC, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0], 'window'],
    ['one that needs a dictionary', [...MAGIC, 0x21, 7, 1, 1, 0, 0], 'dictionary'],
    ['a block of no known type', [...MAGIC, 0x20, 1, 0x0f, 0, 0, 9], 'type'],
    ['a block of 2 MiB', [...MAGIC, 0x20, 1, 0xff, 0xff, 0xff], 'type'],
    ['a run of 2 MiB', [...MAGIC, 0x20, 1, 0xfb, 0xff, 0xff, 9], '128 KiB'],
  ])('%s is refused', (_, bytes, why) => {
    expect(() => cut(bytes)).toThrow(why);
  });

  it('of very many empty blocks is refused: each would cost a move of the window', () => {
    const blocks = Array.from({ length: 5_000 }, () => [0, 0, 0]).flat();
    expect(() => cut([...MAGIC, 0x00, 0x68, ...blocks, 1, 0, 0])).toThrow('blocks');
  });
});
