import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePriceFile } from './price-file.ts';
import { costBy } from './testing/asked.ts';

/** A decimal number as a fraction, read by hand: the oracle shares nothing with what it checks. */
function fractionOf(text: string): { readonly over: bigint; readonly under: bigint } {
  const [whole = '0', decimals = ''] = text.split('.');
  return { over: BigInt(whole + decimals), under: 10n ** BigInt(decimals.length) };
}

interface Rates {
  readonly input: string;
  readonly cachedInput?: string;
  readonly cacheWrite?: string;
  readonly output: string;
  readonly reasoning?: string;
}

/** One token after the other, as fractions of a USD over one denominator; rounded once, halves up. */
function naiveNanoUsd(
  rates: Rates,
  tokens: { input: number; cached: number; written: number; output: number; reasoning: number },
  { multiplier, fee }: { readonly multiplier: string; readonly fee: string },
): number {
  const under = 10n ** 40n;
  const usdOf = (text: string, times: bigint, per: bigint): bigint => {
    const { over, under: own } = fractionOf(text);
    return (over * times * under) / (own * per);
  };
  const parts: readonly (readonly [number, string])[] = [
    [tokens.input - tokens.cached - tokens.written, rates.input],
    [tokens.cached, rates.cachedInput ?? rates.input],
    [tokens.written, rates.cacheWrite ?? rates.input],
    [tokens.output - tokens.reasoning, rates.output],
    [tokens.reasoning, rates.reasoning ?? rates.output],
  ];
  const { over, under: own } = fractionOf(multiplier);
  const sum =
    usdOf(fee, 1n, 1n) +
    parts.reduce((all, [count, rate]) => all + (usdOf(rate, BigInt(count), 1_000_000n) * over) / own, 0n);
  const nano = (sum * 1_000_000_000n * 2n + under) / (under * 2n);
  return Number(nano);
}

const longDecimal = fc
  .tuple(fc.nat({ max: 2_000 }), fc.stringMatching(/^\d{0,12}$/))
  .map(([whole, decimals]) => (decimals === '' ? String(whole) : `${whole}.${decimals}`));
/** As price lists have them, of few decimals; and of as many as may be. */
const usual = fc
  .nat({ max: 200_000 })
  .map((cents) => `${Math.floor(cents / 1_000)}.${String(cents % 1_000).padStart(3, '0')}`);
const decimal = fc.oneof(usual, longDecimal);
const rates: fc.Arbitrary<Rates> = fc.record(
  { input: decimal, cachedInput: decimal, cacheWrite: decimal, output: decimal, reasoning: decimal },
  { requiredKeys: ['input', 'output'] },
);
const multiplier = fc
  .tuple(fc.nat({ max: 3 }), fc.stringMatching(/^\d{1,6}$/))
  .map(([whole, decimals]) => `${whole}.${decimals}`);
const count = fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 2_000_000 }));

describe('a cost', () => {
  it('is that of a naive computation in fractions, to the last nano-USD, whatever the tier and the length of the context', () => {
    fc.assert(
      fc.property(
        fc.record({
          rates,
          tierRates: rates,
          longRates: rates,
          batch: multiplier,
          long: multiplier,
          fee: fc.oneof(fc.constant('0'), decimal),
        }),
        fc.record({ plain: count, cached: count, written: count, answer: count, reasoning: count }),
        fc.constantFrom('standard', 'batch', 'priority'),
        fc.nat({ max: 3_000_000 }),
        (given, counts, tier, threshold) => {
          const above = threshold + 1;
          const book = parsePriceFile(
            JSON.stringify({
              prices: [
                {
                  model: 'm',
                  usdPerMillionTokens: given.rates,
                  usdPerRequest: given.fee,
                  contexts: [{ aboveInputTokens: above, usdPerMillionTokens: given.longRates }],
                  tiers: {
                    batch: { multiplier: given.batch },
                    priority: {
                      usdPerMillionTokens: given.tierRates,
                      contexts: [{ aboveInputTokens: above, multiplier: given.long }],
                    },
                  },
                },
              ],
            }),
            'p.json',
          );
          const tokens = {
            input: counts.plain + counts.cached + counts.written,
            cached: counts.cached,
            written: counts.written,
            output: counts.answer + counts.reasoning,
            reasoning: counts.reasoning,
          };
          const isLong = tokens.input > above;
          const own = isLong ? given.longRates : given.rates;
          const wanted = {
            standard: () => naiveNanoUsd(own, tokens, { multiplier: '1', fee: given.fee }),
            batch: () => naiveNanoUsd(own, tokens, { multiplier: given.batch, fee: given.fee }),
            priority: () =>
              naiveNanoUsd(given.tierRates, tokens, {
                multiplier: isLong ? given.long : '1',
                fee: given.fee,
              }),
          }[tier]();
          const [cost] = costBy(
            book,
            { tier },
            {
              input_tokens: tokens.input,
              cached_input_tokens: tokens.cached,
              cache_write_input_tokens: tokens.written,
              output_tokens: tokens.output,
              reasoning_tokens: tokens.reasoning,
            },
          );
          expect(cost).toBe(wanted);
        },
      ),
      { numRuns: 500 },
    );
  });

  const book = parsePriceFile(
    JSON.stringify({
      version: 'v1',
      prices: [
        { model: 'm', usdPerMillionTokens: { input: '2.50', cachedInput: '1.25', output: '10.00' } },
        { model: 'embed', usdPerMillionTokens: { input: '0.02' } },
        { model: 'dear', usdPerMillionTokens: { input: '1000000', output: '1000000' } },
        { model: 'half', usdPerMillionTokens: { input: '0.0005' } },
      ],
    }),
    '/etc/burnline/prices.json',
  );

  it.each([
    ['input and output', 'm', { input_tokens: 1_000, output_tokens: 100 }, 3_500_000],
    [
      'cached ones are a part of the input',
      'm',
      { input_tokens: 4_740, cached_input_tokens: 4_000, output_tokens: 255 },
      9_400_000,
    ],
    [
      'reasoning is a part of the output',
      'm',
      { input_tokens: 0, output_tokens: 100, reasoning_tokens: 90 },
      1_000_000,
    ],
    [
      'written ones cost as input where no rate is named',
      'm',
      { input_tokens: 10, cache_write_input_tokens: 10, output_tokens: 0 },
      25_000,
    ],
    ['an output that the price asks for and nobody reported', 'm', { output_tokens: null }, null],
    ['an input that nobody reported', 'm', { input_tokens: null }, null],
    [
      'no output where none is charged',
      'embed',
      { input_tokens: 1_000_000, output_tokens: null },
      20_000_000,
    ],
    ['an output that has no rate', 'embed', { input_tokens: 1_000_000, output_tokens: 1 }, null],
    ['parts that are more than the whole', 'm', { input_tokens: 10, cached_input_tokens: 11 }, null],
    [
      'parts that are together more than the whole',
      'm',
      { input_tokens: 10, cached_input_tokens: 6, cache_write_input_tokens: 5 },
      null,
    ],
    ['more than an event can say', 'dear', { input_tokens: 1_000_000_000 }, null],
    ['half a nano-USD, up', 'half', { input_tokens: 1, output_tokens: null }, 1],
    ['less than half, down', 'half', { input_tokens: 0, output_tokens: null }, 0],
  ] as const)('%s', (_, model, tokens, nanoUsd) => {
    expect(costBy(book, { model }, tokens)).toEqual([nanoUsd, 'prices.json v1']);
  });
});
