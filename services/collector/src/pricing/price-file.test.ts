import { readFile } from 'node:fs/promises';
import { isAppError } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { parsePriceFile, readPriceFile } from './price-file.ts';
import { callOf, costBy } from './testing/asked.ts';

const OWN = `
version: 2026-11 contract
prices:
  - provider: openai
    model: gpt-4o
    usdPerMillionTokens: { input: 5, output: 15 }
  - provider: openai
    model: gpt-4o
    validFrom: 2026-06-01
    usdPerMillionTokens: { input: "2.50", cachedInput: 1.25, output: "10.00" }
    tiers:
      batch: { multiplier: 0.5 }
      priority: { usdPerMillionTokens: { input: "4.25", output: "17" } }
  - model: gpt-4o*
    usdPerMillionTokens: { input: 1, output: 1 }
  - model: "*"
    provider: vLLM
    usdPerMillionTokens: { input: 0, output: 0 }
    usdPerRequest: "0.0001"
  - model: claude-*-long
    usdPerMillionTokens: { input: 3, output: 15 }
    contexts:
      - { aboveInputTokens: 500000, multiplier: 4 }
      - { aboveInputTokens: 200000, usdPerMillionTokens: { input: 6, output: "22.5" } }
`;

describe("an operator's file", () => {
  const book = parsePriceFile(OWN, '/etc/burnline/prices.yaml');
  const version = 'prices.yaml 2026-11 contract';
  const june = Date.UTC(2026, 5, 1) * 1_000;

  it('prices by the entry that is valid at the time of the event, to the microsecond', () => {
    const model = 'gpt-4o';
    expect(costBy(book, { model, atMicros: june - 1 }, {})).toEqual([6_500_000, version]);
    expect(costBy(book, { model, atMicros: june }, {})).toEqual([3_500_000, `${version} @2026-06-01`]);
    const asked = { provider: 'openai', model, tier: 'standard' };
    expect(book.find({ ...asked, atMicros: 0 })).toMatchObject({ fromMicros: -Infinity, untilMicros: june });
    expect(book.find({ ...asked, atMicros: june })).toMatchObject({
      fromMicros: june,
      untilMicros: Infinity,
    });
  });

  it('has rates of its own, or a multiplier, for a tier, and no price for one that it does not name', () => {
    const asked = { model: 'gpt-4o', atMicros: june };
    const tokens = { input_tokens: 1_000, cached_input_tokens: 400, output_tokens: 100 };
    expect(costBy(book, asked, tokens)).toEqual([3_000_000, `${version} @2026-06-01`]);
    expect(costBy(book, { ...asked, tier: 'batch' }, tokens)).toEqual([
      1_500_000,
      `${version} @2026-06-01 batch`,
    ]);
    expect(costBy(book, { ...asked, tier: 'priority' }, tokens)).toEqual([
      5_950_000,
      `${version} @2026-06-01 priority`,
    ]);
    expect(costBy(book, { ...asked, tier: 'flex' }, tokens)).toBe('tier');
  });

  it('takes the exact name before the longest pattern, and that before shorter ones', () => {
    expect(costBy(book, { model: 'gpt-4o-mini' }, {})).toEqual([1_100_000, 'prices.yaml 2026-11 contract']);
    expect(costBy(book, { provider: 'azure', model: 'gpt-4o' }, {})).toEqual([1_100_000, version]);
    expect(costBy(book, { provider: 'vllm', model: 'llama' }, {})).toEqual([100_000, version]);
    expect(costBy(book, { provider: 'other', model: 'llama' }, {})).toBe('model');
    expect(costBy(book, { model: 'claude-long' }, {})).toBe('model');
  });

  it.each([
    [200_000, 600_000_000],
    [200_001, 1_200_006_000],
    [500_000, 3_000_000_000],
    [500_001, 6_000_012_000],
  ])('prices %i input tokens by the highest threshold that they are above', (input, nanoUsd) => {
    const tokens = { input_tokens: input, output_tokens: 0 };
    expect(costBy(book, { model: 'claude-4-long' }, tokens)).toEqual([nanoUsd, version]);
  });

  it('as docs/intake.md shows it holds what the page says', async () => {
    const page = await readFile(new URL('../../../../docs/intake.md', import.meta.url), 'utf8');
    const [, shown = ''] = /### A price file\n.*?```yaml\n(.*?)```/s.exec(page) ?? [];
    const documented = parsePriceFile(shown, 'prices.yaml');
    const day = Date.UTC(2024, 9, 2) * 1_000;
    const model = 'gpt-4o-2024-08-06';
    expect(costBy(documented, { model, atMicros: day - 1 }, {})).toEqual([6_500_000, 'prices.yaml 2026-11']);
    expect(costBy(documented, { model, atMicros: day, tier: 'batch' }, {})).toEqual([
      1_850_000,
      'prices.yaml 2026-11 @2024-10-02 batch',
    ]);
    expect(costBy(documented, { model: 'claude-sonnet-4-5' }, { input_tokens: 200_001 })[0]).toBe(
      1_202_256_000,
    );
  });

  it('that names no version is known by its content', () => {
    const without = OWN.replace(/version: .*\n/, '');
    const [, one] = costBy(parsePriceFile(without, 'p.yaml'), { model: 'gpt-4o-mini' }, {});
    const [, other] = costBy(parsePriceFile(`${without}\n# changed`, 'p.yaml'), { model: 'gpt-4o-mini' }, {});
    expect(one).toMatch(/^p\.yaml [0-9a-f]{8}$/);
    expect(other).toMatch(/^p\.yaml [0-9a-f]{8}$/);
    expect(one).not.toBe(other);
  });
});

