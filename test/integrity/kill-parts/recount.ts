import type { SloPlan } from '@burnline/core';
import type { ReplaySource } from 'burnline';
import { historyOf, type Inference } from '../../golden/replay-figures.ts';
import { durationMsOf } from '../../support/events.ts';

/**
 * A count of the history's records that shares nothing with the pipeline but the reader of the files: predicates spelled
 * out again, plain sums by minute, windows cut by the rule of the table comments, alerts minute by minute.
 */
const MINUTE_MS = 60_000;
/** Windows up to an hour are cut at the pane (10 s), longer ones at 5 minutes. */
const edgeMs = (lengthMs: number): number => (lengthMs <= 3_600_000 ? 10_000 : 300_000);
const BAD_COUNT_MIN = 5;
const PANE_S = 10;

const isAnswer = (event: Inference): boolean =>
  event.status === 'ok' && event.attributes['answer_length'] === 'as_asked';
const isFast = (event: Inference): boolean => event.ttft_ms !== null && event.ttft_ms <= 2_000;
const isComplete = (event: Inference): boolean => durationMsOf(event) <= 10_000;

interface NaiveSlo {
  readonly counts: (event: Inference) => boolean;
  readonly isGood: (event: Inference) => boolean;
}

const SLOS: Readonly<Record<string, NaiveSlo>> = {
  'llmperf-availability': { counts: () => true, isGood: (event) => event.status === 'ok' },
  'llmperf-ttft': { counts: isAnswer, isGood: isFast },
  'llmperf-latency': { counts: isAnswer, isGood: isComplete },
  'llmperf-goodput': {
    counts: () => true,
    isGood: (event) => isAnswer(event) && isFast(event) && isComplete(event),
  },
};

export interface Counts {
  readonly good: number;
  readonly total: number;
}

export class Recount {
  readonly inferences: readonly Inference[];
  readonly #firstMinute: number;
  readonly #minuteCount: number;
  /** By SLO and provider: what lies before the start of each minute. */
  readonly #before = new Map<string, { readonly good: Int32Array; readonly total: Int32Array }>();

  private constructor(inferences: readonly Inference[]) {
    this.inferences = inferences;
    const minutes = inferences.map(minuteOf);
    this.#firstMinute = Math.min(...minutes);
    this.#minuteCount = Math.max(...minutes) - this.#firstMinute + 2;
    for (const provider of new Set(inferences.map((event) => event.provider))) {
      const events = inferences.filter((event) => event.provider === provider);
      for (const [slo, naive] of Object.entries(SLOS)) {
        const counted = events.filter(naive.counts);
        if (counted.length > 0) this.#before.set(`${slo}|${provider}`, this.#sumByMinute(counted, naive));
      }
    }
  }

  static async of(source: ReplaySource): Promise<Recount> {
    return new Recount((await historyOf(source)).inferences);
  }

  /** SLO and provider of every series, as `slo|provider`. */
  get series(): readonly string[] {
    return [...this.#before.keys()].sort();
  }

  /** What a window that ends at a minute's start holds. */
  window(series: string, atMs: number, lengthMs: number): Counts {
    const grid = edgeMs(lengthMs);
    const startMs = Math.floor((atMs - lengthMs) / grid) * grid;
    const [start, end] = [this.#beforeMs(series, startMs), this.#beforeMs(series, atMs)];
    return { good: end.good - start.good, total: end.total - start.total };
  }

  /** What every pane of a series holds, as `slo|provider|second|good|total`, sorted; panes without events are not there. */
  get panes(): readonly string[] {
    const sums = new Map<string, { good: number; total: number }>();
    for (const event of this.inferences) {
      const paneS = Math.floor(event.occurred_at / (PANE_S * 1e6)) * PANE_S;
      for (const [slo, naive] of Object.entries(SLOS)) {
        if (!naive.counts(event)) continue;
        const key = `${slo}|${event.provider}|${paneS}`;
        const { good, total } = sums.get(key) ?? { good: 0, total: 0 };
        sums.set(key, { good: good + (naive.isGood(event) ? 1 : 0), total: total + 1 });
      }
    }
    return [...sums].map(([key, { good, total }]) => `${key}|${good}|${total}`).sort();
  }

  /** Every fire and resolve, as `slo|provider|tier|kind|second`, sorted. */
  decisions(plans: readonly SloPlan[]): readonly string[] {
    const found: string[] = [];
    for (const series of this.series) {
      const plan = plans.find(({ slo }) => series.startsWith(`${slo}|`))!;
      for (const tier of plan.tiers) {
        const say = (kind: string, atMs: number) =>
          found.push(`${series}|${tier.name}|${kind}|${atMs / 1_000}`);
        // An end waits until it was clear for two short windows; for six times as long where it fired again that soon.
        const holdMs = 2 * tier.shortWindowMs;
        let isFiring = false;
        let clearMs: number | null = null;
        let neededMs = holdMs;
        let endedMs = -Infinity;
        for (let minute = 1; minute <= this.#minuteCount - 1; minute += 1) {
          const atMs = (this.#firstMinute + minute) * MINUTE_MS;
          if (this.#isBurning(series, plan, tier, atMs)) {
            clearMs = null;
            if (isFiring) continue;
            isFiring = true;
            neededMs = atMs - endedMs < 6 * holdMs ? 6 * holdMs : holdMs;
            say('fire', atMs);
          } else if (isFiring) {
            clearMs ??= atMs;
            if (atMs - clearMs < neededMs) continue;
            isFiring = false;
            endedMs = atMs;
            clearMs = null;
            say('resolve', atMs);
          }
        }
      }
    }
    return found.sort();
  }

  #isBurning(series: string, plan: SloPlan, tier: SloPlan['tiers'][number], atMs: number): boolean {
    const windows = [tier.longWindowMs, tier.shortWindowMs].map((ms) => this.window(series, atMs, ms));
    if (windows[0]!.total - windows[0]!.good < BAD_COUNT_MIN) return false;
    const { factor, operator } = tier;
    return windows.every(({ good, total }) => {
      const burnt = (total - good) * factor.denominator * plan.target.denominator;
      const allowed = factor.numerator * (plan.target.denominator - plan.target.numerator) * total;
      return total > 0 && (operator === '>' ? burnt > allowed : burnt >= allowed);
    });
  }

  #beforeMs(series: string, atMs: number): Counts {
    const sums = this.#before.get(series);
    if (sums === undefined) throw new Error(`${series} is not in the history`);
    if (atMs % MINUTE_MS !== 0) throw new Error(`${atMs} is not the start of a minute`);
    const index = Math.min(Math.max(0, atMs / MINUTE_MS - this.#firstMinute), this.#minuteCount - 1);
    return { good: sums.good[index]!, total: sums.total[index]! };
  }

  #sumByMinute(events: readonly Inference[], naive: NaiveSlo): { good: Int32Array; total: Int32Array } {
    const sums = { good: new Int32Array(this.#minuteCount), total: new Int32Array(this.#minuteCount) };
    for (const event of events) {
      const index = minuteOf(event) - this.#firstMinute + 1;
      sums.total[index]! += 1;
      if (naive.isGood(event)) sums.good[index]! += 1;
    }
    for (let index = 1; index < this.#minuteCount; index += 1) {
      sums.good[index]! += sums.good[index - 1]!;
      sums.total[index]! += sums.total[index - 1]!;
    }
    return sums;
  }
}

function minuteOf(event: Inference): number {
  return Math.floor(event.occurred_at / 60e6);
}
