import { describe, expect, it } from 'vitest';
import { CostTally, ProviderLabels, type CostMetrics } from './cost-tally.ts';
import { parsePriceFile } from './price-file.ts';
import { inOrder, type PriceBook, type PriceQuestion } from './price-book.ts';
import { Pricer, additionOf } from './pricer.ts';
import { callOf } from './testing/asked.ts';

const book = parsePriceFile(
  JSON.stringify({
    version: '1',
    prices: [{ model: 'gpt-4o', usdPerMillionTokens: { input: 2, output: 8 } }],
  }),
  'p.json',
);
const priced = { kind: 'computed', nanoUsd: 2_800_000, version: 'p.json 1' };

/** A book with a count of its questions, whose prices change every hour. */
function counting(): PriceBook & { asked: number } {
  const hour = 3_600_000_000;
  return {
    name: 'counting',
    asked: 0,
    find(question: PriceQuestion) {
      this.asked += 1;
      const fromMicros = Math.floor(question.atMicros / hour) * hour;
      return { ...book.find({ ...question, model: 'gpt-4o' }), fromMicros, untilMicros: fromMicros + hour };
    },
  };
}

describe('pricing', () => {
  const pricer = new Pricer(book);

  it.each([
    ['a call', {}, priced],
    [
      'the model that served, before the one that was asked for',
      { model_requested: 'alias', model_served: 'gpt-4o' },
      priced,
    ],
    [
      'one whose attempt failed, its tokens being known',
      { output_tokens: 0 },
      { ...priced, nanoUsd: 2_000_000 },
    ],
    ["a provider's word for its usual tier", { service_tier: 'Default' }, priced],
    [
      'an answer from a response cache',
      { response_cache_hit: true },
      { kind: 'computed', nanoUsd: 0, version: 'response cache' },
    ],
    [
      'what came from a cache and says nothing of tokens',
      { response_cache_hit: true, input_tokens: null, output_tokens: null },
      'tokens',
    ],
    ['no tokens', { input_tokens: null, output_tokens: null }, 'tokens'],
    ['no tokens but zeros', { input_tokens: 0, output_tokens: 0 }, 'tokens'],
    ['a model that served and has no price, whatever was asked for', { model_served: 'other' }, 'price'],
    ['no model', { model_requested: 'unknown' }, 'model'],
    ['a tier that has no price', { service_tier: 'flex' }, 'tier'],
    ['half of the tokens', { output_tokens: null }, 'incomplete'],
    ['parts that are more than their whole', { cached_input_tokens: 1_001 }, 'incomplete'],
    ['what may be several calls', { trust: 'aggregate' }, 'aggregate'],
  ] as const)('%s', (_, over, wanted) => {
    expect(pricer.price(callOf(over))).toEqual(
      typeof wanted === 'string' ? { kind: 'unknown', reason: wanted } : wanted,
    );
  });

  it('adds a cost where there is none, the computed one beside a reported one, and nothing to what was computed before', () => {
    expect(additionOf(callOf(), pricer.price(callOf()))).toEqual({
      kind: 'cost',
      nanoUsd: 2_800_000,
      version: 'p.json 1',
    });
    const reported = callOf({ cost_nano_usd: 5, cost_source: 'reported' });
    expect(additionOf(reported, pricer.price(reported))).toEqual({ kind: 'beside', nanoUsd: 2_800_000 });
    const computed = callOf({ cost_nano_usd: 5, cost_source: 'computed' });
    expect(additionOf(computed, pricer.price(computed))).toBeNull();
    const unknown = callOf({ model_requested: 'other' });
    expect(additionOf(unknown, pricer.price(unknown))).toBeNull();
  });

  it('asks the book once for a model and the time that its price holds', () => {
    const asked = counting();
    const remembering = new Pricer(asked);
    const { occurred_at: at } = callOf();
    for (let index = 0; index < 10; index += 1) remembering.price(callOf({ occurred_at: at + index }));
    expect(asked.asked).toBe(1);
    remembering.price(callOf({ occurred_at: at + 3_600_000_000 }));
    remembering.price(callOf({ occurred_at: at }));
    expect(asked.asked).toBe(2);
    remembering.price(callOf({ provider: 'azure' }));
    expect(asked.asked).toBe(3);
  });

  it('answers alike when more models and times come than it remembers', () => {
    const asked = counting();
    const remembering = new Pricer(asked);
    for (let index = 0; index < 10_000; index += 1) {
      const hours = (index % 20) * 3_600_000_000;
      const facts = callOf({ model_requested: `m${index}`, occurred_at: callOf().occurred_at + hours });
      expect(remembering.price(facts)).toEqual(priced);
      expect(remembering.price(callOf({ occurred_at: callOf().occurred_at + hours }))).toEqual(priced);
    }
  });

  it('goes by the first book that knows the model, and by the next where it does not', () => {
    const other = parsePriceFile(
      JSON.stringify({
        version: '2',
        prices: [
          { model: 'gpt-4o', usdPerMillionTokens: { input: 100 } },
          {
            model: 'other',
            usdPerMillionTokens: { input: 1, output: 1 },
            tiers: { flex: { multiplier: 0.5 } },
          },
        ],
      }),
      'q.json',
    );
    const both = new Pricer(inOrder([book, other]));
    expect(both.price(callOf())).toEqual(priced);
    expect(both.price(callOf({ model_requested: 'other' }))).toMatchObject({
      nanoUsd: 1_100_000,
      version: 'q.json 2',
    });
    // The operator's file knows the model: what it does not say of a tier, nobody does.
    expect(both.price(callOf({ service_tier: 'flex' }))).toEqual({ kind: 'unknown', reason: 'tier' });
  });
});

it('a request counts what became of its costs, and compares those that were reported, under a bounded number of names', () => {
  const told: string[] = [];
  const sums = new Map<string, object>();
  const metrics: CostMetrics = {
    costed: (source, reason, count) => told.push([source, reason, count].join(' ')),
    costCompared: (provider, compared) => sums.set(provider, compared),
  };
  const labels = new ProviderLabels();
  const tally = new CostTally(new Pricer(book), labels);
  for (let index = 0; index < 40; index += 1)
    tally.additionTo(callOf({ provider: `p${index}`, cost_nano_usd: 3_000_000, cost_source: 'reported' }));
  tally.additionTo(callOf());
  tally.additionTo(callOf({ cost_nano_usd: 1, cost_source: 'computed' }));
  tally.additionTo(callOf({ model_requested: 'other' }));
  tally.additionTo(callOf({ model_requested: 'other', cost_nano_usd: 7, cost_source: 'reported' }));
  tally.tell(metrics);
  expect(told.sort()).toEqual(['computed  1', 'computed sender 1', 'reported  41', 'unknown price 1']);
  expect(sums.size).toBe(33);
  expect(sums.get('p0')).toEqual({ events: 1, reportedNanoUsd: 3_000_000, computedNanoUsd: 2_800_000 });
  expect(sums.get('__other__')).toEqual({
    events: 8,
    reportedNanoUsd: 24_000_000,
    computedNanoUsd: 22_400_000,
  });
});
