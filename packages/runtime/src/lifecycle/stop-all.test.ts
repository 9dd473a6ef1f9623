import { describe, expect, it } from 'vitest';
import { orStop, stopAll } from './stop-all.ts';

function recorded() {
  const done: string[] = [];
  const step = (name: string, error?: Error) => () => {
    done.push(name);
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  };
  return { done, step };
}

describe('stopping', () => {
  it('takes every step, and tells the first error', async () => {
    const { done, step } = recorded();
    const stopping = stopAll(step('a'), step('b', new Error('b')), step('c', new Error('c')), step('d'));
    await expect(stopping).rejects.toThrow('b');
    expect(done).toEqual(['a', 'b', 'c', 'd']);
  });

  it('follows a start that failed, whose error is the one that counts', async () => {
    const { done, step } = recorded();
    const failed = orStop(() => Promise.reject(new Error('start')), step('a', new Error('a')), step('b'));
    await expect(failed).rejects.toThrow('start');
    expect(done).toEqual(['a', 'b']);
  });

  it('does not follow a start that succeeded', async () => {
    const { done, step } = recorded();
    expect(await orStop(() => Promise.resolve(7), step('a'))).toBe(7);
    expect(done).toEqual([]);
  });
});
