import {
  parseEvalVerdict,
  parseInferenceEvent,
  uuidFromBytes,
  type IntakeOptions,
} from '@burnline/contracts';
import type { CollectorParts } from '../collector-parts.ts';
import { readRecords } from '../records/read-records.ts';
import type { Accepted, Exchange } from './exchange.ts';
import { idSource } from './idempotency-key.ts';

/** Suggestions for unknown keys that one request is given; a sender who misspells more has other troubles. */
const HINTS_MAX = 64;

export function takeEvents(parts: CollectorParts, exchange: Exchange): Promise<Accepted> {
  const batch = parts.writer.begin('inference');
  return takeRecords(parts, exchange, {
    kind: 'inference',
    topic: parts.topics.inference,
    append: (ids) => batch.append(ids),
    take: (json, options) => {
      const event = parseInferenceEvent(json, options);
      batch.add(event);
      return event.event_id;
    },
  });
}

export function takeVerdicts(parts: CollectorParts, exchange: Exchange): Promise<Accepted> {
  const batch = parts.writer.begin('verdict');
  return takeRecords(parts, exchange, {
    kind: 'verdict',
    topic: parts.topics.verdicts,
    append: (ids) => batch.append(ids),
    take: (json, options) => {
      const verdict = parseEvalVerdict(json, options);
      batch.add(verdict);
      return verdict.event_id;
    },
  });
}

async function takeRecords(
  parts: CollectorParts,
  { request, client, body, turns, signal }: Exchange,
  records: {
    readonly kind: string;
    readonly topic: string;
    /** Parses one and adds it to what is appended; its id. */
    readonly take: (json: unknown, options: IntakeOptions) => Uint8Array;
    readonly append: (ids: readonly string[]) => Promise<void>;
  },
): Promise<Accepted> {
  const newId = idSource(request, { client, kind: records.kind });
  const hints = { left: HINTS_MAX };
  const now = (): number => parts.clock.nowMs() * 1_000;
  const ids: string[] = [];
  const reading = readRecords(body, (json, index) => {
    const id = records.take(json, { newEventId: () => newId(index), now, hints });
    ids.push(uuidFromBytes(id));
  });
  await turns.run(reading.step, signal);
  const accepted = reading.finish();
  await records.append(ids);
  parts.metrics?.accepted(records.topic, accepted);
  return { accepted, ids };
}
