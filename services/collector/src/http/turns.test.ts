import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

const never = new AbortController().signal;

it('work takes turns: a short piece is done while a long one goes on, and so is everything else', async () => {
  const turns = new Turns();
  const order: string[] = [];
  let left = 40;
  const long = turns
    .run(() => {
      const endMs = performance.now() + 5;
      while (performance.now() < endMs);
      left -= 1;
      return left === 0;
    }, never)
    .then(() => order.push('long'));
  const short = turns.run(() => true, never).then(() => order.push('short'));
  const timer = new Promise<void>((resolve) =>
    setTimeout(() => {
      order.push('timer');
      resolve();
    }, 1),
  );
  await Promise.all([long, short, timer]);
  expect(order.at(-1)).toBe('long');
});

it('what a step throws, or a signal says, ends its own work alone', async () => {
  const turns = new Turns();
  const gone = new AbortController();
  const failing = turns.run(() => {
    throw new Error('broken');
  }, never);
  const aborted = turns.run(() => false, gone.signal);
  gone.abort(new Error('gone'));
  await expect(failing).rejects.toThrow('broken');
  await expect(aborted).rejects.toThrow('gone');
  await turns.run(() => true, never);
});

it('short pieces share a turn: what else the process does between two turns comes once for many of them', async () => {
  const turns = new Turns();
  let roundCount = 0;
  let isRunning = true;
  const count = (): void => {
    roundCount += 1;
    if (isRunning) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(Array.from({ length: 200 }, () => turns.run(() => true, never)));
  isRunning = false;
  expect(roundCount).toBeLessThan(100);
});
