import { checkPlace, schemaIdOf, type SchemaSource } from '@burnline/contracts';
import type { CounterOf } from './counters.ts';
import type { EventCounter } from './event-counter.ts';

/**
 * Counters that refuse, as unreadable, messages that do not belong into the topic: verdicts among events, reports among
 * either. Whoever wrote them is nobody of this pipeline, and the sink sets them aside for the same reason.
 */
export function countersIn(topic: string, counterOf: CounterOf, schemas: SchemaSource): CounterOf {
  const check = (value: Uint8Array): void => {
    const writer = schemas.schemaOf(schemaIdOf(value));
    if (writer !== null) checkPlace(topic, writer.kind);
  };
  // One per set of specs, and the sets change seldom: the last one is all that is asked for again.
  let last: { readonly inner: EventCounter; readonly placed: EventCounter } | null = null;
  return (specSet) => {
    const inner = counterOf(specSet);
    if (last?.inner !== inner) last = { inner, placed: placedCounter(inner, check) };
    return last.placed;
  };
}

function placedCounter(inner: EventCounter, check: (value: Uint8Array) => void): EventCounter {
  return {
    countMessage: (value, target) => {
      check(value);
      return inner.countMessage(value, target);
    },
    rememberMessage: (value, findRepeats) => {
      check(value);
      inner.rememberMessage(value, findRepeats);
    },
  };
}
