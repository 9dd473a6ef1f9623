import { AppError, decisionKeyOf, isEnding, type DecisionKind } from '@burnline/core';
import { DECISIONS_TOPIC, decodeDecision, encodeDecision, type DecisionRecord } from '@burnline/contracts';
import type { Clock, EventLog, Store } from '@burnline/runtime';

type EndAlertErrorCode =
  | 'ALERT_REQUEST_INVALID'
  | 'ALERT_UNKNOWN'
  | 'ALERT_NOT_OPEN'
  | 'ALERT_DECIDED_MEANWHILE'
  | 'ALERT_END_UNSEEN';

/** How long the tables may take to show what was appended; a notifier that is busy takes some seconds. */
const SEEN_MS_MAX = 8_000;
const LOOK_MS = 100;
/** Of a name and a reason, in characters: they stand in rows and messages for good. */
const TEXT_LENGTH_MAX = 1_000;

export interface EndAlertParts {
  readonly store: Store;
  readonly log: EventLog;
  readonly clock: Clock;
}

interface LastDecision {
  readonly decision: DecisionKind;
  readonly evaluated_s: number;
  readonly log_offset: number;
  readonly evaluated_through_s: number;
}

/**
 * Ends an open alert by name: a decision like any other, with who asked for it and why, appended before anybody is told. It
 * says nothing about the service: what burns still, or again, fires anew.
 *
 * Rejects with ALERT_REQUEST_INVALID, ALERT_UNKNOWN, ALERT_NOT_OPEN, ALERT_DECIDED_MEANWHILE or ALERT_END_UNSEEN.
 */
export async function endAlert(
  parts: EndAlertParts,
  request: Readonly<Record<string, unknown>>,
): Promise<{ readonly decisionKey: string }> {
  const [alertKey, by, reason] = ['alert_key', 'by', 'reason'].map((name) => textOf(request, name)) as [
    string,
    string,
    string,
  ];
  const last = await lastDecision(parts.store, alertKey);
  const { evidence } = await recordAt(parts.log, last.log_offset, alertKey);
  const at = Math.max(last.evaluated_s + 1, last.evaluated_through_s) * 1_000;
  const decision: DecisionRecord = {
    version: 1,
    alertKey,
    kind: 'ended',
    at,
    isInhibited: false,
    evidence: { ...evidence, attribution: [] },
    ending: { by, reason },
  };
  await parts.log.append([
    { topic: DECISIONS_TOPIC, partition: 0, messages: [{ value: encodeDecision(decision) }] },
  ]);
  await untilSeen(parts, decision);
  return { decisionKey: decisionKeyOf(alertKey, at) };
}

function textOf(request: Readonly<Record<string, unknown>>, name: string): string {
  const value = request[name];
  if (typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_LENGTH_MAX) return value;
  throw new AppError<EndAlertErrorCode>(
    'ALERT_REQUEST_INVALID',
    `${name} must be a text of 1 to ${TEXT_LENGTH_MAX} characters`,
    { remedy: 'Send alert_key, by and reason.' },
  );
}

async function lastDecision(store: Store, alertKey: string): Promise<LastDecision> {
  const [last] = await store.query<LastDecision>(
    `SELECT toString(d.decision) AS decision, toUnixTimestamp(d.evaluated_at) AS evaluated_s, d.log_offset AS log_offset,
            toUnixTimestamp(e.through) AS evaluated_through_s
     FROM (SELECT * FROM alert_decisions FINAL WHERE alert_key = {key:String} ORDER BY log_offset DESC LIMIT 1) AS d
     LEFT JOIN (SELECT stream, max(evaluated_through) AS through FROM evaluation_hours GROUP BY stream) AS e
       ON e.stream = d.stream`,
    { key: alertKey },
  );
  if (last === undefined)
    throw new AppError<EndAlertErrorCode>('ALERT_UNKNOWN', `Nothing was ever decided about ${alertKey}`, {
      remedy: 'burnline alerts lists those that are open, with their keys.',
    });
  if (isEnding(last.decision))
    throw new AppError<EndAlertErrorCode>('ALERT_NOT_OPEN', `${alertKey} is over already: ${last.decision}`);
  return last;
}

async function recordAt(log: EventLog, offset: number, alertKey: string): Promise<DecisionRecord> {
  const [message] = await log.read({ topic: DECISIONS_TOPIC, partition: 0, fromOffset: offset, bytesMax: 1 });
  const record = message?.offset === offset ? decodeDecision(message.value) : null;
  if (record?.alertKey === alertKey) return record;
  throw new AppError<EndAlertErrorCode>(
    'ALERT_UNKNOWN',
    `The decision log has no decision about ${alertKey} at offset ${offset}`,
    { remedy: 'The log and the database do not belong together; see docs/operations.md.' },
  );
}

/** For one alert and evaluation time the first message stands; which one that was is what the tables say. */
async function untilSeen({ store, clock }: EndAlertParts, { alertKey, at }: DecisionRecord): Promise<void> {
  const deadlineMs = clock.monotonicMs() + SEEN_MS_MAX;
  while (clock.monotonicMs() < deadlineMs) {
    const [row] = await store.query<{ readonly decision: DecisionKind }>(
      `SELECT toString(decision) AS decision FROM alert_decisions FINAL
       WHERE alert_key = {key:String} AND evaluated_at >= fromUnixTimestamp({at:UInt32})
       ORDER BY evaluated_at, log_offset LIMIT 1`,
      { key: alertKey, at: at / 1_000 },
    );
    if (row?.decision === 'ended') return;
    if (row !== undefined)
      throw new AppError<EndAlertErrorCode>(
        'ALERT_DECIDED_MEANWHILE',
        `Another decision about ${alertKey} came first: ${row.decision}`,
        { remedy: 'Look at burnline alerts, and ask again if it is still open.' },
      );
    await clock.sleep(LOOK_MS);
  }
  throw new AppError<EndAlertErrorCode>(
    'ALERT_END_UNSEEN',
    'The decision is in the log, and the tables do not show it yet',
    { remedy: 'Look at burnline alerts in a moment.' },
  );
}
