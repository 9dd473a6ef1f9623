import { createHash } from 'node:crypto';
import { isEnding } from '@burnline/core';
import { cutText, oneLine } from '../../cut-text.ts';
import { commandOf, factsOf, linksOf } from '../facts.ts';
import type { Notice } from '../notice.ts';
import { summaryOf } from '../words.ts';
import { eventLinksOf, LINK_LENGTH_MAX } from './links.ts';

/** Bounds of the Events API v2, in characters; an event as a whole may have 512 KB. */
const SUMMARY_LENGTH_MAX = 1_024;
const DEDUP_KEY_LENGTH_MAX = 255;
const TEXT_LENGTH_MAX = 255;

/** A ticket never wakes anybody that a page of the same severity would. */
const SEVERITIES = {
  page: { 'SEV-1': 'critical', 'SEV-2': 'error', 'SEV-3': 'warning' },
  ticket: { 'SEV-1': 'warning', 'SEV-2': 'warning', 'SEV-3': 'info' },
} as const;

/**
 * An alert is known by its key: a fire triggers it, an end resolves it. The API has no notes: what else happens to it is another
 * trigger of the same key, which wakes nobody while the incident is open.
 */
export function eventOf(notice: Notice, routingKey: string): object {
  const { decision } = notice.telling;
  const head = { routing_key: routingKey, dedup_key: dedupKeyOf(decision.alertKey) };
  if (isEnding(decision.kind)) return { ...head, event_action: 'resolve' };
  const { evidence } = decision;
  const text = (value: string): string => cutText(oneLine(value), TEXT_LENGTH_MAX);
  return {
    ...head,
    event_action: 'trigger',
    client: 'Burnline',
    payload: {
      summary: cutText(oneLine(summaryOf(notice)), SUMMARY_LENGTH_MAX),
      source: text(evidence.service) || 'burnline',
      severity: SEVERITIES[evidence.urgency ?? 'page'][evidence.severity],
      timestamp: new Date(decision.at).toISOString(),
      component: text(evidence.slo),
      group: text(evidence.service),
      class: text(
        evidence.policy === undefined
          ? `burn rate, tier ${evidence.tier}`
          : `policy, level ${evidence.policy.level}`,
      ),
      custom_details: {
        decision: decision.kind,
        alert_key: decision.alertKey,
        ...Object.fromEntries(factsOf(notice).map(({ name, text: fact }) => [name, fact])),
        details: commandOf(decision),
      },
    },
    ...eventLinksOf(linksOf(notice, LINK_LENGTH_MAX)),
  };
}

function dedupKeyOf(alertKey: string): string {
  if (alertKey.length <= DEDUP_KEY_LENGTH_MAX) return alertKey;
  return createHash('sha256').update(alertKey).digest('hex');
}
