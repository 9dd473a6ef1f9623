import fc from 'fast-check';
import { evalVerdicts, inferenceEvents } from './arbitraries.ts';
import { KEYS, TEXTS } from './random-slis.ts';

/** Random events and verdicts, nulls, odd texts and numbers included. */

/** About when they happen, epoch ms. */
export const NOW_MS = 1_700_000_000_000;

const text = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<string | Uint8Array>(...TEXTS) },
  // Bytes that are no UTF-8, and a text whose length takes two bytes.
  { weight: 1, arbitrary: fc.constantFrom(new Uint8Array([0xff, 0x61]), 'long '.repeat(30)) },
);
const number = fc.oneof(
  fc.constantFrom(0, -0, 0.5, 1, 800, NaN, Infinity, 5e-324),
  fc.double({ min: 0, max: 5_000, noNaN: true }),
);
/** Now and then an integer that a double rounds: the message is refused. */
const tokens = fc.oneof(
  { weight: 60, arbitrary: fc.nat({ max: 400 }) },
  { weight: 1, arbitrary: fc.constantFrom(-3, 2 ** 53 - 2, 2 ** 53, -(2 ** 52), -(2 ** 60), 2 ** 61) },
);
/** Most events stand for themselves; some weights no way in takes. */
const weight = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(19, 1.5, 10 / 3, 1.0004, 1.0005, 1e6, 2e6, 0.5, 0, -2, NaN, Infinity),
  },
);
const entriesOf = <Value>(value: fc.Arbitrary<Value>) =>
  fc.array(fc.tuple(fc.constantFrom(...KEYS, '__proto__', 'other'), value), { maxLength: 4 });
const identity = fc.nat({ max: 40 }).map((last) => new Uint8Array(16).fill(7).fill(last, 15));
const time = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.integer({ min: -3_000_000, max: 1_000_000 }).map((micros) => NOW_MS * 1_000 + micros),
  },
  { weight: 1, arbitrary: fc.constantFrom(-5, 0, 2 ** 52) },
);

/** How many ids the records of spread messages have: some come again within a message, more from one to the next. */
const SPREAD_ID_COUNT = 700;

/**
 * So many records out of a few: every field of each is that of one of them. Large messages of whole random records would take
 * minutes.
 */
export function spreadRecords(
  records: readonly Readonly<Record<string, unknown>>[],
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly Readonly<Record<string, unknown>>[] {
  const [first = {}] = records;
  return Array.from({ length: count }, (_, index) => {
    const fields = Object.keys(first).map((name, place): [string, unknown] => [
      name,
      records[mixed(seed, index, place) % records.length]?.[name],
    ]);
    const eventId = new Uint8Array(16);
    new DataView(eventId.buffer).setUint32(12, mixed(seed, index, fields.length) % SPREAD_ID_COUNT);
    return { ...Object.fromEntries(fields), event_id: eventId };
  });
}

function mixed(...numbers: readonly number[]): number {
  const hash = numbers.reduce((sum, number) => {
    const next = Math.imul(sum ^ number, 0x85eb_ca6b);
    return Math.imul(next ^ (next >>> 15), 0xc2b2_ae35);
  }, 0x9e37_79b1);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Records as any writer may send them, with values that the random SLIs speak of. */
export const recordsOf: Readonly<
  Record<'inference' | 'verdict', fc.Arbitrary<Readonly<Record<string, unknown>>>>
> = {
  inference: fc
    .tuple(
      inferenceEvents,
      fc.record({
        event_id: identity,
        occurred_at: time,
        tenant: text,
        provider: text,
        feature: fc.option(text),
        attempt: fc.nat({ max: 3 }),
        ttft_ms: fc.option(number),
        duration_ms: fc.option(number),
        output_tokens: fc.option(tokens),
        model_served: text,
        model_requested: text,
        sample_weight: weight,
        attributes: entriesOf(text),
        measures: entriesOf(number),
        is_odd_symbol: fc.boolean(),
      }),
    )
    .map(([event, chosen]) => ({ ...event, ...chosen })),
  verdict: fc
    .tuple(
      evalVerdicts,
      fc.record({
        event_id: identity,
        inference_at: time,
        tenant: text,
        score: fc.option(number),
        attributes: entriesOf(text),
        is_odd_symbol: fc.boolean(),
      }),
    )
    .map(([verdict, chosen]) => ({ ...verdict, ...chosen })),
};
