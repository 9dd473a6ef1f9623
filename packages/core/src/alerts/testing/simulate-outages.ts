import { isTierBurning, type WindowCounts } from '../../burn/burn.ts';
import type { BurnTier } from '../../burn/burn-tier.ts';
import type { ExactRatio } from '../../burn/exact-ratio.ts';
import { newAlert, step, type AlertDecision, type AlertTiming } from '../alert-machine.ts';

/** As live traffic is counted and judged. */
const PANE_MS = 10_000;

/** What happens at one moment of a history. Times are milliseconds since its begin. */
export interface Traffic {
  readonly eventsPerMinute: number;
  /** Share of bad events, by time. */
  readonly badShareAt: (atMs: number) => number;
}

export interface Rule {
  readonly target: ExactRatio;
  readonly badCountMin: number;
  readonly tiers: readonly BurnTier[];
  readonly timingOf: (tier: BurnTier) => AlertTiming;
}

/** A generator of numbers from 0 to 1 (mulberry32): the same seed gives the same history. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sums over the panes before each pane's begin, of events that come at even distances and are bad by chance. */
function prefixSums(traffic: Traffic, lengthMs: number, seed: number): { bad: number[]; total: number[] } {
  const random = randomOf(seed);
  const sums = { bad: [0], total: [0] };
  const perPane = (traffic.eventsPerMinute * PANE_MS) / 60_000;
  for (let pane = 0; pane * PANE_MS < lengthMs; pane += 1) {
    const count = Math.floor((pane + 1) * perPane) - Math.floor(pane * perPane);
    const share = traffic.badShareAt(pane * PANE_MS);
    const bad = Array.from({ length: count }, random).filter((drawn) => drawn < share).length;
    sums.bad.push((sums.bad.at(-1) ?? 0) + bad);
    sums.total.push((sums.total.at(-1) ?? 0) + count);
  }
  return sums;
}

/** What each tier of one series decides over a history, evaluated at the end of every pane. */
export function simulate(
  traffic: Traffic,
  rule: Rule,
  history: { readonly lengthMs: number; readonly seed: number },
): ReadonlyMap<string, readonly AlertDecision[]> {
  const sums = prefixSums(traffic, history.lengthMs, history.seed);
  const window = (end: number, lengthMs: number): WindowCounts & { missing: number } => {
    const start = Math.max(0, end - lengthMs / PANE_MS);
    const sumOf = (list: readonly number[]): number => (list[end] ?? 0) - (list[start] ?? 0);
    return { bad: sumOf(sums.bad), total: sumOf(sums.total), missing: 0 };
  };
  const decide = (tier: BurnTier): readonly AlertDecision[] => {
    let state = newAlert();
    const found: AlertDecision[] = [];
    for (let end = 1; end < sums.total.length; end += 1) {
      const windows = { long: window(end, tier.longWindowMs), short: window(end, tier.shortWindowMs) };
      const burning = isTierBurning({ ...rule, tier, ...windows });
      const result = step(state, { at: end * PANE_MS, burning, covered: true }, rule.timingOf(tier));
      state = result.state;
      found.push(...result.decisions);
    }
    return found;
  };
  return new Map(rule.tiers.map((tier) => [tier.name, decide(tier)]));
}
