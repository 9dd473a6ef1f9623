import { uuidFromBytes } from '@burnline/contracts';
import { SAMPLE_WEIGHT_MAX, isKept, sampleKeyOf, type InferenceEvent } from '@burnline/core';

/** What an intake keeps of the events that come. */
export interface SamplingRules {
  /** Of the events that nothing keeps whole, one of so many: a whole number from 1. */
  readonly oneIn: number;
  /** An attempt that took as long, ms, is kept whole; none is if absent. */
  readonly slowMs?: number;
  /** One whose first token took as long, ms, likewise. */
  readonly slowTtftMs?: number;
}

/**
 * Samples events once their end is known: whatever went wrong or took long is kept, and stands for what it stood for; of the
 * rest one of `oneIn` requests is, and stands for as many times more. Sums over what is kept are, on average, the sums over
 * all that came. An event that is sent again meets the same decision under the same rules.
 */
export class TailSampler {
  readonly #rules: SamplingRules;

  constructor(rules: SamplingRules) {
    this.#rules = rules;
  }

  /** The event with its weight; null: it is left out. */
  sampled(event: InferenceEvent): InferenceEvent | null {
    const { oneIn } = this.#rules;
    const weight = event.sample_weight * oneIn;
    if (weight > SAMPLE_WEIGHT_MAX || isFailed(event) || this.#isSlow(event)) return event;
    const key = sampleKeyOf(event, () => uuidFromBytes(event.event_id));
    return isKept(key, oneIn, 'collector') ? { ...event, sample_weight: weight } : null;
  }

  #isSlow({ duration_ms, request_elapsed_ms, ttft_ms, request_ttft_ms }: InferenceEvent): boolean {
    const { slowMs = Infinity, slowTtftMs = Infinity } = this.#rules;
    return (
      Math.max(duration_ms ?? 0, request_elapsed_ms ?? 0) >= slowMs ||
      Math.max(ttft_ms ?? 0, request_ttft_ms ?? 0) >= slowTtftMs
    );
  }
}

/** Whatever did not go well: a call that was not ok, a judgement that it did not pass, an answer of the wrong shape. */
function isFailed({ status, schema_valid, verdicts }: InferenceEvent): boolean {
  return status !== 'ok' || schema_valid === false || verdicts.some(({ passed }) => !passed);
}
