import { durationText, isEnding, MINUTE_MS } from '@burnline/core';
import type { Contribution, DecisionRecord, PolicyEvidence } from '@burnline/contracts';
import type { Notice, TellingContext } from './notice.ts';

/** Series that a summary names; the body names all of them. */
const SERIES_IN_SUMMARY = 3;
/** And entities beyond their envelopes. */
const CULPRITS_IN_SUMMARY = 3;

/** One line that says at night what there is to know. */
export function summaryOf(notice: Notice): string {
  const { decision } = notice.telling;
  const { policy } = decision.evidence;
  if (policy !== undefined) return policySummaryOf(notice, policy);
  return `${headOf(notice, labelsText(decision))}: ${bodyOf(notice)}`;
}

/** The same for several series of one SLO and tier. */
export function groupSummaryOf(worst: Notice, notices: readonly Notice[]): string {
  const named = notices.slice(0, SERIES_IN_SUMMARY).map(({ telling }) => labelsText(telling.decision));
  const rest = notices.length - named.length;
  const series = `${notices.length} series (${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''})`;
  return `${headOf(worst, series)}: the worst ${bodyOf(worst)}`;
}

/** Of a level that a policy came to or left: what stands, and what follows from it. */
function policySummaryOf({ telling: { decision }, repeat }: Notice, policy: PolicyEvidence): string {
  const { name, level, slo, spent, liftBelow, stops, stands } = policy;
  const labels = labelsText(decision);
  const of = `${slo}${labels === '' ? '' : ` (${labels})`}`;
  const share = spent === null ? '' : `${percentText(spent)} of the budget of ${of} is spent`;
  const head = `Policy ${name} of ${decision.evidence.service}`;
  if (decision.kind === 'removed')
    return `${head}, ${level} is told no more: ${decision.ending?.reason ?? ''}`;
  if (isEnding(decision.kind))
    return `${head} has left ${level}: ${share === '' ? 'nothing is spent' : share}; it stands at ${stands ?? 'ok'}`;
  const until = liftBelow === null ? '' : ` until less than ${percentText(liftBelow)} is`;
  const effect = {
    ok: '',
    warn: '',
    approval: `; ${stops.join(', ')} need an override${until}`,
    freeze: `; ${stops.join(', ')} are stopped${until}`,
  }[level];
  return `${head} is ${repeat > 0 ? 'still ' : ''}at ${level}: ${share}${effect}`;
}

function headOf({ telling: { decision }, repeat, isTest }: Notice, where: string): string {
  const { evidence, kind } = decision;
  const urgency = evidence.urgency === 'ticket' ? 'Ticket' : 'Page';
  const what = kind === 'fire' ? urgency : `${urgency} ${WORDS[kind] ?? kind}`;
  const again = repeat === 0 ? '' : ' (still)';
  const name = `${evidence.displayName} of ${evidence.service}`;
  const test = isTest === true ? 'TEST, nothing burns. ' : '';
  return `${test}${what}${again} ${evidence.severity}: ${name}${where === '' ? '' : `, ${where}`}`;
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
  const parts = partsOf(notice);
  // Counts of a composite stand for shares of its budget, and tell nobody anything.
  const counts =
    parts !== null
      ? `parts: ${partsText(parts, CULPRITS_IN_SUMMARY)}; in ${durationText(long.windowMs)}`
      : `${long.bad} of ${long.total} bad in ${durationText(long.windowMs)}, ` +
        `${short.bad} of ${short.total} in ${durationText(short.windowMs)}`;
  const burns = decision.kind === 'resolve' ? 'burns no more' : `burns its budget ${rate}`;
  const what =
    factor === 0 && decision.kind !== 'resolve' ? `has what is bad at all${culpritsText(notice)}` : burns;
  return `${what} (${counts})${budgetText(decision, budgetRemaining)}`;
}

