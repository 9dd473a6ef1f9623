import { STANDARD_TIER, type PriceAnswer, type PriceBook, type PriceQuestion } from './price-book.ts';
import type { OwnPrices, PriceEntry } from './read-own-prices.ts';

/** An entry with what decides between those that fit: the more of a name it says, the sooner it is meant. */
interface Candidate {
  readonly entry: PriceEntry;
  readonly fits: (model: string) => boolean;
  readonly rank: number;
}

/** Beyond any name's length. */
const EXACT_RANK = 10_000;

/**
 * Prices of an operator's file. Of the entries that fit a model and hold at the time, the one with its exact name goes
 * first, then the one with the longest pattern; of these the one that names the provider; of these the latest.
 */
export function ownBook({ entries }: OwnPrices, name: string): PriceBook {
  const candidates = entries
    .map(candidateOf)
    .sort((one, other) => other.rank - one.rank || later(one, other));
  return { name, find: (question) => find(candidates, name, question) };
}

function candidateOf(entry: PriceEntry): Candidate {
  const { model, provider } = entry;
  const isExact = !model.includes('*');
  const rank = (isExact ? EXACT_RANK : model.length) * 2 + (provider === null ? 0 : 1);
  return { entry, rank, fits: isExact ? (given) => given === model : globOf(model) };
}

const later = (one: Candidate, other: Candidate): number =>
  one.entry.validFromMicros === other.entry.validFromMicros
    ? 0
    : other.entry.validFromMicros > one.entry.validFromMicros
      ? 1
      : -1;

/** Without regular expressions: a pattern of many stars must not take its time. */
function globOf(pattern: string): (given: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop() ?? '';
  return (given) => {
    if (!given.startsWith(first) || given.length < first.length + last.length || !given.endsWith(last))
      return false;
    const end = given.length - last.length;
    let position = first.length;
    for (const part of rest) {
      const found = given.indexOf(part, position);
      if (found < 0 || found + part.length > end) return false;
      position = found + part.length;
    }
    return true;
  };
}

function find(
  candidates: readonly Candidate[],
  name: string,
  { provider, model, tier, atMicros }: PriceQuestion,
): PriceAnswer {
  const asked = provider.toLowerCase();
  const fitting = candidates.filter(
    ({ entry, fits }) => (entry.provider === null || entry.provider === asked) && fits(model),
  );
  const bounds = fitting.map(({ entry }) => entry.validFromMicros);
  const fromMicros = Math.max(-Infinity, ...bounds.filter((bound) => bound <= atMicros));
  const untilMicros = Math.min(Infinity, ...bounds.filter((bound) => bound > atMicros));
  const entry = fitting.find((one) => one.entry.validFromMicros <= atMicros)?.entry;
  if (entry === undefined) return { price: 'model', fromMicros, untilMicros };
  const rates = entry.tiers.get(tier);
  if (rates === undefined) return { price: 'tier', fromMicros, untilMicros };
  const version = [
    name,
    ...(entry.validFrom === '' ? [] : [`@${entry.validFrom}`]),
    ...(tier === STANDARD_TIER ? [] : [tier]),
  ].join(' ');
  return { price: { version, ...rates, request: entry.request }, fromMicros, untilMicros };
}
