import type { VerdictReference } from '@burnline/core';
import { textOfUtf8 } from '../events/json-text.ts';
import { uuidFromBytes } from '../events/event-id.ts';
import { decodeFailed } from '../events/event-contract-error.ts';
import { parseVerdictReference, type IntakeOptions } from '../events/parse-intake.ts';

/** One that was written has both; another one would be a new verdict each time that it is read. */
const NOTHING_MADE_UP: IntakeOptions = {
  newEventId: () => {
    throw decodeFailed('A reference has no event_id.');
  },
  now: () => {
    throw decodeFailed('A reference has no judged_at.');
  },
};

/** One verdict by reference as a message of the topic `references`: the JSON that `POST /v1/verdicts` takes, nothing left out. */
export function encodeReference(reference: VerdictReference): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({ ...reference, event_id: uuidFromBytes(reference.event_id) }),
  );
}

/** Throws CONTRACT_DECODE_FAILED or CONTRACT_EVENT_INVALID (`dead-letter`). */
export function decodeReference(value: Uint8Array): VerdictReference {
  return parseVerdictReference(jsonOf(value), NOTHING_MADE_UP);
}

function jsonOf(value: Uint8Array): unknown {
  try {
    return JSON.parse(textOfUtf8(value));
  } catch (error) {
    if (error instanceof SyntaxError) throw decodeFailed('A reference is no JSON.');
    throw error;
  }
}
