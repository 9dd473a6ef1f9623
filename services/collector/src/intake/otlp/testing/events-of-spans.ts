import type { InferenceEvent } from '@burnline/core';
import { expect } from 'vitest';
import { RecordProblems } from '../../../records/record-problems.ts';
import { CallTraces } from '../call-traces.ts';
import { JSON_SPANS } from '../json-spans.ts';
import { readEvents } from '../take-spans.ts';

type Value = string | number | boolean;
/** A span; what it does not say is the same for all. */
export interface Given {
  readonly id: number;
  readonly parent?: number;
  readonly name?: string;
  readonly kind?: number;
  readonly trace?: string;
  readonly status?: number;
  /** After START_MS. */
  readonly fromMs?: number;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly events?: readonly object[];
  /** Of whose process and library it is. */
  readonly pid?: number;
  readonly library?: string;
}

export const START_MS = 1_789_900_000_000;
export const listOf = (values: Readonly<Record<string, Value>>): readonly object[] =>
  Object.entries(values).map(([key, value]) => {
    if (typeof value === 'string') return { key, value: { stringValue: value } };
    return { key, value: typeof value === 'boolean' ? { boolValue: value } : { doubleValue: value } };
  });

export const id = (number: number): string => number.toString(16).padStart(16, '0');

/** What an export of these spans becomes: a call of each, where nothing is wrong. */
export function eventsOf(given: readonly Given[]): readonly InferenceEvent[] {
  const resourceSpans = given.map(
    ({
      pid = 1,
      library = '',
      id: own,
      parent,
      name = '',
      kind = 3,
      trace = 'ab'.repeat(16),
      status = 0,
      fromMs = 0,
      attributes,
      events = [],
    }) => {
      const span = {
        traceId: trace,
        spanId: id(own),
        parentSpanId: parent === undefined ? '' : id(parent),
        name,
        kind,
        startTimeUnixNano: `${START_MS + fromMs}000000`,
        endTimeUnixNano: `${START_MS + fromMs + 2_000}000000`,
        status: { code: status },
        attributes: listOf(attributes),
        events,
      };
      const resource = { attributes: listOf({ 'service.name': 'chat', 'process.pid': pid }) };
      return { resource, scopeSpans: [{ scope: { name: library }, spans: [span] }] };
    },
  );
  const body = Buffer.from(JSON.stringify({ resourceSpans }));
  const taken: InferenceEvent[] = [];
  const reading = { count: 0, problems: new RecordProblems(), known: new CallTraces() };
  Array.from(
    readEvents(body, JSON_SPANS.plain, reading, {
      event: (event) => taken.push(event),
      verdict: () => expect.unreachable('no span here is judged'),
    }),
  );
  expect(reading.problems.summary().problems).toEqual([]);
  return taken;
}
