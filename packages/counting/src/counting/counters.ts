import type { BatchDecoder, SchemaSource } from '@burnline/contracts';
import { KernelEventCounter } from '../kernel/kernel-event-counter.ts';
import type { SpecCatalog } from '../specs/spec-catalog.ts';
import type { SpecSet } from '../specs/spec-set.ts';
import type { EventCounter } from './event-counter.ts';

/** Sets whose compiled counters are kept: the one in force, and those of partitions on their way to it. */
const COUNTERS_MAX = 8;

export type CounterOf = (set: SpecSet) => EventCounter;

/** One compiled counter per set of revisions, shared by all partitions. */
export function createCounters(parts: {
  readonly catalog: SpecCatalog;
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
  readonly settings: { readonly paneMs: number };
}): CounterOf {
  const counters = new Map<string, EventCounter>();
  return (set) => {
    const known = counters.get(set.id);
    if (known !== undefined) return known;
    const plans = set.revisions.map((revision) => parts.catalog.planOf(revision));
    const counter = new KernelEventCounter({ ...parts, plans });
    const [oldest] = counters.keys();
    if (counters.size >= COUNTERS_MAX && oldest !== undefined) counters.delete(oldest);
    counters.set(set.id, counter);
    return counter;
  };
}
