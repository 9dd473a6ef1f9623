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
export function protobufCodec<Item>(readItem: (reader: Reader) => Item): ExportCodec<Item> {
  return {
    locate,
    readResource: (bytes) => inside(bytes, readAttributes),
    readScope: (bytes) => inside(bytes, readScope),
    readItem: (bytes) => inside(bytes, readItem),
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

function readScope(reader: Reader): Scope {
  let [name, version] = ['', ''];
  eachField(reader, (at) => {
    if (at === FIRST_MESSAGE) name = shortText(reader, VALUE_BYTES_MAX) ?? '';
    else if (at === SECOND_MESSAGE) version = shortText(reader, VALUE_BYTES_MAX) ?? '';
    else return false;
    return true;
  });
  return { name, version };
}

function readAttributes(reader: Reader): Attributes {
  const attributes = new Map<string, AttributeValue>();
  const budget = new ItemBudget();
  eachField(reader, (at) => {
    if (at !== FIRST_MESSAGE) return false;
    readAttribute(reader, attributes, budget);
    return true;
  });
  return attributes;
}

const NOWHERE = -1;

/** Adds the attribute that comes next, where it is wanted; the first of a name counts. */
export function readAttribute(reader: Reader, to: Map<string, AttributeValue>, budget: ItemBudget): void {
  budget.take();
  const outerEnd = enterMessage(reader);
  let key: string | null = null;
  // The key may come after the value.
  let valueAt = NOWHERE;
  while (reader.pos < reader.len) {
    const at = reader.uint32();
    if (at === FIRST_MESSAGE) key = shortText(reader, KEY_BYTES_MAX);
    else if (at === SECOND_MESSAGE) {
      valueAt = reader.pos;
      skip(reader, at);
    } else skip(reader, at);
  }
  const end = reader.pos;
  if (key !== null && valueAt !== NOWHERE) {
    if (budget.texts !== null) {
      reader.pos = valueAt;
      readText(key, reader, budget.texts);
    }
    if (isWanted(key) && !to.has(key)) {
      reader.pos = valueAt;
      const value = readValue(reader, budget);
      if (value !== null) to.set(key, value);
    }
  }
  reader.pos = end;
  reader.len = outerEnd;
}

/** A text of which numbers are made. */
function readText(key: string, reader: Reader, to: SpanTexts): void {
  const source = SpanTexts.sourceOf(key);
  if (source === undefined) return;
  eachFieldInside(reader, (at) => {
    if (at !== VALUE.text) return false;
    const text = shortText(reader, SIGNAL_TEXT_BYTES_MAX);
    if (text !== null) to.add(source, key, text);
    return true;
  });
}

/** Lists are read one level deep: lists of lists are no value that is asked for. */
function readValue(reader: Reader, budget: ItemBudget | null): AttributeValue | null {
  const outerEnd = enterMessage(reader);
  let value: AttributeValue | null = null;
  while (reader.pos < reader.len) {
    const at = reader.uint32();
    if (at === VALUE.text) value = shortText(reader, VALUE_BYTES_MAX);
    else if (at === VALUE.flag) value = reader.bool();
    else if (at === VALUE.integer) value = int64(reader);
    else if (at === VALUE.double) value = reader.double();
    else if (at === VALUE.list && budget !== null) value = readFirst(reader, budget);
    else skip(reader, at);
  }
  reader.len = outerEnd;
  return value;
}

function readFirst(reader: Reader, budget: ItemBudget): AttributeValue | null {
  const values: (AttributeValue | null)[] = [];
  eachFieldInside(reader, (at) => {
    if (at !== FIRST_MESSAGE) return false;
    budget.take();
    if (values.length > 0) return false;
    values.push(readValue(reader, null));
    return true;
  });
  return values[0] ?? null;
}

/** Every field up to where the reader ends; `read` says whether it took the field, which is walked over otherwise. */
export function eachField(reader: Reader, read: (at: number) => boolean): void {
  while (reader.pos < reader.len) {
    const at = reader.uint32();
    if (!read(at)) skip(reader, at);
  }
}

/** Every field of the message that comes next. */
export function eachFieldInside(reader: Reader, read: (at: number) => boolean): void {
  const outerEnd = enterMessage(reader);
  eachField(reader, read);
  reader.len = outerEnd;
}

/**
 * The reader then ends where the message does that comes next, so that nothing of it reaches beyond: a reader of its own for each of a
 * span's attributes costs more than reading them. Returns where the reader ended before, for when the message is read.
 */
function enterMessage(reader: Reader): number {
  const outerEnd = reader.len;
  reader.len = endOfMessage(reader);
  return outerEnd;
}

function skip(reader: Reader, at: number): void {
  reader.skipType(at & 7);
}

function rangeOf(reader: Reader): { readonly start: number; readonly end: number } {
  const length = reader.size();
  const start = reader.pos;
  reader.skip(length);
  return { start, end: reader.pos };
}

function endOfMessage(reader: Reader): number {
  const end = reader.size() + reader.pos;
  if (end > reader.len) throw new RangeError('a message breaks off');
  return end;
}

function checkEnd(reader: Reader, end: number): void {
  if (reader.pos !== end) throw new RangeError('a part is longer than what it is a part of');
}

/** Without a copy. Of a Buffer texts are made natively. */
const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** null: it takes more bytes. */
export function shortText(reader: Reader, bytesMax: number): string | null {
  const at = reader.pos;
  const length = reader.size();
  if (length > bytesMax) {
    reader.skip(length);
    return null;
  }
  reader.pos = at;
  return reader.string();
}

export function hex(reader: Reader): string {
  const bytes = reader.bytes();
  return bytes.length > 16 ? '' : viewOf(bytes).toString('hex');
}

function int64(reader: Reader): number {
  const { high, low } = reader.int64();
  return high * 2 ** 32 + (low >>> 0);
}

/** Nanoseconds since the epoch are more than a double holds. */
export function fixed64(reader: Reader): bigint {
  const low = reader.fixed32();
  return (BigInt(reader.fixed32()) << 32n) | BigInt(low);
}

/** A part that cannot be read is told as a record that is wrong. */
function inside<T>(bytes: Uint8Array, read: (reader: Reader) => T): T {
  try {
    return read(protobuf.Reader.create(viewOf(bytes)));
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
