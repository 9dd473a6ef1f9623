import { describe, expect, it } from 'vitest';
import { KeptAnswers } from './kept-answers.ts';

describe('kept answers', () => {
  it('are read once for each owner and key', async () => {
    const kept = new KeptAnswers<number>(5);
    const [one, other] = [{}, {}];
    let reads = 0;
    const read = (): Promise<number> => Promise.resolve((reads += 1));
    expect(await Promise.all([kept.of(one, 'a', read), kept.of(one, 'a', read)])).toEqual([1, 1]);
    expect([await kept.of(one, 'b', read), await kept.of(other, 'a', read)]).toEqual([2, 3]);
    expect(await kept.of(one, 'a', read)).toBe(1);
  });

  it('are as many as there is room for, the oldest forgotten first', async () => {
    const kept = new KeptAnswers<string>(2);
    const owner = {};
    for (const key of ['a', 'b', 'c']) await kept.of(owner, key, () => Promise.resolve(`${key} first`));
    const again = (key: string): Promise<string> =>
      kept.of(owner, key, () => Promise.resolve(`${key} again`));
    expect([await again('b'), await again('c'), await again('a')]).toEqual(['b first', 'c first', 'a again']);
  });

  it('are read again where reading failed', async () => {
    const kept = new KeptAnswers<number>(2);
    const owner = {};
    await expect(kept.of(owner, 'a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await kept.of(owner, 'a', () => Promise.resolve(7))).toBe(7);
  });
});
