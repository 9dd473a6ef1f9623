import { parseInferenceEvent, uuidFromBytes } from '@burnline/contracts';
import type { CollectorParts } from '../../collector-parts.ts';
import { pickMembers } from '../../records/pick-members.ts';
import { addIssues, readRecords, type RecordForm } from '../../records/read-records.ts';
import type { Accepted, Exchange } from '../dialect.ts';
import { keepRecords } from '../keep-records.ts';
import { NOTHING_MADE_UP } from '../nothing-made-up.ts';
import { attemptsOf } from './attempts.ts';
import type { Source } from '../source-of.ts';
import { SERVICE_PATH, eventOfPayload } from './event-of-payload.ts';
import { PAYLOAD, type Payload } from './payload.ts';

const MIB = 1024 * 1024;
const SERVICE_REMEDY =
  'Name the service: ?service=NAME in GENERIC_LOGGER_ENDPOINT, or metadata.service of each request.';
const REMEDY = 'Correct what the problems name; docs/intake.md says what is read of a payload.';

/** Whole chats stand in a payload, with tools of any depth: only its length counts, since they are walked over. */
const PAYLOADS: RecordForm = {
  limits: { bytesMax: MIB, valuesMax: Infinity, depthMax: Infinity },
  parse: (bytes) => pickMembers(bytes, PAYLOAD),
};

/** Takes the events of a body of payloads. Rejects where none is one, or as `appendParts` does. */
export async function takePayloads(
  parts: CollectorParts,
  { body, client, turns, signal }: Exchange,
  source: Source,
): Promise<Accepted> {
  const batch = parts.writer.beginEvents();
  const ids = new Map<number, string>();
  const placed = new Map<number, Payload>();
  const reading = readRecords(body, PAYLOADS, (payload, index) => {
    // LiteLLM appends null where it has no payload.
    if (payload !== null) placed.set(index, payload as Payload);
  });
  await turns.run(reading.step, signal);
  const attempts = attemptsOf([...placed.values()]);
  const rest = placed.entries();
  const step = (): boolean => {
    const { value, done } = rest.next();
    if (done === true) return true;
    const [index, payload] = value;
    addIssues(reading.problems, index, () => {
      const event = eventOfPayload(payload, source, attempts.get(payload));
      const record = parseInferenceEvent(event, NOTHING_MADE_UP);
      if (batch.add(record, index)) ids.set(index, uuidFromBytes(record.event_id));
    });
    return false;
  };
  await turns.run(step, signal);
  const isUnnamed = reading.problems.summary().problems.some(({ path }) => path === SERVICE_PATH);
  return keepRecords(parts, {
    batches: [batch],
    client,
    ids,
    problems: reading.problems,
    of: { count: reading.count, noun: 'record' },
    // It throws a refused batch away as a whole: the right ones are taken.
    isRefused: ids.size === 0 && batch.leftOutCount === 0,
    remedy: isUnnamed ? SERVICE_REMEDY : REMEDY,
  });
}
