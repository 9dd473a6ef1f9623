import { loadPackageSchemas, uuidFromBytes } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import { expect, it } from 'vitest';
import { eventNumber, messageOf } from '../../support/events.ts';
import { recount } from './recount.ts';

/** The oracle itself, on messages whose figures are counted by hand. */
const AT_S = 1_767_225_600;
const schemas = loadPackageSchemas();
const event = (number: number, over: Partial<InferenceEvent> = {}) =>
  eventNumber(number, { occurred_at: AT_S * 1e6, ...over });
const message = (offset: number, events: readonly InferenceEvent[], appendedAtMs = (AT_S + 60) * 1e3) => ({
  partition: 0,
  offset,
  timestampMs: appendedAtMs,
  value: Buffer.from(messageOf(schemas, events)),
});
const id = (number: number) => uuidFromBytes(event(number).event_id);

it('counts each position once, and a repeat within the window not at all', () => {
  const { rows, panes, ids, repeatCount } = recount([
    message(0, [event(1), event(2, { status: 'error', ttft_ms: null }), event(1)]),
    message(1, [event(1), event(3, { ttft_ms: 801 })]),
    message(16_385, [event(1), event(2)]),
  ]);
  expect(rows).toEqual(
    [
      `0|0|0|${id(1)}|0`,
      `0|0|1|${id(2)}|0`,
      `0|0|2|${id(1)}|1`,
      `0|1|0|${id(1)}|1`,
      `0|1|1|${id(3)}|0`,
      `0|16385|0|${id(1)}|1`,
      // One message more than the window lies between.
      `0|16385|1|${id(2)}|0`,
    ].sort(),
  );
  expect(panes).toEqual([`answered|model-a|${AT_S}|3|4`, `fast|model-a|${AT_S}|2|3`]);
  expect(ids).toEqual(new Set([id(1), id(2), id(3)]));
  expect(repeatCount).toBe(3);
});

it('puts an event from the future where its message was appended, and leaves out what a rule does', () => {
  const { panes } = recount([
    message(0, [event(1, { occurred_at: (AT_S + 3_600) * 1e6 })]),
    message(1, [event(2, { status: 'cancelled', ttft_ms: null })]),
  ]);
  expect(panes).toEqual([`answered|model-a|${AT_S + 60}|1|1`, `fast|model-a|${AT_S + 60}|1|1`]);
});
