import type { FallbackKind } from '@burnline/core';
import { firstTokenMicrosOf } from './first-token.ts';
import type { Payload } from './payload.ts';
import { microsOf, textOf } from './scalars.ts';

/** Where a call stands among the attempts of one request. */
export interface Attempt {
  readonly attempt: number;
  readonly is_final: boolean;
  readonly fallback_depth: number;
  readonly fallback_kind: FallbackKind;
  /** On the final one: from the first attempt's beginning, milliseconds. */
  readonly request_elapsed_ms: number | null;
  readonly request_ttft_ms: number | null;
}

/**
 * LiteLLM logs each attempt by itself, all of one request under its call id. Those that come in one body are told apart here:
 * each but the last one failed, and began before the next. Of others nothing is known, and each counts as final.
 */
export function attemptsOf(payloads: readonly Payload[]): ReadonlyMap<Payload, Attempt> {
  const attempts = new Map<Payload, Attempt>();
  for (const chain of chainsOf(payloads)) {
    const [first] = chain;
    if (first === undefined || chain.length < 2 || !isChain(chain)) continue;
    let depth = 0;
    for (const [attempt, payload] of chain.entries()) {
      const before = chain[attempt - 1];
      if (before !== undefined && kindOf(before, payload) !== 'retry') depth += 1;
      attempts.set(payload, {
        attempt,
        is_final: attempt === chain.length - 1,
        fallback_depth: depth,
        fallback_kind: attempt === 0 ? 'none' : kindOf(first, payload),
        ...(attempt === chain.length - 1 ? waitOf(first, payload) : NO_WAIT),
      });
    }
  }
  return attempts;
}

const NO_WAIT = { request_elapsed_ms: null, request_ttft_ms: null } as const;

function chainsOf(payloads: readonly Payload[]): Iterable<readonly Payload[]> {
  const byCall = new Map<string, Payload[]>();
  for (const payload of payloads) {
    const call = textOf(payload.litellm_call_id);
    if (call === null || microsOf(payload.startTime) === null) continue;
    const chain = byCall.get(call);
    if (chain === undefined) byCall.set(call, [payload]);
    else chain.push(payload);
  }
  for (const chain of byCall.values()) chain.sort((one, other) => startOf(one) - startOf(other));
  return byCall.values();
}

/** Epoch microseconds, as durations are made of. */
const startOf = ({ startTime }: Payload): number => microsOf(startTime) ?? 0;

/** A payload that is there twice, and one behind a success, are no attempts of a request. */
function isChain(chain: readonly Payload[]): boolean {
  return chain.every((payload, index) => {
    const next = chain[index + 1];
    return next === undefined || (payload.status === 'failure' && startOf(payload) < startOf(next));
  });
}

function kindOf(from: Payload, to: Payload): FallbackKind {
  if (from.model_group !== to.model_group) return 'model';
  return from.model_id === to.model_id ? 'retry' : 'deployment';
}

function waitOf(first: Payload, last: Payload): Pick<Attempt, 'request_elapsed_ms' | 'request_ttft_ms'> {
  const [end, begun] = [microsOf(last.endTime), firstTokenMicrosOf(last)];
  const since = (timeMicros: number): number => (timeMicros - startOf(first)) / 1_000;
  if (end === null) return NO_WAIT;
  return { request_elapsed_ms: since(end), request_ttft_ms: begun === null ? null : since(begun) };
}
