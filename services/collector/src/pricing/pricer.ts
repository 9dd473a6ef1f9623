import type { CostAddition, CostFacts } from '@burnline/contracts';
import { costOf } from './price.ts';
import { tierOf, type PriceAnswer, type PriceBook, type PriceQuestion } from './price-book.ts';

/**
 * Why an event's cost stays unknown; the labels of a metric. `aggregate`: it may hold several calls. `model`: the event
 * names none. `tokens`: it has no counts. `price`: no book knows the model at that time. `tier`: its book knows no price of
 * that tier. `incomplete`: the price asks for counts that the event lacks, or names no rate for those that it has.
 */
type UnknownReason = 'aggregate' | 'model' | 'tokens' | 'price' | 'tier' | 'incomplete';

/** What became of an event's cost. */
export type Pricing =
  | { readonly kind: 'computed'; readonly nanoUsd: number; readonly version: string }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason };

/** A question that was asked, by what it says beside the model and the time. */
interface Asked {
  readonly provider: string;
  readonly tier: string;
  readonly answers: PriceAnswer[];
}

/** Names that senders may make up: what is kept of them is bounded, and given up as a whole when it is full. */
const QUESTIONS_MAX = 4_096;
/** Of one model: few providers have it, at few tiers. */
const ASKED_MAX = 64;
/** Of one question: prices of the day and the night, of this month and of the last one. */
const INTERVALS_MAX = 8;

/** An answer that was given from a response cache cost nothing: no model ran. */
const CACHED_ANSWER: Pricing = { kind: 'computed', nanoUsd: 0, version: 'response cache' };
/** Senders' word for a model that nobody named. */
const UNNAMED = 'unknown';

const unknown = (reason: UnknownReason): Pricing => ({ kind: 'unknown', reason });

/** Prices events by a book, and remembers its answers. */
export class Pricer {
  readonly book: PriceBook;
  /** By the model. */
  readonly #asked = new Map<string, Asked[]>();
  #askedCount = 0;

  constructor(book: PriceBook) {
    this.book = book;
  }

  /** What an event's tokens cost at its own time, whatever was reported. */
  price(facts: CostFacts): Pricing {
    const { model_served: served, model_requested: requested, provider, service_tier: serviceTier } = facts;
    if (facts.trust !== 'leaf') return unknown('aggregate');
    if ((facts.input_tokens ?? 0) + (facts.output_tokens ?? 0) === 0) return unknown('tokens');
    if (facts.response_cache_hit) return CACHED_ANSWER;
    const model = served === '' ? requested : served;
    if (model === '' || model === UNNAMED) return unknown('model');
    const question = { provider, model, tier: tierOf(serviceTier), atMicros: facts.occurred_at };
    const { price } = this.#answerTo(question);
    if (price === 'model') return unknown('price');
    if (price === 'tier') return unknown('tier');
    const nanoUsd = costOf(price, facts);
    return nanoUsd === null ? unknown('incomplete') : { kind: 'computed', nanoUsd, version: price.version };
  }

  #answerTo(question: PriceQuestion): PriceAnswer {
    const { provider, model, tier, atMicros } = question;
    const known = this.#asked.get(model)?.find((one) => one.provider === provider && one.tier === tier);
    if (known !== undefined)
      for (const answer of known.answers)
        if (atMicros >= answer.fromMicros && atMicros < answer.untilMicros) return answer;
    const answer = this.book.find(question);
    if (known === undefined) this.#remember(model, { provider, tier, answers: [answer] });
    else {
      if (known.answers.length === INTERVALS_MAX) known.answers.length = 0;
      known.answers.push(answer);
    }
    return answer;
  }

  #remember(model: string, asked: Asked): void {
    if (this.#askedCount >= QUESTIONS_MAX) {
      this.#asked.clear();
      this.#askedCount = 0;
    }
    const others = this.#asked.get(model);
    this.#askedCount += 1;
    if (others === undefined || others.length >= ASKED_MAX) this.#asked.set(model, [asked]);
    else others.push(asked);
  }
}

/** What is added to an event: nothing to one whose cost is computed already, or cannot be. */
export function additionOf(
  { cost_source: source, cost_nano_usd: cost }: CostFacts,
  pricing: Pricing,
): CostAddition | null {
  if (pricing.kind === 'unknown') return null;
  const { nanoUsd, version } = pricing;
  if (cost === null) return { kind: 'cost', nanoUsd, version };
  return source === 'reported' ? { kind: 'beside', nanoUsd } : null;
}