describe("LiteLLM's file", () => {
  const text = readFile(new URL('testing/litellm-prices.json', import.meta.url), 'utf8');
  const bookOf = async () => parsePriceFile(await text, 'model_prices_and_context_window.json');

  it.each([
    [
      'openai',
      'gpt-4o',
      'standard',
      { input_tokens: 1_000, cached_input_tokens: 400, output_tokens: 100 },
      3_000_000,
    ],
    ['openai', 'gpt-4o', 'batch', { input_tokens: 1_000, output_tokens: 100 }, 1_750_000],
    ['azure.ai.openai', 'gpt-4o', 'standard', { input_tokens: 1_000, output_tokens: 100 }, 3_500_000],
    ['openai', 'o3', 'flex', { input_tokens: 1_000, cached_input_tokens: 1_000, output_tokens: 0 }, 250_000],
    [
      'anthropic',
      'claude-sonnet-4-5',
      'standard',
      { input_tokens: 4_740, cache_write_input_tokens: 4_735, output_tokens: 255 },
      21_596_250,
    ],
    ['gcp.gemini', 'gemini-2.5-pro', 'standard', { input_tokens: 200_000, output_tokens: 0 }, 250_000_000],
    ['gcp.gemini', 'gemini-2.5-pro', 'standard', { input_tokens: 200_001, output_tokens: 0 }, 500_002_500],
    ['gcp.gemini', 'gemini-2.5-pro', 'priority', { input_tokens: 200_001, output_tokens: 10 }, 900_274_500],
    ['vertex_ai', 'gemini-2.5-pro', 'standard', { input_tokens: 1_000, output_tokens: 0 }, 1_250_000],
    ['dashscope', 'qwen-flash', 'standard', { input_tokens: 256_000, output_tokens: 10 }, 12_804_000],
    ['dashscope', 'qwen-flash', 'standard', { input_tokens: 256_001, output_tokens: 10 }, 64_020_250],
    [
      'dashscope',
      'qwen-plus-2025-04-28',
      'standard',
      { input_tokens: 0, output_tokens: 100, reasoning_tokens: 60 },
      288_000,
    ],
    ['openai', 'text-embedding-3-small', 'standard', { input_tokens: 1_000, output_tokens: 0 }, 20_000],
    [
      'aws.bedrock',
      'us.writer.palmyra-x4-v1:0',
      'standard',
      { input_tokens: 1_000, output_tokens: 0 },
      2_500_000,
    ],
  ] as const)('%s %s %s %j', async (provider, model, tier, tokens, nanoUsd) => {
    const answer = costBy(await bookOf(), { provider, model, tier }, tokens);
    expect(answer).toEqual([nanoUsd, expect.stringMatching(/^litellm [0-9a-f]{8} /)]);
  });

  it.each([
    ['openai', 'gpt-4o', 'flex', 'tier'],
    ['anthropic', 'gpt-4o', 'standard', 'model'],
    ['azure', 'gpt-realtime-whisper-2026-05-06', 'standard', 'model'],
    ['', 'sample_spec', 'standard', 'model'],
  ])('%s %s %s has no price: %s', async (provider, model, tier, why) => {
    expect(costBy(await bookOf(), { provider, model, tier }, {})).toBe(why);
  });

  it('gives no price above a threshold that its tier does not name', () => {
    const book = parsePriceFile(
      '{"m":{"litellm_provider":"openai","input_cost_per_token":1e-6,"output_cost_per_token":1e-6,"input_cost_per_token_above_128k_tokens":2e-6,"input_cost_per_token_flex":5e-7}}',
      'l.json',
    );
    const costAt = (input: number) =>
      costBy(book, { tier: 'flex' }, { ...callOf(), input_tokens: input, output_tokens: 0 })[0];
    expect([costAt(128_000), costAt(128_001)]).toEqual([64_000_000, null]);
  });

  it('names what is wrong in it', () => {
    expect(() =>
      parsePriceFile('{"m":{"litellm_provider":"openai","input_cost_per_token":"1e-6"}}', 'l.json'),
    ).toThrow(
      'l.json cannot be used for prices:\n  m.input_cost_per_token: expected USD as a number from 0, found "1e-6"',
    );
  });
});

