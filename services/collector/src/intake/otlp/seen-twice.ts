import { PROCESS } from './aliases.ts';
import { textFact } from './read-facts.ts';
import { STATUS_ERROR } from './span.ts';
import type { PlacedSpan } from './placed-span.ts';

/** Calls of one answer, or of failures to the same model, that are compared with a later one. */
const COMPARED_MAX = 64;

/**
 * Calls that a second library saw beside the first, in no tree: Anthropic's client tells of its calls itself, and so does whatever
 * instruments it. The inner one, which began later, stands for both. Known by the answer's id, or of failures, which have none, by
 * provider and model; only spans of different libraries of one process whose times overlap are one call: while a provider is away, many
 * services fail at once. Yields after each span.
 */
export function* seenTwice(calls: readonly PlacedSpan[]): Generator<void, ReadonlySet<PlacedSpan>> {
  const repeated = new Set<PlacedSpan>();
  const open = new Map<string, PlacedSpan[]>();
  for (const call of [...calls].sort(byStart)) {
    yield;
    const key = keyOf(call);
    if (key === null) continue;
    const earlier = open.get(key) ?? [];
    const at = earlier.findIndex((outer) => isSameCall(outer, call));
    const outer = earlier[at];
    if (outer !== undefined) {
      repeated.add(outer);
      earlier.splice(at, 1);
    }
    earlier.push(call);
    open.set(key, earlier.slice(-COMPARED_MAX));
  }
  return repeated;
}

const byStart = (one: PlacedSpan, other: PlacedSpan): number => {
  const [a, b] = [one.span.startNanos, other.span.startNanos];
  return a < b ? -1 : Number(a > b);
};

function keyOf({ span: { attributes, statusCode } }: PlacedSpan): string | null {
  const answer = textFact(attributes, 'responseId');
  if (answer !== null) return `answer ${answer}`;
  const [provider, model] = [textFact(attributes, 'provider'), textFact(attributes, 'modelRequested')];
  if (statusCode !== STATUS_ERROR || provider === null || model === null) return null;
  return JSON.stringify([provider.toLowerCase(), model]);
}

const isSameCall = (outer: PlacedSpan, inner: PlacedSpan): boolean =>
  outer.scope.name !== inner.scope.name &&
  inner.span.startNanos <= outer.span.endNanos &&
  PROCESS.every((name) => outer.resource.get(name) === inner.resource.get(name));
