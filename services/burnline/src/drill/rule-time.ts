import { isTierBurning, PANE_MS_DEFAULT, type BurnTier, type WindowCounts } from '@burnline/core';
import type { Counted, CountedSeries } from './counted-series.ts';

/**
 * The least time that a tier needs from the first bad event of a fault on, ms: when its windows burn if every event is
 * counted the moment it happens, and then its hold. Null if they never do, and of an SLO that judges slices of time, a
 * composite, or a share of entities: what is counted here are events of its own. A lower bound: it knows the drill's own events
 * alone, no guard for low traffic, and an evaluation at every event instead of one in 5 s.
 */
export function leastRuleMs(series: CountedSeries, tier: BurnTier, firstBadMs: number): number | null {
  if (series.entities !== null && tier.factor.numerator === 0) {
    // Any entity beyond its envelope is enough.
    const first = series.counted.find(({ atMs, isGood }) => atMs >= firstBadMs && !isGood);
    return first === undefined ? null : first.atMs - firstBadMs + tier.holdMs;
  }
  if (series.slo.sli.derivation !== undefined || series.slo.sli.composite !== undefined) return null;
  const counted = [...series.counted].sort((a, b) => a.atMs - b.atMs);
  const long = new SlidingWindow(counted, tier.longWindowMs);
  const short = new SlidingWindow(counted, tier.shortWindowMs);
  for (const [index, { atMs, isGood }] of counted.entries()) {
    const windows = { long: long.through(index), short: short.through(index) };
    if (atMs < firstBadMs || isGood) continue;
    if (isTierBurning({ tier, target: series.slo.target, badCountMin: 1, ...windows }))
      return atMs - firstBadMs + tier.holdMs;
  }
  return null;
}

/** Sums over the panes that a window touches; its old edge is cut at the pane. */
class SlidingWindow {
  readonly #counted: readonly Counted[];
  readonly #lengthMs: number;
  #start = 0;
  #bad = 0;
  #total = 0;

  constructor(counted: readonly Counted[], lengthMs: number) {
    this.#counted = counted;
    this.#lengthMs = lengthMs;
  }

  /** The window that ends with this event; to be asked for every event in turn. */
  through(index: number): WindowCounts {
    const last = this.#counted[index];
    if (last !== undefined) this.#add(last, 1);
    const edgeMs = Math.floor(((last?.atMs ?? 0) - this.#lengthMs) / PANE_MS_DEFAULT) * PANE_MS_DEFAULT;
    for (;;) {
      const oldest = this.#counted[this.#start];
      if (oldest === undefined || oldest.atMs >= edgeMs) break;
      this.#add(oldest, -1);
      this.#start += 1;
    }
    return { bad: this.#bad, total: this.#total };
  }

  #add({ isGood }: Counted, sign: 1 | -1): void {
    this.#total += sign;
    if (!isGood) this.#bad += sign;
  }
}
