import {
  JUDGED_FIELDS,
  RESPONSE_ID_ATTRIBUTE,
  type EvalVerdict,
  type VerdictReference,
} from '@burnline/core';
import { MAP_ENTRIES_MAX } from '@burnline/contracts';
import type { JudgedEvent } from './judged-events.ts';

/** The verdict that a reference becomes: its own judgement, and time and dimensions of the event. */
export function verdictOf(reference: VerdictReference, event: JudgedEvent): EvalVerdict {
  const { evaluator, evaluator_version, kind, dimension, passed, score } = reference;
  const judged = Object.fromEntries(JUDGED_FIELDS.map((name) => [name, event[name]]));
  return {
    ...(judged as Pick<JudgedEvent, (typeof JUDGED_FIELDS)[number]>),
    event_id: reference.event_id,
    // A clock that is behind that of the event's service would contradict it.
    judged_at: Math.max(reference.judged_at, event.inference_at),
    inference_at: event.inference_at,
    request_id: event.request_id === '' ? null : event.request_id,
    evaluator,
    evaluator_version,
    kind,
    dimension,
    passed,
    score,
    attributes: attributesOf(reference, event),
  };
}

/** Those of the evaluator before those of the event, as far as they fit; the answer's id is no dimension of a verdict. */
function attributesOf(reference: VerdictReference, event: JudgedEvent): Readonly<Record<string, string>> {
  const others = Object.entries(event.attributes).filter(
    ([name]) => name !== RESPONSE_ID_ATTRIBUTE && !Object.hasOwn(reference.attributes, name),
  );
  return Object.fromEntries([...Object.entries(reference.attributes), ...others].slice(0, MAP_ENTRIES_MAX));
}
