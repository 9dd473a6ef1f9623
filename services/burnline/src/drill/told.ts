import { isEnding } from '@burnline/core';
import type { StoredDecision, StoredNotice } from '@burnline/queries';

/** What one receiver was told of one alert, from the decision that fired it to the one that ended it. */
export interface Told {
  readonly receiver: string;
  /** Of what was delivered, ISO 8601; null: nothing was. */
  readonly firstToldAt: string | null;
  readonly lastToldAt: string | null;
  /** Of its newest notification. */
  readonly outcome: StoredNotice['outcome'];
  /** And of which decision that is. */
  readonly decision: StoredDecision['decision'];
  /** How often it was sent to, all notifications together. */
  readonly attempts: number;
}

/** Who was told of an alert, by its receivers' names; `decisions` stand in the order in which they were made. */
export function toldOf(fire: StoredDecision, decisions: readonly StoredDecision[]): readonly Told[] {
  const notices = episodeOf(fire, decisions).flatMap(({ decision, notices: own }) =>
    own.map((notice) => ({ ...notice, decision })),
  );
  const receivers = [...new Set(notices.map(({ receiver }) => receiver))].sort();
  return receivers.map((receiver) => {
    const own = notices.filter((notice) => notice.receiver === receiver);
    const delivered = own.flatMap(({ outcome, finishedAtMs }) =>
      outcome === 'delivered' ? [finishedAtMs] : [],
    );
    const newest = own.at(-1);
    return {
      receiver,
      firstToldAt: delivered.length === 0 ? null : new Date(Math.min(...delivered)).toISOString(),
      lastToldAt: delivered.length === 0 ? null : new Date(Math.max(...delivered)).toISOString(),
      outcome: newest?.outcome ?? 'waiting',
      decision: newest?.decision ?? fire.decision,
      attempts: own.reduce((sum, { attempts }) => sum + attempts, 0),
    };
  });
}

/** When an alert's fire was first delivered to anybody, epoch ms; null if it was not. */
export function deliveredAtMs({ notices }: StoredDecision): number | null {
  const times = notices.flatMap(({ outcome, finishedAtMs }) =>
    outcome === 'delivered' ? [finishedAtMs] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}

/** The decisions on an alert from its fire to its end, or to the newest one. */
function episodeOf(fire: StoredDecision, decisions: readonly StoredDecision[]): readonly StoredDecision[] {
  const own = decisions.filter(
    ({ alertKey, decidedAtMs }) => alertKey === fire.alertKey && decidedAtMs >= fire.decidedAtMs,
  );
  const end = own.findIndex(({ decision }) => isEnding(decision));
  return end === -1 ? own : own.slice(0, end + 1);
}
