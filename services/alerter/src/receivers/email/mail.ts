import { createHash } from 'node:crypto';
import { isEnding } from '@burnline/core';
import { cutText, oneLine } from '../../cut-text.ts';
import { worstOf } from '../bundle-key.ts';
import { commandOf, factsOf, linksOf, seriesText } from '../facts.ts';
import type { Notice } from '../notice.ts';
import { groupSummaryOf, summaryOf } from '../words.ts';

/** What a mail says, and what it is known by; no line of it holds a line break but the text. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  /** The same for every attempt, so that mailboxes can tell a repeat. */
  readonly messageId: string;
  /** What mails of one alert share: they are one conversation. */
  readonly thread: string;
  readonly isUrgent: boolean;
}

const SUBJECT_LENGTH_MAX = 200;
const URL_LENGTH_MAX = 1_000;
/** Series that one mail names. */
export const SERIES_MAX = 100;
/** A domain that belongs to nobody, for good (RFC 2606). */
const DOMAIN = 'burnline.invalid';

/** One mail for an alert, or for several of one SLO and tier. */
export function mailOf(notices: readonly Notice[], key: string): Mail {
  const worst = worstOf(notices);
  const { decision } = worst.telling;
  const { kind, evidence } = decision;
  const summary = oneLine(notices.length === 1 ? summaryOf(worst) : groupSummaryOf(worst, notices));
  const lines = [
    summary,
    '',
    ...factsOf(worst).map(({ name, text }) => `${name}: ${text}`),
    ...linksOf(worst, URL_LENGTH_MAX).map(({ href, text }) => `${text}: ${href}`),
    '',
    ...(notices.length === 1
      ? [`Alert: ${decision.alertKey}`]
      : notices.map((notice) => `${seriesText(notice)}  (${notice.telling.decision.alertKey})`)),
    '',
    commandOf(decision),
  ];
  return {
    subject: cutText(summary, SUBJECT_LENGTH_MAX),
    text: `${lines.join('\n')}\n`,
    messageId: idOf(key),
    thread: idOf(`${evidence.stream}|${evidence.slo}|${evidence.tier}`),
    isUrgent: !isEnding(kind) && evidence.urgency !== 'ticket',
  };
}

function idOf(text: string): string {
  return `<${createHash('sha256').update(text).digest('hex').slice(0, 32)}@${DOMAIN}>`;
}
