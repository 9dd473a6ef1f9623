import { isRecord } from './is-record.ts';
import { scaled } from './decimal.ts';
import { RATE_PLACES, type ContextRates, type TokenRates } from './price.ts';
import { STANDARD_TIER, tierOf } from './price-book.ts';
import type { Path, PriceIssues } from './price-issues.ts';
import { USD_EXPECTED, multiplied, readMultiplier, readRates, readUsd } from './read-rates.ts';

/** The rates of one tier, with those of long contexts; the highest threshold first. */
interface TierRates {
  readonly rates: TokenRates;
  readonly contexts: readonly ContextRates[];
}

/** One entry of an operator's file. */
export interface PriceEntry {
  /** Null: of any provider. */
  readonly provider: string | null;
  /** With `*` for any characters. */
  readonly model: string;
  /** Epoch microseconds; -Infinity: at all times before the next one. */
  readonly validFromMicros: number;
  /** As it was written; empty: at all times. */
  readonly validFrom: string;
  /** Fee of a call, 1e-24 USD. */
  readonly request: bigint;
  /** `standard` is always there. */
  readonly tiers: ReadonlyMap<string, TierRates>;
}

export interface OwnPrices {
  /** Null: the file does not say. */
  readonly version: string | null;
  readonly entries: readonly PriceEntry[];
}

const FILE_KEYS = ['version', 'prices'];
const TIER_KEYS = ['usdPerMillionTokens', 'contexts'];
const ENTRY_KEYS = ['provider', 'model', 'validFrom', ...TIER_KEYS, 'usdPerRequest', 'tiers'];

/** More models than anybody prices by hand. */
const ENTRIES_MAX = 10_000;
/** Of tiers of an entry, and of thresholds of a tier. */
const PARTS_MAX = 16;
const NAME_CHARS_MAX = 256;
const VERSION_CHARS_MAX = 40;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Reads an operator's document. What is wrong goes to `issues`, and what is given back is then of no use. */
export function readOwnPrices(document: unknown, issues: PriceIssues): OwnPrices {
  if (!isRecord(document)) {
    issues.add([], 'a map with `prices`', document);
    return { version: null, entries: [] };
  }
  issues.refuseOthers([], document, FILE_KEYS);
  const { version = null, prices } = document;
  if (version !== null && !isText(version, VERSION_CHARS_MAX))
    issues.add(['version'], `a text of 1 to ${VERSION_CHARS_MAX} characters, in quotes`, version);
  if (!Array.isArray(prices) || prices.length === 0 || prices.length > ENTRIES_MAX) {
    issues.add(['prices'], `a list of 1 to ${ENTRIES_MAX} prices`, prices ?? null);
    return { version: null, entries: [] };
  }
  const entries = prices.flatMap((entry: unknown, index): readonly PriceEntry[] => {
    const read = readEntry(entry, ['prices', index], issues);
    return read === null ? [] : [read];
  });
  refuseRepeats(entries, issues);
  return { version: typeof version === 'string' ? version : null, entries };
}

function refuseRepeats(entries: readonly PriceEntry[], issues: PriceIssues): void {
  if (!issues.isEmpty) return;
  const seen = new Map<string, number>();
  entries.forEach(({ provider, model, validFromMicros }, index) => {
    const key = JSON.stringify([provider, model, String(validFromMicros)]);
    const before = seen.get(key);
    if (before !== undefined)
      issues.add(
        ['prices', index],
        `another validFrom than prices[${before}] has, of the same model`,
        undefined,
      );
    seen.set(key, index);
  });
}

function readEntry(entry: unknown, path: Path, issues: PriceIssues): PriceEntry | null {
  if (!isRecord(entry)) {
    issues.add(path, 'a map with `model` and `usdPerMillionTokens`', entry);
    return null;
  }
  issues.refuseOthers(path, entry, ENTRY_KEYS);
  const { provider = null, model, validFrom = '', usdPerRequest = '0' } = entry;
  if (provider !== null && !isText(provider, NAME_CHARS_MAX))
    issues.add([...path, 'provider'], 'the name of a provider, as events have it', provider);
  if (!isText(model, NAME_CHARS_MAX))
    issues.add([...path, 'model'], 'the name of a model; `*` stands for any characters', model ?? null);
  const validFromMicros = readTime(validFrom);
  if (validFromMicros === null)
    issues.add(
      [...path, 'validFrom'],
      'a day (2026-01-31, from midnight UTC) or a time with a zone',
      validFrom,
    );
  const standard = readTier(entry, path, issues);
  const fee = readUsd(usdPerRequest);
  if (fee === null) issues.add([...path, 'usdPerRequest'], USD_EXPECTED, usdPerRequest);
  const tiers = readTiers(entry['tiers'], { standard, path: [...path, 'tiers'], issues });
  return {
    provider: typeof provider === 'string' ? provider.toLowerCase() : null,
    model: typeof model === 'string' ? model : '',
    validFromMicros: validFromMicros ?? 0,
    validFrom: typeof validFrom === 'string' ? validFrom : '',
    request: fee === null ? 0n : scaled(fee, RATE_PLACES).value,
    tiers: new Map([[STANDARD_TIER, standard], ...tiers]),
  };
}

