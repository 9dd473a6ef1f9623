import type { DecisionRecord } from '@burnline/contracts';
import { alertOfId, type ServiceChange } from '@burnline/queries';
import { describe, expect, it } from 'vitest';
import { alertPageOf, changePageOf } from './console-links.ts';
import type { Notice } from './notice.ts';

const BASE = 'https://burnline.example/behind';
const ALERT = 'live|chat-ttft|model=ü/+?|fast';

function noticeOf(over: Partial<Notice> = {}, firedAtMs: number | null = 1_767_225_600_000): Notice {
  const decision = { alertKey: ALERT, kind: 'fire', evidence: {} } as DecisionRecord;
  return {
    ...{ telling: { decision, isTold: true, key: 'key', firedAtMs }, context: null, repeat: 0, ...over },
  };
}
const change: ServiceChange & { readonly stream: string } = {
  ...{ service: 'chat', what: 'variant', value: 'b', firstMs: 1_767_225_659_999, stream: 'live' },
};
const queryOf = (href: string): Readonly<Record<string, string>> =>
  Object.fromEntries(new URL(href).searchParams);

describe('links to the console', () => {
  it('lead to the alert by its id, whatever its key is made of', () => {
    const { href } = alertPageOf(BASE, noticeOf())!;
    expect(href).toMatch(/^https:\/\/burnline\.example\/behind\/alert\?id=/);
    expect(alertOfId(queryOf(href)['id']!)).toEqual({ firedAtMs: 1_767_225_600_000, alertKey: ALERT });
  });

  it('are none of what has no page, and none where nobody said where the console is', () => {
    const policy = noticeOf();
    Object.assign(policy.telling.decision.evidence, { policy: {} });
    expect([
      alertPageOf(undefined, noticeOf()),
      alertPageOf(BASE, noticeOf({ isTest: true })),
      alertPageOf(BASE, noticeOf({}, null)),
      alertPageOf(BASE, policy),
      changePageOf(undefined, change),
    ]).toEqual([null, null, null, null, null]);
  });

  it('lead to events from the minute of the first one on, of the stream that changed', () => {
    expect(queryOf(changePageOf(BASE, { ...change, stream: 'replay-1' })!.href)).toEqual({
      ...{ from: '1767225600000', to: '1767229200000', stream: 'replay-1' },
      where: 'service=chat\nvariant=b',
    });
  });

  it('test no value that was cut, or that no test can name', () => {
    for (const value of ['x'.repeat(200), 'a\nb'])
      expect(queryOf(changePageOf(BASE, { ...change, value })!.href)['where']).toBe('service=chat');
  });
});
