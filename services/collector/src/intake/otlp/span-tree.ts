import { ROLES, TASK_ROLES, UNSAID_CALL, type RoleOfValue } from './call-kinds.ts';
import type { CallTraces } from './call-traces.ts';
import type { PlacedSpan } from './placed-span.ts';
import { costUsdOf, countFact, textFact } from './read-facts.ts';
import { seenTwice } from './seen-twice.ts';
import { KIND_SERVER, type Span } from './span.ts';

/** A span that becomes an event, with the spans above it that are in the same request, the nearest first. */
export interface EventSpan extends PlacedSpan {
  readonly trust: 'leaf' | 'aggregate';
  readonly above: readonly PlacedSpan[];
}

/** Levels that are looked at above a call; trees that are deeper are circles or somebody's recursion. */
const LEVELS_MAX = 64;

const OTHER: RoleOfValue = { role: 'other', operation: '' };

/** By the first attribute of the table that the span has. A server's span that says no more is what its client's is of. */
export function roleOf({ attributes, kind }: Span): RoleOfValue {
  for (const [key, roles] of ROLES) {
    const value = attributes.get(key);
    if (typeof value === 'string') return roles.get(value) ?? OTHER;
  }
  const isCall =
    kind !== KIND_SERVER &&
    textFact(attributes, 'modelRequested') !== null &&
    textFact(attributes, 'provider') !== null;
  return isCall ? UNSAID_CALL : OTHER;
}

/**
 * Which spans of a request become events, so that no token counts twice: calls with no call beneath them and none beside them that is
 * the same, and of a trace that brings no call, and of which `known` has none, its outermost span that tells of tokens or a cost. Yields
 * after each span.
 */
export function* eventSpans(
  spans: readonly PlacedSpan[],
  known: Pick<CallTraces, 'has'>,
): Generator<void, readonly EventSpan[]> {
  const tree = new SpanTree(spans);
  const repeated = new Set<PlacedSpan>();
  const tracesWithCalls = new Set<string>();
  for (const placed of spans) {
    yield;
    if (placed.role.role !== 'call') continue;
    tracesWithCalls.add(placed.span.traceId);
    for (const outer of tree.above(placed)) {
      if (outer.role.role === 'call') repeated.add(outer);
      // The tokens of a tool's or an agent's own calls are not the call's that asked for it.
      else if (outer.role.role !== 'other') break;
    }
  }
  const leaves = spans.filter((placed) => placed.role.role === 'call' && !repeated.has(placed));
  for (const twice of yield* seenTwice(leaves)) repeated.add(twice);
  const chosen: EventSpan[] = [];
  for (const placed of spans) {
    yield;
    const isLeaf = placed.role.role === 'call' && !repeated.has(placed);
    const { traceId } = placed.span;
    if (!isLeaf && (tracesWithCalls.has(traceId) || known.has(traceId) || !isAggregate(placed))) continue;
    const above = [...tree.above(placed)];
    if (isLeaf) chosen.push(eventSpan(placed, 'leaf', above));
    else if (!above.some(isAggregate)) chosen.push(eventSpan(placed, 'aggregate', above));
  }
  return chosen;
}

const eventSpan = (
  { index, span, scope, resource, role }: PlacedSpan,
  trust: EventSpan['trust'],
  above: readonly PlacedSpan[],
): EventSpan => ({ index, span, scope, resource, role, trust, above });

function isAggregate({ role: { role }, span: { attributes } }: PlacedSpan): boolean {
  if (!TASK_ROLES.has(role)) return false;
  return (
    countFact(attributes, 'input') !== null ||
    countFact(attributes, 'output') !== null ||
    costUsdOf(attributes) !== null
  );
}

class SpanTree {
  readonly #byId = new Map<string, PlacedSpan>();

  constructor(spans: readonly PlacedSpan[]) {
    for (const placed of spans) this.#byId.set(placed.span.traceId + placed.span.spanId, placed);
  }

  /** Up to the root, or to where it would go in a circle. */
  *above(placed: PlacedSpan): Generator<PlacedSpan> {
    const { traceId, parentSpanId } = placed.span;
    let parent = this.#byId.get(traceId + parentSpanId);
    for (let level = 0; parent !== undefined && parent !== placed && level < LEVELS_MAX; level += 1) {
      yield parent;
      parent = this.#byId.get(traceId + parent.span.parentSpanId);
    }
  }
}
