import { isTierBurning, type TierJudgement, type WindowCounts } from '../../burn/burn.ts';
import type { BurnTier } from '../../burn/burn-tier.ts';
import { alertTimingOf } from '../alert-timing.ts';
import { randomOf } from './simulate-outages.ts';

const PANE_MS = 10_000;
const SLICE_MS = 300_000;

/** A service whose errors are chance alone, on average just as many as its target allows. */
export interface SteadyTraffic {
  readonly eventsPerHour: number;
  readonly badShare: number;
  /**
   * Of one slice of five minutes in so many the events share the trouble: all of the bad ones fall into these, by as much larger a
   * share. 1: they are independent.
   */
  readonly burstEvery: number;
}

/** A number of events whose expectation is `mean` (Knuth's way; means are small here). */
function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** Sums over the panes before each pane's begin, and the slices of five minutes, of events that come at random. */
export function steadyHistory(traffic: SteadyTraffic, lengthMs: number, seed: number) {
  const random = randomOf(seed);
  const perPane = (traffic.eventsPerHour * PANE_MS) / 3_600_000;
  const sums = { bad: [0], total: [0] };
  const slices: { bad: number; total: number }[] = [];
  const badPanes: number[] = [];
  let share = 0;
  for (let pane = 0; pane * PANE_MS < lengthMs; pane += 1) {
    if ((pane * PANE_MS) % SLICE_MS === 0) {
      slices.push({ bad: 0, total: 0 });
      share = random() * traffic.burstEvery < 1 ? traffic.badShare * traffic.burstEvery : 0;
    }
    const bad = poisson(perPane * share, random);
    const total = bad + poisson(perPane * (1 - share), random);
    sums.bad.push((sums.bad.at(-1) ?? 0) + bad);
    sums.total.push((sums.total.at(-1) ?? 0) + total);
    const slice = slices.at(-1);
    if (slice !== undefined) Object.assign(slice, { bad: slice.bad + bad, total: slice.total + total });
    if (bad > 0) badPanes.push(pane + 1);
  }
  return { sums, slices, badPanes };
}

/**
 * How often a tier fires over a history: it is judged at the end of every pane with a bad event, and what burns again within
 * the tier's hold before an end is the same fire.
 */
export function chanceFires(
  { sums, badPanes }: Pick<ReturnType<typeof steadyHistory>, 'sums' | 'badPanes'>,
  tier: BurnTier,
  guard: Omit<TierJudgement, 'tier' | 'long' | 'short'>,
): number {
  const window = (end: number, lengthMs: number): WindowCounts => {
    const start = Math.max(0, end - lengthMs / PANE_MS);
    const of = (list: readonly number[]): number => (list[end] ?? 0) - (list[start] ?? 0);
    return { bad: of(sums.bad), total: of(sums.total) };
  };
  const holdPanes = (alertTimingOf(tier).resolveHoldMs + tier.shortWindowMs) / PANE_MS;
  let fires = 0;
  let lastEnd = -Infinity;
  for (const end of badPanes) {
    const windows = { long: window(end, tier.longWindowMs), short: window(end, tier.shortWindowMs) };
    if (!isTierBurning({ ...guard, tier, ...windows })) continue;
    if (end - lastEnd > holdPanes) fires += 1;
    lastEnd = end;
  }
  return fires;
}