function readTiers(
  tiers: unknown,
  {
    standard,
    path,
    issues,
  }: { readonly standard: TierRates; readonly path: Path; readonly issues: PriceIssues },
): readonly (readonly [string, TierRates])[] {
  if (tiers === undefined) return [];
  if (!isRecord(tiers) || Object.keys(tiers).length > PARTS_MAX) {
    issues.add(path, `a map of at most ${PARTS_MAX} tiers, such as batch, flex, priority`, tiers);
    return [];
  }
  return Object.entries(tiers).flatMap(([name, tier]): readonly (readonly [string, TierRates])[] => {
    const at = [...path, name];
    if (tierOf(name) === STANDARD_TIER)
      issues.add(at, 'no tier of that name: it is what stands beside `tiers`', undefined);
    if (!isRecord(tier)) {
      issues.add(at, 'a map with `multiplier` or `usdPerMillionTokens`', tier);
      return [];
    }
    if (!('multiplier' in tier)) {
      issues.refuseOthers(at, tier, TIER_KEYS);
      return [[tierOf(name), readTier(tier, at, issues)]];
    }
    if (TIER_KEYS.some((key) => key in tier))
      issues.add(at, 'either `multiplier` or rates of its own', undefined);
    else issues.refuseOthers(at, tier, ['multiplier']);
    const multiplier = readMultiplier(tier['multiplier'], [...at, 'multiplier'], issues);
    return [
      [
        tierOf(name),
        {
          rates: multiplied(standard.rates, multiplier),
          contexts: standard.contexts.map(({ aboveInputTokens, rates }) => ({
            aboveInputTokens,
            rates: multiplied(rates, multiplier),
          })),
        },
      ],
    ];
  });
}

function readTier(tier: Readonly<Record<string, unknown>>, path: Path, issues: PriceIssues): TierRates {
  const rates = readRates(tier['usdPerMillionTokens'], [...path, 'usdPerMillionTokens'], issues);
  const { contexts = [] } = tier;
  const at = [...path, 'contexts'];
  if (!Array.isArray(contexts) || contexts.length > PARTS_MAX) {
    issues.add(at, `a list of at most ${PARTS_MAX} thresholds`, contexts);
    return { rates, contexts: [] };
  }
  const read = contexts.map((context: unknown, index) =>
    readContext(context, { rates, path: [...at, index], issues }),
  );
  if (new Set(read.map(({ aboveInputTokens }) => aboveInputTokens)).size < read.length)
    issues.add(at, 'each threshold once', undefined);
  return { rates, contexts: read.sort((one, other) => other.aboveInputTokens - one.aboveInputTokens) };
}

function readContext(
  context: unknown,
  { rates, path, issues }: { readonly rates: TokenRates; readonly path: Path; readonly issues: PriceIssues },
): ContextRates {
  if (!isRecord(context)) {
    issues.add(path, 'a map with `aboveInputTokens`, and `multiplier` or `usdPerMillionTokens`', context);
    return { aboveInputTokens: 0, rates };
  }
  const { aboveInputTokens, multiplier, usdPerMillionTokens } = context;
  issues.refuseOthers(path, context, ['aboveInputTokens', 'multiplier', 'usdPerMillionTokens']);
  const isCount =
    typeof aboveInputTokens === 'number' && Number.isSafeInteger(aboveInputTokens) && aboveInputTokens > 0;
  if (!isCount)
    issues.add([...path, 'aboveInputTokens'], 'a whole number of tokens from 1', aboveInputTokens ?? null);
  if ((multiplier === undefined) === (usdPerMillionTokens === undefined)) {
    issues.add(path, 'either `multiplier` or `usdPerMillionTokens`', undefined);
    return { aboveInputTokens: isCount ? aboveInputTokens : 0, rates };
  }
  return {
    aboveInputTokens: isCount ? aboveInputTokens : 0,
    rates:
      multiplier === undefined
        ? readRates(usdPerMillionTokens, [...path, 'usdPerMillionTokens'], issues)
        : multiplied(rates, readMultiplier(multiplier, [...path, 'multiplier'], issues)),
  };
}

function readTime(value: unknown): number | null {
  if (value === '') return -Infinity;
  if (typeof value !== 'string') return null;
  const isDay = DATE.test(value);
  if (!isDay && !INSTANT.test(value)) return null;
  const ms = Date.parse(value);
  // A day that no month has would pass as one of the next.
  if (Number.isNaN(ms) || (isDay && !new Date(ms).toISOString().startsWith(value))) return null;
  return ms * 1_000;
}

function isText(value: unknown, charsMax: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= charsMax;
}
