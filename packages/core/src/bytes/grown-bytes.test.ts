import { expect, it } from 'vitest';
import { grownBytes } from './grown-bytes.ts';

it('keeps what was used, and doubles unless more is needed or less is allowed', () => {
  const full = Uint8Array.from([1, 2, 3, 4]);
  const grown = grownBytes(full, { usedBytes: 3, neededBytes: 5 });
  expect([...grown]).toEqual([1, 2, 3, 0, 0, 0, 0, 0]);
  expect(grown.buffer.byteLength).toBe(8);
  expect(grownBytes(full, { usedBytes: 4, neededBytes: 100 }).length).toBe(100);
  expect(grownBytes(full, { usedBytes: 4, neededBytes: 5, bytesMax: 6 }).length).toBe(6);
});
