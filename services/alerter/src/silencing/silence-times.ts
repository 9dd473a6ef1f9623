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

/** Days and longer: what recurs more often is one silence. No seconds or minutes, which a rule could have thousands of. */
const RULE =
  /^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;(INTERVAL|COUNT|BYDAY|BYMONTH|BYMONTHDAY|BYSETPOS|WKST)=[A-Z0-9,+-]{1,100}){0,7}$/;
export const RULE_LENGTH_MAX = 200;
/** What one may last each time: shorter than a week, so that a weekly one ends. */
export const LENGTH_MS_MAX = 6 * DAY_MS;

/** Whether a text is a rule that there is, in a zone that there is. */
export function isRule(times: SilenceTimes): boolean {
  const { rule } = times;
  if (rule === null || rule.length > RULE_LENGTH_MAX || !RULE.test(rule)) return false;
  try {
    ruleOf(times, rule).next(new Date(times.startMs - 1), true);
    return true;
  } catch {
    return false;
  }
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

/** Says whether a silence is in force; remembers the stretch that it found last, so that a rule is read once per stretch. */
export class SilenceClock {
  readonly #times: SilenceTimes;
  readonly #rule: RRuleTemporal | null;
  /** What is in force and for how long, or that nothing is. */
  #known: Stretch = { fromMs: 0, toMs: 0, isInForce: false };

  constructor(times: SilenceTimes) {
    this.#times = times;
    this.#rule = times.rule === null ? null : ruleOf(times, times.rule);
  }

  isInForceAt(nowMs: number): boolean {
    const { startMs, expiresMs } = this.#times;
    if (nowMs < startMs || nowMs >= expiresMs) return false;
    if (this.#rule === null) return true;
    if (nowMs < this.#known.fromMs || nowMs >= this.#known.toMs) this.#known = this.#look(this.#rule, nowMs);
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
