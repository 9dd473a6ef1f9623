import { readFileSync } from 'node:fs';
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { BUNDLED_VERSION, loadBundledBook } from './bundled-book.ts';
import { costOf } from './price.ts';
import { STANDARD_TIER, type PriceBook } from './price-book.ts';
import { callOf, costBy } from './testing/asked.ts';

const PROVIDERS =
  'anthropic arcee avian aws azure baseten cerebras cloudflare cohere cursor deepseek doubleword fireworks github-copilot google groq minimax mistral modal moonshotai novita openai openrouter ovhcloud perplexity quicksilverpro together typesafe voyageai x-ai zai zhipuai'.split(
    ' ',
  );
const NAME = `genai-prices ${BUNDLED_VERSION}`;
const NANO = 1e9;

let book: PriceBook;
beforeAll(async () => {
  book = await loadBundledBook();
});

describe('the bundled book', () => {
  it('is the package that package.json pins, and says so', () => {
    const { dependencies } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { readonly dependencies: Readonly<Record<string, string>> };
    expect(dependencies['@pydantic/genai-prices']).toBe(BUNDLED_VERSION);
    expect(book.name).toBe(NAME);
  });

  // The examples of the package's own README, and one of a cached input.
  it.each([
    ['openai', 'gpt-3.5-turbo', { input_tokens: 1_000, output_tokens: 100 }, 650_000],
    [
      'anthropic',
      'claude-sonnet-4-20250514',
      { input_tokens: 4_740, cached_input_tokens: 0, cache_write_input_tokens: 4_735, output_tokens: 255 },
      21_596_250,
    ],
    ['openai', 'gpt-4o', { input_tokens: 4_740, cached_input_tokens: 4_000, output_tokens: 255 }, 9_400_000],
    ['openai', 'text-embedding-3-small', { input_tokens: 1_000, output_tokens: null }, 20_000],
  ] as const)('%s %s', (provider, model, tokens, nanoUsd) => {
    expect(costBy(book, { provider, model }, tokens)).toEqual([nanoUsd, NAME]);
  });

  it('comes to what the package itself does for each of its models, rounded to a nano-USD', () => {
    const random = fc.sample(
      fc.tuple(
        fc.nat({ max: 400_000 }),
        fc.nat({ max: 1_000 }),
        fc.nat({ max: 1_000 }),
        fc.nat({ max: 90_000 }),
      ),
      {
        numRuns: 2_000,
        seed: 7,
      },
    );
    let compared = 0;
    let differing = 0;
    const at = Date.UTC(2026, 10, 1, 2);
    for (const provider of PROVIDERS)
      for (const { id } of findProvider({ providerId: provider })!.models) {
        const [plain, cached, written, output] = random[compared % random.length]!;
        const { price } = book.find({ provider, model: id, tier: STANDARD_TIER, atMicros: at * 1_000 });
        if (typeof price === 'string') continue;
        const input = plain + cached + written;
        const answer = price.rates.output === null ? 0 : output;
        const theirs = calcPrice(
          {
            input_tokens: input,
            cache_read_tokens: cached,
            cache_write_tokens: written,
            output_tokens: answer,
          },
          id,
          { providerId: provider, timestamp: new Date(at) },
        );
        const ours = costOf(
          price,
          callOf({
            input_tokens: input,
            cached_input_tokens: cached,
            cache_write_input_tokens: written,
            output_tokens: answer,
          }),
        );
        if (price.rates.input === null) continue;
        compared += 1;
        // Theirs is a double: its last digit may turn a half the other way.
        expect(Math.abs(ours! - theirs!.total_price * NANO), `${provider} ${id}`).toBeLessThan(0.501);
        if (ours !== Math.round(theirs!.total_price * NANO)) differing += 1;
      }
    expect(compared).toBeGreaterThan(1_200);
    expect(differing).toBeLessThan(compared / 50);
  });

  it('knows prices by their time: the one that the package would take at any instant of the interval it names', () => {
    const models = [
      ['openai', 'o3'],
      ['deepseek', 'deepseek-chat'],
      ['deepseek', 'deepseek-v4-pro'],
      ['mistral', 'mistral-ocr-latest'],
      ['google', 'gemini-3.7-flash'],
      ['anthropic', 'claude-sonnet-4-6'],
      ['openai', 'gpt-4o'],
    ] as const;
    const tokens = { input_tokens: 250_000, output_tokens: 1_000 };
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 5, 1) }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ([provider, model], atMs, share) => {
          const asked = { provider, model, tier: STANDARD_TIER };
          const { price, fromMicros, untilMicros } = book.find({ ...asked, atMicros: atMs * 1_000 });
          const from = Math.max(fromMicros / 1_000, Date.UTC(2024, 0, 1));
          const until = Math.min(untilMicros / 1_000, Date.UTC(2028, 0, 1));
          expect(from).toBeLessThanOrEqual(atMs);
          expect(until).toBeGreaterThan(atMs);
          for (const at of [from, Math.floor(from + (until - 1 - from) * share), until - 1]) {
            const theirs = calcPrice(tokens, model, { providerId: provider, timestamp: new Date(at) });
            const ours = typeof price === 'string' ? null : costOf(price, callOf(tokens));
            expect(ours === null ? 0 : ours / NANO).toBeCloseTo(theirs!.total_price, 8);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says since when a price holds that was another one before', () => {
    const asked = { provider: 'openai', model: 'o3' };
    const tokens = { input_tokens: 1_000_000, output_tokens: 0 };
    const day = Date.UTC(2025, 5, 10) * 1_000;
    expect(costBy(book, { ...asked, atMicros: day - 1 }, tokens)).toEqual([10_000_000_000, NAME]);
    expect(costBy(book, { ...asked, atMicros: day }, tokens)).toEqual([2_000_000_000, `${NAME} @2025-06-10`]);
  });

  it.each([
    ['azure.ai.openai', 'gpt-4o'],
    ['aws.bedrock', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['gcp.vertex_ai', 'gemini-2.5-pro'],
    ['gcp.gemini', 'gemini-2.5-pro'],
    ['gcp.gen_ai', 'gemini-2.5-pro'],
    ['mistral_ai', 'mistral-large-latest'],
    ['x_ai', 'grok-4'],
    ['openai.responses', 'gpt-4o'],
    ['groq.chat', 'llama-3.3-70b-versatile'],
    ['', 'gpt-4o'],
  ])('finds what %j calls %s', (provider, model) => {
    const answer = costBy(book, { provider, model }, {});
    expect(answer, JSON.stringify(answer)).toEqual([expect.any(Number), expect.stringContaining(NAME)]);
  });

  it('has no price of what it does not know: a model, a provider, another tier, what is not paid by tokens', () => {
    expect(costBy(book, { model: 'gpt-of-ours' }, {})).toBe('model');
    expect(costBy(book, { provider: 'our-gateway', model: 'gpt-4o' }, {})).toBe('model');
    expect(costBy(book, { model: 'gpt-4o', tier: 'flex' }, {})).toBe('tier');
    expect(costBy(book, { model: 'whisper-1' }, {})).toBe('model');
  });
});
