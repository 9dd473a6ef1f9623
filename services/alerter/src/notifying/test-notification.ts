import type { DecisionRecord } from '@burnline/contracts';
import { HOUR_MS, MINUTE_MS, alertKeyOf, decisionKeyOf } from '@burnline/core';
import type { Notice } from '../receivers/notice.ts';
import type { Answer, Receiver, Verdict } from '../receivers/receiver.ts';
import { post } from './delivery.ts';

const TIMEOUT_MS = 10_000;

/** What a receiver made of a test: of its begin, and of the end that takes it back where it was taken. */
export interface TestAnswer {
  readonly receiver: string;
  readonly kind: 'fire' | 'resolve';
  readonly verdict: Verdict;
  /** See Answer. */
  readonly statusCode: number;
  readonly error: string;
}

/**
 * Tells receivers of an alert that is marked as a test, and of its end, once each, in the words and by the way of a real one.
 * Nothing of it is decided, counted or kept. Rejects when the signal aborts.
 */
export async function tellTest(
  receivers: readonly Receiver[],
  test: { readonly route: string; readonly by: string; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<readonly TestAnswer[]> {
  const answers = await Promise.all(receivers.map((receiver) => tellOne(receiver, test)));
  return answers.flat();
}

async function tellOne(
  receiver: Receiver,
  { route, by, nowMs, signal }: Parameters<typeof tellTest>[1],
): Promise<readonly TestAnswer[]> {
  const voice = receiver.begin();
  const tell = async (kind: 'fire' | 'resolve'): Promise<TestAnswer> => {
    const notice = noticeOf(kind, { route, by, nowMs });
    const request = voice.requestFor([notice], nowMs);
    const answer: Answer = await (receiver.deliver ?? post)(request, { signal, timeoutMs: TIMEOUT_MS });
    const verdict = receiver.verdictOf(answer.statusCode);
    const error = verdict === 'taken' ? '' : answer.error;
    return { receiver: receiver.name, kind, verdict, statusCode: answer.statusCode, error };
  };
  const fire = await tell('fire');
  return fire.verdict === 'taken' ? [fire, await tell('resolve')] : [fire];
}

function noticeOf(
  kind: 'fire' | 'resolve',
  { route, by, nowMs }: { readonly route: string; readonly by: string; readonly nowMs: number },
): Notice {
  // A test of its own each time: one that was taken before must not keep this one from being heard.
  const alertKey = alertKeyOf({ stream: 'test', slo: 'test', seriesKey: String(nowMs), tier: route });
  const firedAtMs = nowMs - MINUTE_MS;
  const at = kind === 'fire' ? firedAtMs : nowMs;
  const decision: DecisionRecord = {
    version: 1,
    ...{ alertKey, kind, at, isInhibited: false },
    evidence: {
      ...{ stream: 'test', slo: 'test', displayName: `Test of route ${route}`, service: 'burnline' },
      ...{ specRev: 'test', series: '0', labels: { sent_by: by }, tier: route, severity: 'SEV-3' },
      ...{ target: '0.99', factor: 14.4, coverage: 1, attribution: [], urgency: 'ticket' },
      long: { windowMs: HOUR_MS, bad: 0, total: 0 },
      short: { windowMs: 5 * MINUTE_MS, bad: 0, total: 0 },
      burnRate: { long: 0, short: 0 },
      routed: { routes: [route], receivers: [] },
    },
  };
  const telling = { decision, isTold: true, key: decisionKeyOf(alertKey, at), firedAtMs };
  return { telling, context: null, repeat: 0, isTest: true };
}