function budgetText(decision: DecisionRecord, remaining: number | null): string {
  if (remaining === null) return '';
  if (remaining <= 0) return `; budget spent (${percentText(remaining)} left)`;
  const leftMs = leftMsOf(decision, remaining);
  const until = leftMs === null ? '' : `, gone in ${roughText(leftMs)} at this rate`;
  return `; ${percentText(remaining)} of the budget left${until}`;
}

/** How long what is left lasts at the rate of the short window; null if nothing burns or the rate is not known. */
export function leftMsOf({ evidence }: DecisionRecord, remaining: number): number | null {
  const rate = evidence.burnRate?.short ?? 0;
  if (evidence.periodMs === undefined || rate <= 0) return null;
  return (Math.max(0, remaining) * evidence.periodMs) / rate;
}

/** What a decision saw, and what was looked up since. */
export function knownOf({ telling: { decision }, context }: Notice): TellingContext {
  const { attribution, budgetRemaining } = decision.evidence;
  return {
    attribution: attribution.length > 0 ? attribution : (context?.attribution ?? []),
    budgetRemaining: budgetRemaining ?? context?.budgetRemaining ?? null,
    isUnread: context?.isUnread ?? false,
  };
}

/** What is known of a composite's parts; null of an alert of anything else, and of decisions that fire nothing. */
export function partsOf(notice: Notice): KnownParts | null {
  const { kind, evidence } = notice.telling.decision;
  if (evidence.parts === undefined || kind !== 'fire') return null;
  const { attribution, isUnread } = knownOf(notice);
  const burns = attribution.filter(({ burnRate }) => burnRate !== undefined);
  const values = attribution.filter(({ part }) => part !== undefined);
  const worst = values[0]?.part ?? burns.find(({ bad }) => bad > 0)?.value ?? null;
  return { names: evidence.parts, burns, values, worst, isUnread: isUnread && values.length === 0 };
}

interface KnownParts {
  readonly names: readonly string[];
  /** The one that burns most first; empty: that could not be read in time. */
  readonly burns: readonly Contribution[];
  /** Where the bad events of the worst one came from. */
  readonly values: readonly Contribution[];
  readonly worst: string | null;
  /** Where they came from could not be read in time. */
  readonly isUnread: boolean;
}

/** Parts of a composite and what each burns of it, or only which there are. */
export function partsText({ names, burns }: KnownParts, countMax: number): string {
  const all =
    burns.length === 0 ? names : burns.map(({ value, burnRate = 0 }) => `${value} ${numberText(burnRate)}x`);
  const more = all.length > countMax ? `, and ${all.length - countMax} more` : '';
  return `${all.slice(0, countMax).join(', ')}${more}`;
}

/** Of a tier that fires on anything bad: what that is. */
function culpritsText(notice: Notice): string {
  const shares = knownOf(notice).attribution.slice(0, CULPRITS_IN_SUMMARY).map(shareText);
  return shares.length === 0 ? '' : `: ${shares.join(', ')}`;
}

/** Where bad events came from, which entity is beyond its envelope, or which part of a composite burns. */
export function shareText(one: Contribution): string {
  const { dimension, value, bad, consumed, allowed, burnRate, lift } = one;
  const isEntity = consumed !== undefined;
  const what = isEntity ? `consumed ${consumed} of ${allowed ?? 0}` : burnText(bad, burnRate);
  return `${dimension}=${value} (${what}${lift === undefined ? '' : `, lift ${numberText(lift)}`})`;
}

const burnText = (bad: number, burnRate: number | undefined): string =>
  burnRate === undefined ? `${bad} bad` : `burns ${numberText(burnRate)}x, ${bad} bad`;

export function labelsText({ evidence }: DecisionRecord): string {
  return Object.entries(evidence.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

export const numberText = (value: number): string => String(Number(value.toPrecision(3)));
export const percentText = (ratio: number): string => `${numberText(ratio * 100)} %`;

/** Two units are enough at night. */
function roughText(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}
