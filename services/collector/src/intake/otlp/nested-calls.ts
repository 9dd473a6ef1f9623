import {
  COSTS,
  COUNTS,
  EXCEPTION_EVENTS,
  FIRST_TOKEN,
  FIRST_TOKEN_EVENTS,
  PARAMETERS,
  STREAM_FLAGS,
  TEXTS,
  WORDS,
} from './aliases.ts';
import { isFirstChunkEmpty } from './first-chunk.ts';
import { isBad } from './outcome.ts';
import type { PlacedSpan } from './placed-span.ts';
import { firstTokenMsOf } from './read-facts.ts';
import { STATUS_ERROR, type Attributes, type AttributeValue, type Span } from './span.ts';

/** Names of one fact: who has one of them says it. */
type Names = readonly string[];

/** What is the same of each attempt at a call. */
const OF_CALL: readonly Names[] = [
  TEXTS.provider,
  [...TEXTS.modelRequested, PARAMETERS],
  TEXTS.reasoningLevel,
  TEXTS.outputType,
  TEXTS.promptName,
  TEXTS.promptVersion,
  TEXTS.session,
  TEXTS.user,
  TEXTS.agent,
];
/** What is of the attempt that brought the answer. */
const OF_ANSWER: readonly Names[] = [
  TEXTS.modelServed,
  TEXTS.responseId,
  TEXTS.fingerprint,
  TEXTS.serviceTier,
  WORDS.finishReason,
  // Together: of a stream that broke off the outer one may tell what the provider guessed at its beginning.
  Object.values(COUNTS).flat(),
  COSTS,
];
/** How a call ended. */
const OF_FAILURE: readonly Names[] = [WORDS.errorType, WORDS.httpStatus];
/** One of them, in milliseconds after the span's own beginning. */
const FIRST_TOKEN_MS = 'ai.response.msToFirstChunk' satisfies (typeof FIRST_TOKEN)[number][0];
const FIRST_TOKEN_NAMES: Names = FIRST_TOKEN.map(([name]) => name);

/** What is known of the attempts beneath one call. */
interface Beneath {
  count: number;
  /** The one that ended last. */
  last: PlacedSpan;
  /** By place in OF_ANSWER, whether one of them says it. */
  readonly said: boolean[];
}

/** Calls above others, each with what is beneath it. */
export class NestedCalls {
  readonly #beneath = new Map<PlacedSpan, Beneath>();

  /** A call that no other is beneath; `outers`: those above it, the nearest first. */
  add(leaf: PlacedSpan, outers: readonly PlacedSpan[]): void {
    // What a call between them says goes to what is beneath it, and is said for all above it.
    const said = OF_ANSWER.map((names) => says(leaf.span.attributes, names));
    for (const outer of outers) {
      const beneath = this.#beneath.get(outer) ?? { count: 0, last: leaf, said: OF_ANSWER.map(() => false) };
      beneath.count += 1;
      if (endsLater(leaf, beneath.last)) beneath.last = leaf;
      for (const [place, names] of OF_ANSWER.entries()) {
        beneath.said[place] ||= said[place] === true;
        said[place] ||= says(outer.span.attributes, names);
      }
      this.#beneath.set(outer, beneath);
    }
  }

  /**
   * A call that stands for those above it too, with what these say and it does not: its tokens, its cost and its id count whoever tells of
   * them, and so does a failure, where it says nothing of how it ended. Of several attempts the last has what is of the answer, where none
   * of them has. All were added before.
   */
  spanOf(leaf: PlacedSpan, outers: readonly PlacedSpan[]): Span {
    const told = new Map<string, AttributeValue>(leaf.span.attributes);
    let { statusCode, events } = leaf.span;
    const isSilent = !isBad(leaf.span) && !OF_ANSWER.some((names) => says(leaf.span.attributes, names));
    for (const outer of outers) {
      const beneath = this.#beneath.get(outer);
      const { attributes } = outer.span;
      const isAlone = beneath?.count === 1;
      for (const names of OF_CALL) addFact(told, attributes, names);
      if (isAlone) addFact(told, attributes, STREAM_FLAGS);
      if (isAlone) addFirstToken(told, { leaf, outer });
      if (isAlone && isSilent && isBad(outer.span)) {
        for (const names of OF_FAILURE) addFact(told, attributes, names);
        statusCode = STATUS_ERROR;
        events = [...events, ...outer.span.events.filter(({ name }) => EXCEPTION_EVENTS.has(name))];
      }
      if (beneath?.last !== leaf) continue;
      for (const [place, names] of OF_ANSWER.entries())
        if (isAlone || beneath.said[place] === false) addFact(told, attributes, names);
    }
    return { ...leaf.span, statusCode, events, attributes: told };
  }
}

/** Of the same stream, but told from the outer call's beginning. */
function addFirstToken(
  told: Map<string, AttributeValue>,
  { leaf, outer }: { readonly leaf: PlacedSpan; readonly outer: PlacedSpan },
): void {
  const isTold =
    says(told, FIRST_TOKEN_NAMES) || leaf.span.events.some(({ name }) => FIRST_TOKEN_EVENTS.has(name));
  if (isTold || isFirstChunkEmpty(outer.span, outer.scope)) return;
  const laterMs = Number((leaf.span.startNanos - outer.span.startNanos) / 1_000n) / 1_000;
  const firstMs = firstTokenMsOf(outer.span.attributes, Number(outer.span.startNanos / 1_000n) / 1_000);
  if (firstMs !== null && firstMs >= laterMs) told.set(FIRST_TOKEN_MS, firstMs - laterMs);
}

const says = (attributes: Attributes, names: Names): boolean => names.some((name) => attributes.has(name));

const endsLater = (one: PlacedSpan, other: PlacedSpan): boolean => one.span.endNanos > other.span.endNanos;

function addFact(to: Map<string, AttributeValue>, from: Attributes, names: Names): void {
  if (says(to, names)) return;
  for (const name of names) {
    const value = from.get(name);
    if (value !== undefined) to.set(name, value);
  }
}
