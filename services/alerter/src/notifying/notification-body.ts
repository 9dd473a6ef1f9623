import { createHash } from 'node:crypto';
import { durationText, isEnding, MINUTE_MS } from '@burnline/core';
import type { Contribution, DecisionRecord } from '@burnline/contracts';
import type { Telling } from './speakers.ts';

/** What was looked up beside a live decision, see `alert_contexts`. */
export interface TellingContext {
  readonly attribution: readonly Contribution[];
  readonly budgetRemaining: number | null;
}

/** One thing to tell one receiver. */
export interface Notice {
  readonly telling: Telling;
  readonly context: TellingContext | null;
  /** How often a standing alert was told before: 0 for the first time. */
  readonly repeat: number;
}

/** Series that a summary names; the body names all of them. */
const SERIES_IN_SUMMARY = 3;

/** What a receiver is sent, as JSON. Stable: fields are added, never changed. */
function notificationOf(notice: Notice): object {
  const { telling, repeat } = notice;
  const { decision, key, firedAtMs } = telling;
  const { evidence } = decision;
  const { attribution, budgetRemaining } = knownOf(notice);
  return {
    version: 1,
    decision_key: key,
    alert_key: decision.alertKey,
    decision: decision.kind,
    evaluated_at: new Date(decision.at).toISOString(),
    fired_at: firedAtMs === null ? null : new Date(firedAtMs).toISOString(),
    repeat,
    urgency: evidence.urgency ?? null,
    severity: evidence.severity,
    summary: summaryOf(notice),
    slo: evidence.slo,
    display_name: evidence.displayName,
    service: evidence.service,
    labels: evidence.labels,
    stream: evidence.stream,
    tier: evidence.tier,
    target: evidence.target,
    burn_rate_factor: evidence.factor,
    burn_rate: evidence.burnRate ?? null,
    long_window: windowOf(evidence.long),
    short_window: windowOf(evidence.short),
    budget_remaining: budgetRemaining,
    budget_exhausted_at: exhaustedAt(decision, budgetRemaining),
    coverage: evidence.coverage,
    spec_rev: evidence.specRev,
    attribution,
    ...(decision.ending !== undefined && { ended_by: decision.ending.by, reason: decision.ending.reason }),
    runbook: evidence.runbook ?? null,
    details: `burnline status --stream ${evidence.stream} --as-of ${new Date(decision.at).toISOString()}`,
  };
}

/** One notification for several series of one SLO and tier: the fields of the worst, and every series by name. */
export function groupNotificationOf(notices: readonly Notice[]): {
  readonly key: string;
  readonly body: object;
} {
  const [worst] = [...notices].sort((a, b) => burnOf(b) - burnOf(a));
  const [single] = notices;
  if (worst === undefined || single === undefined) throw new TypeError('a group has members');
  if (notices.length === 1) return { key: single.telling.key, body: notificationOf(single) };
  const keys = notices.map(({ telling }) => telling.key).sort();
  const key = `group|${createHash('sha256').update(JSON.stringify(keys)).digest('hex').slice(0, 32)}`;
  const series = notices.map(({ telling: { key: decisionKey, decision } }) => ({
    decision_key: decisionKey,
    alert_key: decision.alertKey,
    labels: decision.evidence.labels,
    burn_rate: decision.evidence.burnRate ?? null,
    long_window: windowOf(decision.evidence.long),
    short_window: windowOf(decision.evidence.short),
  }));
  const body = { ...notificationOf(worst), decision_key: key, summary: groupSummaryOf(worst, notices) };
  return { key, body: { ...body, group: { series_count: series.length, series } } };
}

/** One line that says at night what there is to know. */
export function summaryOf(notice: Notice): string {
  const { decision } = notice.telling;
  return `${headOf(notice, labelsText(decision))}: ${bodyOf(notice)}`;
}

function groupSummaryOf(worst: Notice, notices: readonly Notice[]): string {
  const named = notices.slice(0, SERIES_IN_SUMMARY).map(({ telling }) => labelsText(telling.decision));
  const rest = notices.length - named.length;
  const series = `${notices.length} series (${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''})`;
  return `${headOf(worst, series)}: the worst ${bodyOf(worst)}`;
}

function headOf({ telling: { decision }, repeat }: Notice, where: string): string {
  const { evidence, kind } = decision;
  const urgency = evidence.urgency === 'ticket' ? 'Ticket' : 'Page';
  const what = kind === 'fire' ? urgency : `${urgency} ${WORDS[kind] ?? kind}`;
  const again = repeat === 0 ? '' : ' (still)';
  const name = `${evidence.displayName} of ${evidence.service}`;
  return `${what}${again} ${evidence.severity}: ${name}${where === '' ? '' : `, ${where}`}`;
}

/** What is said of a page that is not new. */
const WORDS: Readonly<Record<string, string>> = {
  resolve: 'resolved',
  freeze: 'frozen (data is missing)',
  thaw: 'goes on (data is back)',
  removed: 'is watched no more',
  ended: 'was ended by name',
};

function bodyOf(notice: Notice): string {
  const { decision } = notice.telling;
  const { long, short, burnRate, factor } = decision.evidence;
  const { budgetRemaining } = knownOf(notice);
  const rate =
    burnRate === undefined ? `at a factor of ${numberText(factor)}` : `${numberText(burnRate.long)}x`;
  const counts =
    `${long.bad} of ${long.total} bad in ${durationText(long.windowMs)}, ` +
    `${short.bad} of ${short.total} in ${durationText(short.windowMs)}`;
  const burns = decision.kind === 'resolve' ? 'burns no more' : `burns its budget ${rate}`;
  return `${burns} (${counts})${budgetText(decision, budgetRemaining)}`;
}

function budgetText(decision: DecisionRecord, remaining: number | null): string {
  if (remaining === null) return '';
  if (remaining <= 0) return `; budget spent (${percentText(remaining)} left)`;
  const leftMs = leftMsOf(decision, remaining);
  const until = leftMs === null ? '' : `, gone in ${roughText(leftMs)} at this rate`;
  return `; ${percentText(remaining)} of the budget left${until}`;
}

/** How long what is left lasts at the rate of the short window; null if nothing burns or the rate is not known. */
function leftMsOf({ evidence }: DecisionRecord, remaining: number): number | null {
  const rate = evidence.burnRate?.short ?? 0;
  if (evidence.periodMs === undefined || rate <= 0) return null;
  return (Math.max(0, remaining) * evidence.periodMs) / rate;
}

function exhaustedAt(decision: DecisionRecord, remaining: number | null): string | null {
  if (remaining === null || isEnding(decision.kind)) return null;
  const leftMs = leftMsOf(decision, remaining);
  return leftMs === null ? null : new Date(decision.at + Math.round(leftMs)).toISOString();
}

function knownOf({ telling: { decision }, context }: Notice): TellingContext {
  const { attribution, budgetRemaining } = decision.evidence;
  return {
    attribution: attribution.length > 0 ? attribution : (context?.attribution ?? []),
    budgetRemaining: budgetRemaining ?? context?.budgetRemaining ?? null,
  };
}

function labelsText({ evidence }: DecisionRecord): string {
  return Object.entries(evidence.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

const burnOf = ({ telling }: Notice): number => telling.decision.evidence.burnRate?.long ?? 0;
const numberText = (value: number): string => String(Number(value.toPrecision(3)));
const percentText = (ratio: number): string => `${numberText(ratio * 100)} %`;

/** Two units are enough at night. */
function roughText(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}

function windowOf(window: DecisionRecord['evidence']['long']): object {
  return { seconds: window.windowMs / 1_000, bad: window.bad, total: window.total };
}
