import { expect, it } from 'vitest';
import { mapInTurns } from './in-turns.ts';

it('gives what each becomes, in order, and lets others have their turn in between', async () => {
  let turns = 0;
  let isRunning = true;
  const count = (): void => {
    turns += 1;
    if (isRunning) setImmediate(count);
  };
  setImmediate(count);
  const found = await mapInTurns([1, 2, 3, 4, 5, 6], (number) => {
    const endMs = performance.now() + 10;
    while (performance.now() < endMs);
    return number * 2;
  });
  isRunning = false;
  expect(found).toEqual([2, 4, 6, 8, 10, 12]);
  expect(turns).toBeGreaterThanOrEqual(5);
});

it('rejects with what is thrown', async () => {
  const fail = (): never => {
    throw new RangeError('no');
  };
  await expect(mapInTurns([1], fail)).rejects.toThrow(RangeError);
});
