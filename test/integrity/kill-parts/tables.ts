import { DECISIONS_TOPIC, decodeDecision, type DecisionRecord } from '@burnline/contracts';
import { decisionKeyOf } from '@burnline/core';
import { announcementsOf } from './announcements.ts';
import type { Rig } from './rig.ts';

/** An offset in the topic of events, less the announcements before it: see announcements.ts. */
const place = (column: string): string =>
  `${column} - arrayCount(one -> one < ${column}, {announced:Array(Array(UInt64))}[partition + 1]) AS ${column}_place`;

/** All that a replay leaves behind, in the order of its keys; not the names of its stream and not when it was written. */
const QUERIES: Readonly<Record<string, string>> = {
  raw: `SELECT ${place('offset')}, * EXCEPT (stream, stream_epoch, kept_since, offset) FROM inference_events FINAL
        WHERE stream = {stream:String} ORDER BY partition, offset, event_index`,
  chunks: `SELECT ${place('chunk')}, ${place('version')}, * EXCEPT (stream, stream_epoch, kept_since, chunk, version)
           FROM sli_panes FINAL WHERE stream = {stream:String} ORDER BY slo, series, pane, partition, chunk`,
  panes: `SELECT * EXCEPT (stream) FROM slo_panes WHERE stream = {stream:String} ORDER BY slo, toString(labels), pane`,
  burnRates: `SELECT * EXCEPT (stream, written_at) FROM burn_rates FINAL
              WHERE stream = {stream:String} ORDER BY slo, series, evaluated_at`,
  budgets: `SELECT * EXCEPT (stream, written_at) FROM budgets FINAL
            WHERE stream = {stream:String} ORDER BY slo, series, evaluated_at`,
  decisions: `SELECT * EXCEPT (stream, log_offset, decided_at) FROM alert_decisions FINAL
              WHERE stream = {stream:String} ORDER BY alert_key, evaluated_at`,
  history: `SELECT * EXCEPT (stream, attempts) FROM alert_history WHERE stream = {stream:String} ORDER BY decision_key`,
};

export type TableTexts = Readonly<Record<string, string>>;

/** Every table as text, a line per row. */
export async function readTables(rig: Rig, stream: string): Promise<TableTexts> {
  const announced = await announcementsOf(rig.log, rig.topics(stream)[0]!);
  const texts = Object.entries(QUERIES).map(async ([name, sql]) => {
    const rows = await rig.store.query(sql, { stream, announced });
    return [name, nameless(rows.map((row) => JSON.stringify(row)).join('\n'), stream)] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

/** What the decision log says of a stream, by key: every message, so that a decision made twice shows. */
export async function readDecisions({ log }: Rig, stream: string): Promise<Map<string, DecisionRecord[]>> {
  const [bounds] = await log.bounds([DECISIONS_TOPIC]);
  const byKey = new Map<string, DecisionRecord[]>();
  for (let next = 0; next < bounds!.endOffset;) {
    const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: next, bytesMax: 1024 * 1024 };
    const messages = await log.read(from);
    next = messages.at(-1)!.offset + 1;
    for (const decision of messages.map((message) => decodeDecision(message.value))) {
      if (decision.evidence.stream !== stream) continue;
      const key = nameless(decisionKeyOf(decision.alertKey, decision.at), stream);
      byKey.set(key, [...(byKey.get(key) ?? []), decision]);
    }
  }
  return byKey;
}

/** What the receiver got of a stream, by key: every body, repeats included. */
export function receivedPages({ webhook }: Rig, stream: string): ReadonlyMap<string, readonly string[]> {
  const byKey = new Map<string, string[]>();
  for (const [index, body] of webhook.bodies.entries()) {
    if (body['stream'] !== stream) continue;
    const key = nameless(webhook.keys[index]!, stream);
    byKey.set(key, [...(byKey.get(key) ?? []), nameless(JSON.stringify(body), stream)]);
  }
  return byKey;
}

function nameless(text: string, stream: string): string {
  return text.replaceAll(stream, 'STREAM');
}
