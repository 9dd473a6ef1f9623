import type { SloPlan } from '@burnline/core';
import type { JudgedSlos } from './decider.ts';

/** What the streams of this pipeline judge, for the alerter. Holds one plan per revision that was ever judged here. */
export class StreamSlos implements JudgedSlos {
  readonly #judgedOf = new Map<string, () => readonly SloPlan[] | null>();
  readonly #plans = new Map<string, SloPlan>();

  /** Registers a stream; `judged` gives another list whenever it changes, and null while it is not known. */
  add(stream: string, judged: () => readonly SloPlan[] | null): void {
    this.#judgedOf.set(stream, judged);
  }

  of(stream: string): readonly SloPlan[] | null {
    const plans = this.#judgedOf.get(stream)?.() ?? null;
    for (const plan of plans ?? []) this.#plans.set(`${plan.slo}|${plan.sli.specRev}`, plan);
    return plans;
  }

  planOf(slo: string, specRev: string): SloPlan | null {
    for (const stream of this.#judgedOf.keys()) this.of(stream);
    return this.#plans.get(`${slo}|${specRev}`) ?? null;
  }
}
