import { parseExactRatio } from '@burnline/core';
import type { ChainLink } from '@burnline/queries';
import { describe, expect, it } from 'vitest';
import { inheritedText } from '../output/inherited-text.ts';
import { inheritedBy, type Inherited } from './inherited.ts';

const link = (provider: string, depth: number, over: Partial<ChainLink>): ChainLink => ({
  ...{ provider, depth, good: 0, total: 0, finalGood: 0, finalTotal: 0 },
  ...over,
});
const held = (target: string, links: readonly ChainLink[]): Inherited =>
  inheritedBy({ slo: 'chat-availability', target: parseExactRatio(target) }, links, { fromMs: 0, toMs: 1 });

/** 120,000 requests: 360 fail at the primary, all of them are asked again elsewhere, where 60 fail too. */
const CHAIN = [
  link('openai', 0, { good: 119_640, total: 120_000, finalGood: 119_640, finalTotal: 119_640 }),
  link('bedrock', 1, { good: 300, total: 360, finalGood: 300, finalTotal: 360 }),
];

describe('what a target inherits', () => {
  it('is said with exact counts where it promises more', () => {
    const one = held('0.9999', CHAIN);
    expect(one).toMatchObject({
      verdict: 'too-high',
      primary: { good: 119_640, total: 120_000 },
      seen: { good: 119_940, total: 120_000 },
    });
    // 0.3 % of requests fail at the primary, a sixth of them at the fallback.
    expect(one.independentRatio).toBeCloseTo(1 - 0.003 / 6, 12);
    expect(inheritedText(one)).toBe(
      'chat-availability promises 99.99 %; its providers gave 99.700 % at the first attempt (openai 99.700 % of 120,000 attempts, bedrock 83.333 % of 360 attempts); with fallbacks 99.950 % if each failed independently of the others; 99.950 % of 120,000 requests were good as callers saw them',
    );
  });

  it('is decided to the request', () => {
    expect(held('0.9995', CHAIN).verdict).toBe('held');
    const [primary, fallback] = CHAIN;
    const one = link('bedrock', 1, { ...fallback, good: 299, finalGood: 299 });
    expect(held('0.9995', [primary!, one]).verdict).toBe('too-high');
  });

  it('warns of luck: callers saw enough, and independent fallbacks would not give it', () => {
    // The fallback was hardly asked for, never failed then, and fails by itself half of the time.
    const links = [
      link('a', 0, { good: 99_000, total: 100_000, finalGood: 99_000, finalTotal: 99_000 }),
      link('b', 0, { good: 500, total: 1_000, finalGood: 500, finalTotal: 500 }),
      link('b', 1, { good: 1_500, total: 1_500, finalGood: 1_500, finalTotal: 1_500 }),
    ];
    const one = held('0.9999', links);
    expect(one.seen).toEqual({ good: 101_000, total: 101_000 });
    // (1,000 + 1,000 x 0.2) / 101,000 at the primaries, 500 of 2,500 at the fallback.
    expect(one.independentRatio).toBeCloseTo(1 - (1_200 / 101_000) * 0.2, 12);
    expect(one.verdict).toBe('too-high');
  });

  it('says nothing of few requests, and holds without a failure', () => {
    const few = link('a', 0, { good: 9_000, total: 9_999, finalGood: 9_000, finalTotal: 9_999 });
    expect(held('0.999', [few])).toMatchObject({ verdict: 'too-few', requestsNeeded: 10_000 });
    const fine = link('a', 0, { good: 10_000, total: 10_000, finalGood: 10_000, finalTotal: 10_000 });
    expect(held('0.999', [fine])).toMatchObject({ verdict: 'held', independentRatio: 1, depthCount: 1 });
    expect(inheritedText(held('0.999', [fine]))).not.toContain('with fallbacks');
  });
});
