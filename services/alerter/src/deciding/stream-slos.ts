import type { SloPlan } from '@burnline/core';
import type { JudgedSlos } from './judged-slos.ts';

interface StreamPlans {
  readonly judged: () => readonly SloPlan[] | null;
  /** The list that was looked at last: the same one is not looked at again. */
  seen: readonly SloPlan[] | null;
}

/** What the streams of this pipeline judge, for the alerter. Holds one plan per revision that was ever judged here. */
export class StreamSlos implements JudgedSlos {
  readonly #streams = new Map<string, StreamPlans>();
  readonly #plans = new Map<string, SloPlan>();

  /** Registers a stream; `judged` gives another list whenever it changes, and null while it is not known. */
  add(stream: string, judged: () => readonly SloPlan[] | null): void {
    this.#streams.set(stream, { judged, seen: null });
  }

  of(stream: string): readonly SloPlan[] | null {
    const known = this.#streams.get(stream);
    return known === undefined ? null : this.#look(known);
  }

  planOf(slo: string, specRev: string): SloPlan | null {
    for (const known of this.#streams.values()) this.#look(known);
    return this.#plans.get(`${slo}|${specRev}`) ?? null;
  }

  #look(known: StreamPlans): readonly SloPlan[] | null {
    const plans = known.judged();
    if (plans === known.seen) return plans;
    known.seen = plans;
    for (const plan of plans ?? []) this.#plans.set(`${plan.slo}|${plan.sli.specRev}`, plan);
    return plans;
  }
}
