import type { Price } from './price.ts';

/** Which price is asked for. */
export interface PriceQuestion {
  /** As the event has it; empty: nobody said. */
  readonly provider: string;
  readonly model: string;
  /** `standard`, or another one in lower case: batch, flex, priority and the like. */
  readonly tier: string;
  /** Epoch microseconds at which the call was complete. */
  readonly atMicros: number;
}

/** An answer, and the times from `fromMicros` until before `untilMicros` for which the book would give the same one. */
export interface PriceAnswer {
  /** `model`: the book does not know the model at that time. `tier`: it does, but not at that tier. */
  readonly price: Price | 'model' | 'tier';
  readonly fromMicros: number;
  readonly untilMicros: number;
}

/** Who knows prices. Answers depend on the question alone. */
export interface PriceBook {
  /** For people. */
  readonly name: string;
  find(question: PriceQuestion): PriceAnswer;
}

export const STANDARD_TIER = 'standard';

/** Names that providers give to what costs the usual price. */
const STANDARD_NAMES: ReadonlySet<string> = new Set([
  '',
  'auto',
  'default',
  'on_demand',
  'on-demand',
  STANDARD_TIER,
]);

/** The tier of a price, by an event's. */
export function tierOf(serviceTier: string | null): string {
  if (serviceTier === null) return STANDARD_TIER;
  const name = serviceTier.toLowerCase();
  return STANDARD_NAMES.has(name) ? STANDARD_TIER : name;
}

/**
 * The books asked one after the other: the first one that knows the model says what it costs, also that it does not know
 * the tier.
 */
export function inOrder(books: readonly PriceBook[]): PriceBook {
  return {
    name: books.map(({ name }) => name).join(', then '),
    find: (question) => {
      let fromMicros = -Infinity;
      let untilMicros = Infinity;
      for (const book of books) {
        const answer = book.find(question);
        fromMicros = Math.max(fromMicros, answer.fromMicros);
        untilMicros = Math.min(untilMicros, answer.untilMicros);
        if (answer.price !== 'model') return { price: answer.price, fromMicros, untilMicros };
      }
      return { price: 'model', fromMicros, untilMicros };
    },
  };
}
