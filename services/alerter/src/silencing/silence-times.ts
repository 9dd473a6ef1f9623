import { DAY_MS } from '@burnline/core';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';

/** When a silence is in force, apart from being ended early; epoch ms. */
export interface SilenceTimes {
  readonly startMs: number;
  /** Over for good, not included. */
  readonly expiresMs: number;
  /** RRULE of RFC 5545; null: all of the time between. */
  readonly rule: string | null;
  /** IANA name. */
  readonly timeZone: string;
  /** How long it lasts each time, ms. */
  readonly lengthMs: number;
}

/**
 * Days and longer: what recurs more often is one silence. No seconds or minutes, which a rule could have thousands of. Larger numbers
 * lead to years that there are none of.
 */
const RULE =
  /^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;((INTERVAL|COUNT)=[1-9]\d{0,2}|(BYDAY|BYMONTH|BYMONTHDAY|BYSETPOS|WKST)=[A-Z0-9,+-]{1,100})){0,7}$/;
export const RULE_LENGTH_MAX = 200;
/** What one may last each time: shorter than a week, so that a weekly one ends. */
export const LENGTH_MS_MAX = 6 * DAY_MS;

/** Whether a text is a rule that there is, in a zone that there is. */
export function isRule(times: SilenceTimes): boolean {
  const { rule } = times;
  if (rule === null || rule.length > RULE_LENGTH_MAX || !RULE.test(rule)) return false;
  try {
    const read = ruleOf(times, rule);
    for (const atMs of [times.startMs - 1, times.expiresMs]) {
      read.previous(new Date(atMs), true);
      read.next(new Date(atMs), true);
    }
    return true;
  } catch {
    return false;
  }
}

/** So many times of a rule are looked at: those of some years. */
const GAPS_LOOKED_AT = 60;

/** Whether it is over each time before it begins again: what fires meanwhile is told then. */
export function hasGaps(times: SilenceTimes): boolean {
  if (times.rule === null) return true;
  const rule = ruleOf(times, times.rule);
  let atMs = rule.next(new Date(times.startMs - 1), true)?.epochMilliseconds;
  for (let count = 0; count < GAPS_LOOKED_AT && atMs !== undefined; count += 1) {
    const nextMs = rule.next(new Date(atMs))?.epochMilliseconds;
    if (nextMs !== undefined && nextMs < times.expiresMs && nextMs - atMs <= times.lengthMs) return false;
    atMs = nextMs;
  }
  return true;
}

function ruleOf({ startMs, timeZone }: SilenceTimes, rule: string): RRuleTemporal {
  const dtstart = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO(timeZone);
  return new RRuleTemporal({ rruleString: rule, dtstart, temporal: Temporal });
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly isInForce: boolean;
}

/**
 * Says whether a silence is in force; remembers the stretch that it found last, so that a rule is read once per stretch. A rule that
 * cannot be read silences nothing: a page too many is less harm than none at all.
 */
export class SilenceClock {
  readonly #times: SilenceTimes;
  /** What is in force and for how long, or that nothing is. */
  #known: Stretch = { fromMs: 0, toMs: 0, isInForce: false };

  constructor(times: SilenceTimes) {
    this.#times = times;
  }

  isInForceAt(nowMs: number): boolean {
    const { startMs, expiresMs, rule } = this.#times;
    if (nowMs < startMs || nowMs >= expiresMs) return false;
    if (rule === null) return true;
    if (nowMs < this.#known.fromMs || nowMs >= this.#known.toMs) {
      try {
        this.#known = this.#look(ruleOf(this.#times, rule), nowMs);
      } catch {
        this.#known = { fromMs: startMs, toMs: expiresMs, isInForce: false };
      }
    }
    return this.#known.isInForce;
  }

  #look(rule: RRuleTemporal, nowMs: number): Stretch {
    const { lengthMs } = this.#times;
    const last = rule.previous(new Date(nowMs), true)?.epochMilliseconds ?? -Infinity;
    const next = rule.next(new Date(nowMs))?.epochMilliseconds ?? Infinity;
    const isInForce = nowMs < last + lengthMs;
    const toMs = isInForce ? Math.min(last + lengthMs, next) : next;
    return { fromMs: nowMs, toMs, isInForce };
  }
}
