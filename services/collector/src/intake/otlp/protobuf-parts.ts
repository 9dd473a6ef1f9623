import protobuf from 'protobufjs/minimal.js';
import { recordFault } from '../../records/record-fault.ts';
import {
  unreadable,
  type LocatedResource,
  type LocatedScope,
  type PartBudget,
  type ExportCodec,
} from './located.ts';
import { SIGNAL_TEXT_BYTES_MAX, SpanTexts } from '../../text-signals/span-texts.ts';
import { isWanted } from './read-facts.ts';
import {
  ItemBudget,
  KEY_BYTES_MAX,
  VALUE_BYTES_MAX,
  type Attributes,
  type AttributeValue,
  type Scope,
} from './span.ts';

/**
 * OTLP's messages by their field numbers (opentelemetry-proto 1.x), read with protobufjs's reader, field by field as its
 * generated code does. What is not named here is walked over: texts of prompts are never made, and lists are bounded.
 */
export type Reader = protobuf.Reader;

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const tag = (field: number, wireType: number): number => (field << 3) | wireType;

const FIRST_MESSAGE = tag(1, BYTES);
const SECOND_MESSAGE = tag(2, BYTES);

const VALUE = {
  text: tag(1, BYTES),
  flag: tag(2, VARINT),
  integer: tag(3, VARINT),
  double: tag(4, FIXED64),
  list: tag(5, BYTES),
};

/** The codec of a signal, by how one of its items is read: all signals have their resources, scopes and items at the same fields. */
export function protobufCodec<Item>(readItem: (bytes: Uint8Array) => Item): ExportCodec<Item> {
  return {
    locate,
    readResource: (bytes) => inside(() => readAttributes(bytes, FIRST_MESSAGE)),
    readScope: (bytes) => inside(() => readScope(bytes)),
    readItem: (bytes) => inside(() => readItem(bytes)),
  };
}

function* locate(body: Uint8Array, budget: PartBudget): Generator<undefined, readonly LocatedResource[]> {
  const resources: LocatedResource[] = [];
  try {
    const reader = protobuf.Reader.create(body);
    while (reader.pos < reader.len) {
      const at = reader.uint32();
      if (at === FIRST_MESSAGE) resources.push(yield* locateResource(reader, budget));
      else skip(reader, at);
    }
  } catch (error) {
    throw isReadersFault(error) ? unreadable('it is no protobuf, or breaks off') : error;
  }
  return resources;
}

function* locateResource(reader: Reader, budget: PartBudget): Generator<undefined, LocatedResource> {
  budget.takeGroup();
  const located: LocatedResource = { resource: null, scopes: [] };
  const end = endOfMessage(reader);
  while (reader.pos < end) {
    const at = reader.uint32();
    if (at === FIRST_MESSAGE) located.resource = rangeOf(reader);
    else if (at === SECOND_MESSAGE) located.scopes.push(yield* locateScope(reader, budget));
    else skip(reader, at);
  }
  checkEnd(reader, end);
  return located;
}

function* locateScope(reader: Reader, budget: PartBudget): Generator<undefined, LocatedScope> {
  budget.takeGroup();
  const located: LocatedScope = { scope: null, items: [] };
  const end = endOfMessage(reader);
  while (reader.pos < end) {
    const at = reader.uint32();
    if (at === FIRST_MESSAGE) located.scope = rangeOf(reader);
    else if (at === SECOND_MESSAGE) {
      budget.takeItem();
      located.items.push(rangeOf(reader));
      yield;
    } else skip(reader, at);
  }
  checkEnd(reader, end);
  return located;
}

function readScope(bytes: Uint8Array): Scope {
  let [name, version] = ['', ''];
  eachField(bytes, (reader, at) => {
    if (at === FIRST_MESSAGE) name = shortText(reader, VALUE_BYTES_MAX) ?? '';
    else if (at === SECOND_MESSAGE) version = shortText(reader, VALUE_BYTES_MAX) ?? '';
    else return false;
    return true;
  });
  return { name, version };
}

function readAttributes(bytes: Uint8Array, attributeTag: number): Attributes {
  const attributes = new Map<string, AttributeValue>();
  const budget = new ItemBudget();
  eachField(bytes, (reader, at) => {
    if (at !== attributeTag) return false;
    readAttribute(reader.bytes(), attributes, budget);
    return true;
  });
  return attributes;
}

