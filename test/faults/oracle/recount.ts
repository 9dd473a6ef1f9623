import { createBatchDecoder, loadPackageSchemas, uuidFromBytes } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import type { TopicMessage } from './topic-content.ts';

/** What must be in the tables, counted from the topic's messages by plain loops that share no rule with the pipeline. */
export interface Recount {
  /** `partition|offset|index|id|repeat`, sorted: every event of the log at its position. */
  readonly rows: readonly string[];
  /** `slo|model|second|good|total`, sorted. */
  readonly panes: readonly string[];
  /** Ids, each at least once in the log. */
  readonly ids: ReadonlySet<string>;
  readonly repeatCount: number;
}

/** Messages back to which the same id makes an event a repeat: as the documents state it. */
const REPEAT_WINDOW_MESSAGES = 16_384;
const PANE_S = 10;

/** As slos.yaml has them. */
const SLOS = [
  {
    name: 'answered',
    counts: (event: InferenceEvent) => event.status !== 'cancelled',
    isGood: (event: InferenceEvent) => event.status === 'ok',
  },
  {
    name: 'fast',
    counts: (event: InferenceEvent) => event.status === 'ok' && event.ttft_ms !== null,
    isGood: (event: InferenceEvent) => event.ttft_ms !== null && event.ttft_ms <= 800,
  },
];
export const SLO_COUNT = SLOS.length;

/** Messages in the order of partition and offset. */
export function recount(messages: readonly TopicMessage[]): Recount {
  const decoder = createBatchDecoder(loadPackageSchemas());
  const lastSeen = new Map<string, number>();
  const ids = new Set<string>();
  const rows: string[] = [];
  const sums = new Map<string, { good: number; total: number }>();
  let repeatCount = 0;
  for (const { partition, offset, timestampMs, value } of messages) {
    const batch = decoder.decodeBatch(value);
    if (batch.kind !== 'inference') continue;
    for (const [index, event] of batch.records.entries()) {
      const id = uuidFromBytes(event.event_id);
      const before = lastSeen.get(`${partition}|${id}`);
      const isRepeat = before !== undefined && offset - before <= REPEAT_WINDOW_MESSAGES;
      lastSeen.set(`${partition}|${id}`, offset);
      ids.add(id);
      rows.push([partition, offset, index, id, Number(isRepeat)].join('|'));
      if (isRepeat) repeatCount += 1;
      else addToPanes(sums, event, timestampMs);
    }
  }
  return {
    rows: rows.sort(),
    panes: [...sums].map(([key, { good, total }]) => `${key}|${good}|${total}`).sort(),
    ids,
    repeatCount,
  };
}

function addToPanes(
  sums: Map<string, { good: number; total: number }>,
  event: InferenceEvent,
  appendedAtMs: number,
): void {
  // Nothing happens after it was appended: a source whose clock is ahead is set right.
  const occurredAtS = Math.min(event.occurred_at / 1e6, appendedAtMs / 1e3);
  const paneS = Math.floor(occurredAtS / PANE_S) * PANE_S;
  for (const { name, counts, isGood } of SLOS) {
    if (!counts(event)) continue;
    const key = `${name}|${event.model_requested}|${paneS}`;
    const sum = sums.get(key) ?? { good: 0, total: 0 };
    sums.set(key, { good: sum.good + (isGood(event) ? 1 : 0), total: sum.total + 1 });
  }
}
