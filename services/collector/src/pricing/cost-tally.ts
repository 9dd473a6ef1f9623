import { addCost, type CostAddition, type CostFacts } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import type { ServiceMetrics } from '@burnline/runtime';
import { additionOf, type Pricer } from './pricer.ts';

export type CostMetrics = Pick<ServiceMetrics, 'costed' | 'costCompared'>;

/** Providers that the metrics of one process know by name; senders may make names up. */
const PROVIDERS_MAX = 32;
const OTHER = '__other__';
const NAME_CHARS_MAX = 64;

/** Labels for providers: the first ones keep their names. */
export class ProviderLabels {
  readonly #names = new Set<string>();

  labelOf(provider: string): string {
    const name = provider.slice(0, NAME_CHARS_MAX);
    if (this.#names.has(name)) return name;
    if (this.#names.size >= PROVIDERS_MAX) return OTHER;
    this.#names.add(name);
    return name;
  }
}

interface Compared {
  events: number;
  reportedNanoUsd: number;
  computedNanoUsd: number;
}

/** The costs of one request's events: all by the same prices, and counted once the events are in the log. */
export class CostTally {
  readonly #pricer: Pricer;
  readonly #labels: ProviderLabels;
  /** By source, then by reason. */
  readonly #counts = {
    reported: new Map<string, number>(),
    computed: new Map<string, number>(),
    unknown: new Map<string, number>(),
  };
  readonly #compared = new Map<string, Compared>();

  constructor(pricer: Pricer, labels: ProviderLabels) {
    this.#pricer = pricer;
    this.#labels = labels;
  }

  /** What is added to an event of the request; null: nothing. */
  additionTo(facts: CostFacts): CostAddition | null {
    const { cost_nano_usd: cost, cost_source: source } = facts;
    if (cost !== null && source !== 'reported') {
      this.#count('computed', 'sender');
      return null;
    }
    const pricing = this.#pricer.price(facts);
    if (cost !== null) this.#count('reported', '');
    else if (pricing.kind === 'unknown') this.#count('unknown', pricing.reason);
    else this.#count('computed', '');
    if (cost !== null && pricing.kind === 'computed') this.#compare(facts.provider, cost, pricing.nanoUsd);
    return additionOf(facts, pricing);
  }

  /** The event with its cost. */
  priced(event: InferenceEvent): InferenceEvent {
    const addition = this.additionTo(event);
    return addition === null ? event : addCost(event, addition);
  }

  /** Once, when the events are durable. */
  tell(metrics: CostMetrics): void {
    for (const source of ['reported', 'computed', 'unknown'] as const)
      for (const [reason, count] of this.#counts[source]) metrics.costed(source, reason, count);
    for (const [provider, compared] of this.#compared) metrics.costCompared(provider, compared);
  }

  #count(source: 'reported' | 'computed' | 'unknown', reason: string): void {
    const counts = this.#counts[source];
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }

  #compare(provider: string, reportedNanoUsd: number, computedNanoUsd: number): void {
    const label = this.#labels.labelOf(provider);
    const sums = this.#compared.get(label);
    if (sums === undefined) this.#compared.set(label, { events: 1, reportedNanoUsd, computedNanoUsd });
    else {
      sums.events += 1;
      sums.reportedNanoUsd += reportedNanoUsd;
      sums.computedNanoUsd += computedNanoUsd;
    }
  }
}
