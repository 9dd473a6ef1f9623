import { ROLES, TASK_ROLES, UNSAID_CALL, type RoleOfValue } from './call-kinds.ts';
import type { CallTraces } from './call-traces.ts';
import { NestedCalls } from './nested-calls.ts';
import type { PlacedSpan } from './placed-span.ts';
import { SERVED } from './aliases.ts';
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

/**
 * By the first attribute of the table that the span has. A server's span that says no more is what its client's is of, unless a server of
 * models tells of its own work.
 */
export function roleOf({ attributes, kind }: Span): RoleOfValue {
  for (const [key, roles] of ROLES) {
    const value = attributes.get(key);
    if (typeof value === 'string') return roles.get(value) ?? OTHER;
  }
  if (attributes.has(SERVED)) return UNSAID_CALL;
  const isCall =
    kind !== KIND_SERVER &&
    textFact(attributes, 'modelRequested') !== null &&
    textFact(attributes, 'provider') !== null;
  return isCall ? UNSAID_CALL : OTHER;
}

/**
 * Which spans of a request become events, so that no token counts twice: calls with no call beneath them and none beside them that is
 * the same, with what the calls above them say and they do not, and of a trace that brings no call, and of which `known` has none, its
 * outermost span that tells of tokens or a cost. Yields after each span.
 */
export function* eventSpans(
  spans: readonly PlacedSpan[],
  known: Pick<CallTraces, 'has'>,
): Generator<void, readonly EventSpan[]> {
  const tree = new SpanTree(spans);
  const repeated = new Set<PlacedSpan>();
  const outersOf = new Map<PlacedSpan, readonly PlacedSpan[]>();
  const tracesWithCalls = new Set<string>();
  for (const placed of spans) {
    yield;
    if (placed.role.role !== 'call') continue;
    tracesWithCalls.add(placed.span.traceId);
    const outers = callsAbove(tree, placed);
    if (outers.some((outer) => isServersOf(placed, outer))) continue;
    for (const outer of outers) repeated.add(outer);
    outersOf.set(placed, outers);
  }
  for (const outer of repeated) outersOf.delete(outer);
  for (const twice of yield* seenTwice([...outersOf.keys()])) outersOf.delete(twice);
  const nested = new NestedCalls();
  for (const [leaf, outers] of outersOf) {
    yield;
    nested.add(leaf, outers);
  }
  const chosen: EventSpan[] = [];
  for (const placed of spans) {
    yield;
    const outers = outersOf.get(placed);
    const { traceId } = placed.span;
    if (outers === undefined && (tracesWithCalls.has(traceId) || known.has(traceId) || !isAggregate(placed)))
      continue;
    const above = [...tree.above(placed)];
    if (outers === undefined) {
      if (!above.some(isAggregate)) chosen.push(eventSpan(placed, placed.span, 'aggregate', above));
      continue;
    }
    const span = outers.length === 0 ? placed.span : nested.spanOf(placed, outers);
    chosen.push(eventSpan(placed, span, 'leaf', above));
  }
  return chosen;
}

/** The calls that a call is made for, the nearest first: those of a tool or an agent are not the call's that asked for it. */
function callsAbove(tree: SpanTree, placed: PlacedSpan): readonly PlacedSpan[] {
  const outers: PlacedSpan[] = [];
  for (const outer of tree.above(placed)) {
    if (outer.role.role === 'call') outers.push(outer);
    else if (outer.role.role !== 'other') break;
  }
  return outers;
}

/** Whether a server tells of a request that its client tells of, who waited for it. */
const isServersOf = ({ span }: PlacedSpan, outer: PlacedSpan): boolean =>
  span.kind === KIND_SERVER && outer.span.kind !== KIND_SERVER;

const eventSpan = (
  { index, scope, resource, role }: PlacedSpan,
  span: Span,
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
