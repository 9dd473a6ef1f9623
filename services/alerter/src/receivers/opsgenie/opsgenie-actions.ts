import { createHash } from 'node:crypto';
import { isEnding } from '@burnline/core';
import type { DecisionRecord } from '@burnline/contracts';
import { cutText } from '../../cut-text.ts';
import { commandOf, whereText } from '../facts.ts';
import type { Notice } from '../notice.ts';
import { summaryOf } from '../words.ts';

/** A call of the Alert API v2, its path after `/v2/alerts`. */
interface Action {
  readonly path: string;
  readonly body: object;
}

/** Bounds of the Alert API, in characters; what is longer it refuses as a whole. */
const MESSAGE_LENGTH_MAX = 130;
const ALIAS_LENGTH_MAX = 512;
const DESCRIPTION_LENGTH_MAX = 15_000;
const NOTE_LENGTH_MAX = 25_000;
const TAG_LENGTH_MAX = 50;
const NAME_LENGTH_MAX = 100;
const DETAILS_LENGTH_MAX = 8_000;
/** Of one detail, so that a long one leaves room for the others. */
const DETAIL_LENGTH_MAX = 1_000;
const SOURCE = 'burnline';

/** A ticket never wakes anybody that a page of the same severity would. */
const PRIORITIES = {
  page: { 'SEV-1': 'P1', 'SEV-2': 'P2', 'SEV-3': 'P3' },
  ticket: { 'SEV-1': 'P3', 'SEV-2': 'P4', 'SEV-3': 'P5' },
} as const;

/** A fire opens an alert or counts as its repeat, an end closes it, and whatever else happens to it is a note. */
export function actionOf(notice: Notice): Action {
  const { decision } = notice.telling;
  const alias = aliasOf(decision.alertKey);
  if (decision.kind === 'fire') return { path: '', body: alertOf(notice, alias) };
  const verb = isEnding(decision.kind) ? 'close' : 'notes';
  return { path: `/${encodeURIComponent(alias)}/${verb}?identifierType=alias`, body: noteOf(notice) };
}

function aliasOf(alertKey: string): string {
  if (alertKey.length <= ALIAS_LENGTH_MAX) return alertKey;
  return createHash('sha256').update(alertKey).digest('hex');
}

function alertOf(notice: Notice, alias: string): object {
  const { evidence } = notice.telling.decision;
  const { urgency = 'page', severity, service, slo } = evidence;
  return {
    message: cutText(summaryOf(notice), MESSAGE_LENGTH_MAX),
    alias,
    description: cutText(descriptionOf(notice), DESCRIPTION_LENGTH_MAX),
    priority: PRIORITIES[urgency][severity],
    source: SOURCE,
    tags: [urgency, severity, service, slo].map((tag) => cutText(tag, TAG_LENGTH_MAX)),
    details: detailsOf(notice.telling.decision),
  };
}

function noteOf(notice: Notice): object {
  const { ending } = notice.telling.decision;
  const why = ending === undefined ? '' : `\n${ending.reason}`;
  return {
    source: SOURCE,
    note: cutText(`${summaryOf(notice)}${why}`, NOTE_LENGTH_MAX),
    ...(ending !== undefined && ending.by !== '' && { user: cutText(ending.by, NAME_LENGTH_MAX) }),
  };
}

function descriptionOf(notice: Notice): string {
  const { runbook } = notice.telling.decision.evidence;
  const where = whereText(notice);
  return [
    summaryOf(notice),
    ...(where === '' ? [] : [`Where they came from: ${where}`]),
    ...(notice.page === undefined ? [] : [`${notice.page.text}: ${notice.page.href}`]),
    ...(runbook === undefined ? [] : [`Runbook: ${runbook}`]),
    commandOf(notice.telling.decision),
  ].join('\n');
}

/** As many as fit, what identifies the alert first. */
function detailsOf({ alertKey, evidence }: DecisionRecord): Readonly<Record<string, string>> {
  const all = {
    alert_key: alertKey,
    stream: evidence.stream,
    tier: evidence.tier,
    target: evidence.target,
    coverage: String(evidence.coverage),
    spec_rev: evidence.specRev,
    ...(evidence.runbook !== undefined && { runbook: evidence.runbook }),
    ...Object.fromEntries(Object.entries(evidence.labels).map(([name, value]) => [`label.${name}`, value])),
  };
  let left = DETAILS_LENGTH_MAX;
  const fitting = Object.entries(all).flatMap(([name, value]): readonly [string, string][] => {
    const text = cutText(value, DETAIL_LENGTH_MAX);
    left -= name.length + text.length;
    return left < 0 ? [] : [[name, text]];
  });
  return Object.fromEntries(fitting);
}
