import { setImmediate as tick } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { QuestionTurns } from './question-turns.ts';

/** Goal: never more at once than allowed, in order, alike ones once, and beyond the bound turned away. */
function held() {
  const open: (() => void)[] = [];
  let running = 0;
  let most = 0;
  let asked = 0;
  return {
    question: async (): Promise<number> => {
      running += 1;
      asked += 1;
      const own = asked;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => open.push(resolve));
      running -= 1;
      return own;
    },
    release: async (): Promise<void> => {
      open.shift()?.();
      await tick();
      await tick();
    },
    most: () => most,
    asked: () => asked,
  };
}

it('asks a few at once, the others in their order, and turns away what is too much', async () => {
  const turns = new QuestionTurns({ runningMax: 2, waitingMax: 2 });
  const work = held();
  const answers = ['a', 'b', 'c', 'd'].map((key) => turns.ask(key, work.question));
  await expect(turns.ask('e', work.question)).rejects.toMatchObject({
    code: 'CONSOLE_BUSY',
    outcome: 'retry',
  });
  for (let i = 0; i < 4; i++) await work.release();
  expect(await Promise.all(answers)).toEqual([1, 2, 3, 4]);
  expect(work.most()).toBe(2);
  const after = turns.ask('e', work.question);
  await work.release();
  expect(await after).toBe(5);
});

it('asks what is asked alike once, and anew when it is over or has failed', async () => {
  const turns = new QuestionTurns();
  const work = held();
  const both = [turns.ask('a', work.question), turns.ask('a', work.question)];
  await work.release();
  expect(await Promise.all(both)).toEqual([1, 1]);
  await expect(turns.ask('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const again = turns.ask('a', work.question);
  await work.release();
  expect(await again).toBe(2);
});