/** Each with what its author is told. */
const MISTAKES = {
  'no file of prices': 'gpt-4o: 5',
  'no YAML': 'prices: [',
  'a key twice': 'prices: []\nprices: []',
  'a list of nothing': 'prices: []',
  'keys that are misspelt': `prices:
  - model: m
    provder: openai
    usdPerMillionTokens: { inptu: 1, input: 1, output: 2 }`,
  'rates that are no decimals': `prices:
  - model: m
    usdPerMillionTokens: { input: free, output: -1, cachedInput: 0.0000000000001, reasoning: 2000000 }
    usdPerRequest: 1 cent`,
  'no rates': `prices:
  - model: m
  - usdPerMillionTokens: { cachedInput: 1 }`,
  'times that there are not': `prices:
  - { model: a, validFrom: 2026-02-30, usdPerMillionTokens: { input: 1 } }
  - { model: b, validFrom: 2026-02-28 12:00, usdPerMillionTokens: { input: 1 } }
  - { model: c, validFrom: 20260228, usdPerMillionTokens: { input: 1 } }`,
  'the same model twice': `prices:
  - { model: a, validFrom: 2026-02-01, usdPerMillionTokens: { input: 1 } }
  - { model: a, validFrom: 2026-02-01T00:00Z, usdPerMillionTokens: { input: 2 } }`,
  'tiers and contexts that say nothing or two things': `prices:
  - model: m
    usdPerMillionTokens: { input: 1, output: 1 }
    tiers:
      default: { multiplier: 1 }
      batch: { multiplier: half }
      flex: { multiplier: 0.5, usdPerMillionTokens: { input: 1 } }
      priority: 2
    contexts:
      - { aboveInputTokens: 200k, multiplier: 2 }
      - { aboveInputTokens: 1000 }
      - { aboveInputTokens: 1000, multiplier: 2, usdPerMillionTokens: { input: 1 } }`,
};

it('tells of every mistake where it is, what was found and what would be right', async () => {
  const told = Object.entries(MISTAKES).map(([name, text]) => {
    try {
      parsePriceFile(text, 'prices.yaml');
      return `# ${name}\nnothing`;
    } catch (error) {
      if (!isAppError(error)) throw error;
      return `# ${name}\n${error.code}: ${error.message}`;
    }
  });
  await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('testing/price-mistakes.txt');
});

it('says that a file is not there', async () => {
  await expect(readPriceFile('/nowhere/prices.yaml')).rejects.toMatchObject({
    code: 'COLLECTOR_PRICES_INVALID',
    message: expect.stringContaining('/nowhere/prices.yaml cannot be read') as string,
  });
});
