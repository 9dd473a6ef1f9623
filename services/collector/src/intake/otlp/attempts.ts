import { isBad } from './outcome.ts';
import type { EventSpan } from './span-tree.ts';

/** Where a call stands among the attempts of one request. */
export interface Attempt {
  readonly request_id: string;
  readonly attempt: number;
  readonly is_final: boolean;
}

/** The AI SDK's calls that are made one after the other beneath one outer span; embeddings run beside each other. */
const ONE_BY_ONE = /^ai\.(generate|stream)(Text|Object)\.do(Generate|Stream)$/;

/**
 * The AI SDK 5 and 6 make a span of every attempt, and so does whatever has calls beneath a call: OpenRouter, or a library that sees each
 * attempt beneath one that sees the whole. One that failed and that another follows beneath the same span was tried again, since a failure
 * that is not tried again ends the outer call. Calls of which there is one attempt are not told of.
 */
export function attemptsOf(calls: readonly EventSpan[]): ReadonlyMap<EventSpan, Attempt> {
  const attempts = new Map<EventSpan, Attempt>();
  for (const siblings of siblingsOf(calls)) {
    let chain: EventSpan[] = [];
    for (const [index, call] of siblings.entries()) {
      chain.push(call);
      const next = siblings[index + 1];
      if (next !== undefined && isTriedAgain(call, next)) continue;
      if (chain.length > 1) addChain(attempts, chain);
      chain = [];
    }
  }
  return attempts;
}

function siblingsOf(calls: readonly EventSpan[]): Iterable<readonly EventSpan[]> {
  const byParent = new Map<string, EventSpan[]>();
  for (const call of calls) {
    const { traceId, parentSpanId } = call.span;
    if (parentSpanId === '' || !isAttempt(call)) continue;
    const key = traceId + parentSpanId;
    const siblings = byParent.get(key);
    if (siblings === undefined) byParent.set(key, [call]);
    else siblings.push(call);
  }
  for (const siblings of byParent.values())
    siblings.sort((one, other) => Number(one.span.startNanos - other.span.startNanos));
  return byParent.values();
}

function isAttempt({ span, above }: EventSpan): boolean {
  const operation = span.attributes.get('ai.operationId');
  return above[0]?.role.role === 'call' || (typeof operation === 'string' && ONE_BY_ONE.test(operation));
}

function isTriedAgain({ span }: EventSpan, next: EventSpan): boolean {
  return isBad(span) && next.span.startNanos >= span.endNanos;
}

function addChain(attempts: Map<EventSpan, Attempt>, chain: readonly EventSpan[]): void {
  const [first] = chain;
  if (first === undefined) return;
  for (const [attempt, call] of chain.entries())
    attempts.set(call, {
      request_id: first.span.traceId + first.span.spanId,
      attempt,
      is_final: attempt === chain.length - 1,
    });
}
