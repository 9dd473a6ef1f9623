import { isAppError } from '@burnline/core';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { expect, it } from 'vitest';
import { PROTOBUF_SPANS } from './protobuf-spans.ts';
import type { AttributeValue } from './span.ts';

const BYTES = 2;
const tag = (field: number): number => (field << 3) | BYTES;
const [KEY, VALUE] = [tag(1), tag(2)];
const [TEXT, FLAG, INTEGER, DOUBLE, LIST] = [tag(1), 2 << 3, 3 << 3, (4 << 3) | 1, tag(5)];
const ATTRIBUTE = tag(9);

type Value = string | number | readonly (string | number)[];

const encoded = (write: (to: protobuf.Writer) => unknown): Uint8Array => {
  const to = protobuf.Writer.create();
  write(to);
  return to.finish();
};
const bytesOfValue = (value: Value): Uint8Array =>
  encoded((to) => {
    if (typeof value === 'string') return to.uint32(TEXT).string(value);
    if (typeof value === 'number') return to.uint32(INTEGER).int64(value);
    const items = encoded((list) => {
      for (const one of value) list.uint32(tag(1)).bytes(bytesOfValue(one));
    });
    return to.uint32(LIST).bytes(items);
  });
const bytesOfSpan = (attributes: readonly (readonly [string, Value])[]): Uint8Array =>
  encoded((to) => {
    to.uint32(tag(1)).bytes(new Uint8Array(16).fill(1));
    to.uint32(tag(2)).bytes(new Uint8Array(8).fill(1));
    to.uint32((7 << 3) | 1).fixed64(1);
    to.uint32((8 << 3) | 1).fixed64(2);
    for (const [key, value] of attributes) {
      const pair = encoded((one) => one.uint32(KEY).string(key).uint32(VALUE).bytes(bytesOfValue(value)));
      to.uint32(ATTRIBUTE).bytes(pair);
    }
  });

/** Of each message a reader of its own, so that none can reach beyond its message: what the intake has to come to as well. */
function fieldsOf(bytes: Uint8Array): readonly (readonly [number, Uint8Array | number | boolean])[] {
  const reader = protobuf.Reader.create(Buffer.from(bytes));
  const fields: [number, Uint8Array | number | boolean][] = [];
  while (reader.pos < reader.len) {
    const at = reader.uint32();
    if ((at & 7) === BYTES) fields.push([at, reader.bytes()]);
    else if (at === INTEGER) fields.push([at, Number(reader.int64())]);
    else if (at === FLAG) fields.push([at, reader.bool()]);
    else if (at === DOUBLE) fields.push([at, reader.double()]);
    else reader.skipType(at & 7);
  }
  return fields;
}
function naiveAttributes(span: Uint8Array): ReadonlyMap<string, AttributeValue> {
  const found = new Map<string, AttributeValue>();
  for (const [at, bytes] of fieldsOf(span)) {
    if (at !== ATTRIBUTE) continue;
    const pair = new Map(fieldsOf(bytes as Uint8Array));
    const [key, value] = [pair.get(KEY), pair.get(VALUE)];
    if (key === undefined || value === undefined) continue;
    const name = String(key);
    const read = NAMES.includes(name) && !found.has(name) ? naiveValue(value as Uint8Array, true) : undefined;
    if (read !== undefined) found.set(name, read);
  }
  return found;
}
function naiveValue(bytes: Uint8Array, isOuter: boolean): AttributeValue | undefined {
  let value: AttributeValue | undefined;
  for (const [at, field] of fieldsOf(bytes)) {
    if (at === TEXT) value = String(field);
    else if (at === FLAG || at === INTEGER || at === DOUBLE) value = field as number | boolean;
    else if (at === LIST && isOuter) {
      const [first] = fieldsOf(field as Uint8Array).filter(([item]) => item === tag(1));
      value = first === undefined ? undefined : naiveValue(first[1] as Uint8Array, false);
    }
  }
  return value;
}

/** Attributes that are read. */
const NAMES = ['gen_ai.request.model', 'gen_ai.usage.input_tokens', 'error.type'];
/** No character stands for a field of a span that is read beside its attributes. */
const text = fc.string({ unit: fc.constantFrom('!', '#', '(', 'é'), maxLength: 6 });
const scalar = fc.oneof(text, fc.integer({ min: -300, max: 2 ** 40 }));
const attribute = fc.tuple(
  fc.constantFrom(...NAMES, 'not.read'),
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
);

it('no message of a span reaches beyond its end, whatever lengths it tells', () => {
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(attribute, { maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 40 })), { maxLength: 2 }),
      (attributes, changes) => {
        const bytes = Uint8Array.from(bytesOfSpan(attributes));
        const attributesAt = bytesOfSpan([]).length;
        const [room, at] = [bytes.length - attributesAt, attributesAt];
        // Small numbers are tags and lengths of what is written here.
        if (room > 0) for (const [place, byte] of changes) bytes[at + (place % room)] = byte;
        fc.pre(hasIds(bytes));
        const ours = orThrown(() => PROTOBUF_SPANS.plain.readItem(bytes).attributes);
        const theirs = orThrown(() => naiveAttributes(bytes));
        if (theirs === null) refused += 1;
        else taken += 1;
        expect(ours === null ? null : [...ours]).toEqual(theirs === null ? null : [...theirs]);
      },
    ),
    { numRuns: 5_000 },
  );
  expect(Math.min(taken, refused)).toBeGreaterThan(100);
});

/** Whether the ids are still those that were written: a changed byte may make an id of an attribute. */
function hasIds(span: Uint8Array): boolean {
  const ids = new Set<number>([KEY, VALUE]);
  const found = orThrown(() => fieldsOf(span).filter(([at]) => ids.has(at)));
  return found === null || found.length === ids.size;
}

/** null: refused as what cannot be read. */
function orThrown<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const isOurs = isAppError(error) && error.code === 'COLLECTOR_RECORD_INVALID';
    if (isOurs || error instanceof RangeError || (error as Error).constructor === Error) return null;
    throw error;
  }
}