/** Adds an attribute that is wanted; the first of a name counts. */
export function readAttribute(bytes: Uint8Array, to: Map<string, AttributeValue>, budget: ItemBudget): void {
  budget.take();
  const pair: { key: string | null; value: Uint8Array | null } = { key: null, value: null };
  eachField(bytes, (reader, at) => {
    if (at === FIRST_MESSAGE) pair.key = shortText(reader, KEY_BYTES_MAX);
    else if (at === SECOND_MESSAGE) pair.value = reader.bytes();
    else return false;
    return true;
  });
  const { key, value } = pair;
  if (key !== null && value !== null && budget.texts !== null) readText(key, value, budget.texts);
  if (key === null || value === null || !isWanted(key) || to.has(key)) return;
  const read = readValue(value, budget);
  if (read !== null) to.set(key, read);
}

/** A text of which numbers are made. */
function readText(key: string, value: Uint8Array, to: SpanTexts): void {
  const source = SpanTexts.sourceOf(key);
  if (source === undefined) return;
  eachField(value, (reader, at) => {
    if (at !== VALUE.text) return false;
    const text = shortText(reader, SIGNAL_TEXT_BYTES_MAX);
    if (text !== null) to.add(source, key, text);
    return true;
  });
}

/** Lists are read one level deep: lists of lists are no value that is asked for. */
function readValue(bytes: Uint8Array, budget: ItemBudget | null): AttributeValue | null {
  let value: AttributeValue | null = null;
  eachField(bytes, (reader, at) => {
    if (at === VALUE.text) value = shortText(reader, VALUE_BYTES_MAX);
    else if (at === VALUE.flag) value = reader.bool();
    else if (at === VALUE.integer) value = Number(reader.int64());
    else if (at === VALUE.double) value = reader.double();
    else if (at === VALUE.list && budget !== null) value = readFirst(reader.bytes(), budget);
    else return false;
    return true;
  });
  return value;
}

function readFirst(bytes: Uint8Array, budget: ItemBudget): AttributeValue | null {
  const values: (AttributeValue | null)[] = [];
  eachField(bytes, (reader, at) => {
    if (at !== FIRST_MESSAGE) return false;
    budget.take();
    const value = reader.bytes();
    if (values.length === 0) values.push(readValue(value, null));
    return true;
  });
  return values[0] ?? null;
}

/** Every field of a message; `read` says whether it took the field, which is walked over otherwise. */
export function eachField(bytes: Uint8Array, read: (reader: Reader, at: number) => boolean): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const at = reader.uint32();
    if (!read(reader, at)) skip(reader, at);
  }
}

function skip(reader: Reader, at: number): void {
  reader.skipType(at & 7);
}

function rangeOf(reader: Reader): { readonly start: number; readonly end: number } {
  const length = reader.uint32();
  const start = reader.pos;
  reader.skip(length);
  return { start, end: reader.pos };
}

function endOfMessage(reader: Reader): number {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError('a message breaks off');
  return end;
}

function checkEnd(reader: Reader, end: number): void {
  if (reader.pos !== end) throw new RangeError('a part is longer than what it is a part of');
}

/** Without a copy: the key of every attribute is read, wanted or not. */
const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** null: it takes more bytes. */
export function shortText(reader: Reader, bytesMax: number): string | null {
  const bytes = reader.bytes();
  return bytes.length > bytesMax ? null : viewOf(bytes).toString('utf8');
}

export function hex(reader: Reader): string {
  const bytes = reader.bytes();
  return bytes.length > 16 ? '' : viewOf(bytes).toString('hex');
}

/** Nanoseconds since the epoch are more than a double holds. */
export function fixed64(reader: Reader): bigint {
  const low = reader.fixed32();
  return (BigInt(reader.fixed32()) << 32n) | BigInt(low);
}

/** A part that cannot be read is told as a record that is wrong. */
function inside<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isReadersFault(error)) throw error;
    throw recordFault([
      { path: '', code: 'not_readable', expected: 'a message of OTLP', found: 'other bytes' },
    ]);
  }
}

/** The reader throws plain errors, and RangeErrors beyond the end; what is ours is an AppError. */
function isReadersFault(error: unknown): boolean {
  return error instanceof Error && (error.constructor === Error || error instanceof RangeError);
}
