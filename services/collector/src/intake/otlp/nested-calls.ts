import { COSTS, COUNTS, FIRST_TOKEN, PARAMETERS, STREAM_FLAGS, TEXTS, WORDS } from './aliases.ts';
import { isFirstChunkEmpty } from './first-chunk.ts';
import type { PlacedSpan } from './placed-span.ts';
import type { Attributes, AttributeValue } from './span.ts';

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
/** What is measured from the call's beginning, which is an attempt's where there is one. */
const OF_TIME: readonly Names[] = [STREAM_FLAGS, FIRST_TOKEN.map(([name]) => name)];

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
    for (const outer of outers) {
      const beneath = this.#beneath.get(outer) ?? { count: 0, last: leaf, said: OF_ANSWER.map(() => false) };
      beneath.count += 1;
      if (endsLater(leaf, beneath.last)) beneath.last = leaf;
      for (const [place, names] of OF_ANSWER.entries())
        beneath.said[place] ||= says(leaf.span.attributes, names);
      this.#beneath.set(outer, beneath);
    }
  }

  /**
   * The attributes of a call that stands for those above it too, with what these say and it does not: its tokens, its cost and its id
   * count whoever tells of them. Of several attempts the last has what is of the answer, where none of them has. All were added before.
   */
  attributesOf(leaf: PlacedSpan, outers: readonly PlacedSpan[]): Attributes {
    const told = new Map<string, AttributeValue>(leaf.span.attributes);
    for (const outer of outers) {
      const beneath = this.#beneath.get(outer);
      const { attributes } = outer.span;
      const isAlone = beneath?.count === 1;
      for (const names of OF_CALL) addFact(told, attributes, names);
      if (isAlone && !isFirstChunkEmpty(outer.span, outer.scope))
        for (const names of OF_TIME) addFact(told, attributes, names);
      if (beneath?.last !== leaf) continue;
      for (const [place, names] of OF_ANSWER.entries())
        if (isAlone || beneath.said[place] === false) addFact(told, attributes, names);
    }
    return told;
  }
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
