import { costOf, inOrder, openBooks, tierOf, type Price } from '@burnline/collector';
import { InvalidArgumentError } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from './command-context.ts';
import {
  PRICES_FILE_OPTION,
  PRICES_OPTION,
  parseInstant,
  priceSettings,
  type PriceBookName,
} from './options.ts';

interface PricesOptions {
  readonly provider: string;
  readonly tier?: string;
  readonly at?: number;
  readonly input: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
  readonly prices: PriceBookName;
  readonly pricesFile?: string;
}

/** Rates are 1e-24 USD a token. */
const USD_PER_MILLION = 10n ** 18n;
const NANO_PER_USD = 1_000_000_000n;

/** `burnline prices`: what the collector would take for a call. */
export function addPrices(context: CommandContext): void {
  context.program
    .command('prices')
    .description('show which price the collector takes for a model, and what a call costs by it')
    .argument('<model>', 'as events name it: the model that served, else the one that was asked for')
    .option('--provider <name>', 'as events name it; prices differ between providers of one model', '')
    .option('--tier <name>', 'tier of service: batch, flex, priority and the like')
    .option('--at <time>', 'when the call was complete (default: now)', parseInstant)
    .option('--input <tokens>', 'input tokens, cached and written ones included', parseTokens, 0)
    .option('--cached <tokens>', 'of these read from the cache', parseTokens, 0)
    .option('--cache-write <tokens>', 'of these written to the cache', parseTokens, 0)
    .option('--output <tokens>', 'output tokens, reasoning included', parseTokens, 0)
    .option('--reasoning <tokens>', 'of these spent on reasoning', parseTokens, 0)
    .addOption(PRICES_OPTION())
    .addOption(PRICES_FILE_OPTION())
    .addHelpText(
      'after',
      helpText('docs/intake.md says what a price file holds, and which events are priced.'),
    )
    .action((model: string, options: PricesOptions) =>
      context.run((output) => showPrices(model, options, output)),
    );
}

async function showPrices(model: string, options: PricesOptions, output: Output): Promise<number> {
  const books = await openBooks(priceSettings(options));
  const tier = tierOf(options.tier ?? null);
  const atMs = options.at ?? Date.now();
  const question = { provider: options.provider, model, tier, atMicros: atMs * 1_000 };
  const { price } = inOrder(books).find(question);
  const asked = { model, provider: options.provider, tier, at: new Date(atMs).toISOString() };
  if (typeof price === 'string') {
    output.json({ ...asked, price: null, reason: price, books: books.map(({ name }) => name) });
    const named = books.length === 0 ? 'no book' : books.map(({ name }) => name).join(' and ');
    const from = options.provider === '' ? '' : ` from ${options.provider}`;
    output.prose(
      price === 'tier'
        ? `${model}${from} is known, but not what its tier ${tier} costs (asked: ${named}): such events stay without a cost.`
        : `${model}${from} has no price at ${asked.at} (asked: ${named}): such events stay without a cost.`,
    );
    return EXIT.invalid;
  }
  const nanoUsd = costOf(price, {
    input_tokens: options.input,
    cached_input_tokens: options.cached,
    cache_write_input_tokens: options.cacheWrite,
    output_tokens: options.output,
    reasoning_tokens: options.reasoning,
  });
  const levels = levelsOf(price);
  output.json({ ...asked, version: price.version, usdPerMillionTokens: levels, cost_nano_usd: nanoUsd });
  output.line(`price   ${price.version}`);
  output.table(
    ['input tokens', 'input', 'cached', 'cache write', 'output', 'reasoning'],
    levels.map((level) => [
      level.aboveInputTokens === 0 ? 'any' : `above ${level.aboveInputTokens}`,
      ...[level.input, level.cachedInput, level.cacheWrite, level.output, level.reasoning].map(
        (rate) => rate ?? '-',
      ),
    ]),
  );
  output.line('USD per million tokens; -: as input, as output');
  if (options.input + options.output > 0)
    output.line(
      nanoUsd === null
        ? 'cost    unknown: the tokens do not fit the price'
        : `cost    ${decimal(BigInt(nanoUsd), NANO_PER_USD)} USD`,
    );
  return EXIT.ok;
}

type ShownRates = { readonly [Rate in keyof Price['rates']]: string | null };

function levelsOf({
  rates,
  contexts,
}: Price): readonly (ShownRates & { readonly aboveInputTokens: number })[] {
  const shown = (rate: bigint | null): string | null =>
    rate === null ? null : decimal(rate, USD_PER_MILLION);
  return [{ aboveInputTokens: 0, rates }, ...[...contexts].reverse()].map((level) => ({
    aboveInputTokens: level.aboveInputTokens,
    input: shown(level.rates.input),
    cachedInput: shown(level.rates.cachedInput),
    cacheWrite: shown(level.rates.cacheWrite),
    output: shown(level.rates.output),
    reasoning: shown(level.rates.reasoning),
  }));
}

/** Exact, without trailing zeros. */
function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return `${value / unit}${fraction === '' ? '' : `.${fraction}`}`;
}

function parseTokens(text: string): number {
  const tokens = Number(text);
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of tokens.');
  return tokens;
}
