import protobuf from 'protobufjs/minimal.js';
import { recordFault } from '../../records/record-fault.ts';
import {
  unreadable,
  type LocatedResource,
  type LocatedScope,
  type PartBudget,
  type SpanCodec,
} from './located.ts';
import { WANTED } from './read-facts.ts';
import { checkedSpan } from './span-faults.ts';
import {
  ItemBudget,
  KEY_BYTES_MAX,
  VALUE_BYTES_MAX,
  type Attributes,
  type AttributeValue,
  type Scope,
  type Span,
  type SpanEvent,
} from './span.ts';

/**
 * OTLP's messages by their field numbers (opentelemetry-proto 1.x), read with protobufjs's reader, field by field as its
 * generated code does. What is not named here is walked over: texts of prompts are never made, and lists are bounded.
 */
type Reader = protobuf.Reader;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const tag = (field: number, wireType: number): number => (field << 3) | wireType;

const FIRST_MESSAGE = tag(1, BYTES);
const SECOND_MESSAGE = tag(2, BYTES);

const SPAN = {
  traceId: tag(1, BYTES),
  spanId: tag(2, BYTES),
  parentSpanId: tag(4, BYTES),
  name: tag(5, BYTES),
  kind: tag(6, VARINT),
  start: tag(7, FIXED64),
  end: tag(8, FIXED64),
  attribute: tag(9, BYTES),
  event: tag(11, BYTES),
  status: tag(15, BYTES),
};
const EVENT = { time: tag(1, FIXED64), name: tag(2, BYTES), attribute: tag(3, BYTES) };
const STATUS_CODE = tag(3, VARINT);
const VALUE = {
  text: tag(1, BYTES),
  flag: tag(2, VARINT),
  integer: tag(3, VARINT),
  double: tag(4, FIXED64),
  list: tag(5, BYTES),
};

export const PROTOBUF_SPANS: SpanCodec = {
  *locate(body, budget) {
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
  },
  readResource: (bytes) => inside(() => readAttributes(bytes, FIRST_MESSAGE)),
  readScope: (bytes) => inside(() => readScope(bytes)),
  readSpan: (bytes) => inside(() => checkedSpan(readSpan(bytes))),
};

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
  const located: LocatedScope = { scope: null, spans: [] };
  const end = endOfMessage(reader);
  while (reader.pos < end) {
    const at = reader.uint32();
    if (at === FIRST_MESSAGE) located.scope = rangeOf(reader);
    else if (at === SECOND_MESSAGE) {
      budget.takeSpan();
      located.spans.push(rangeOf(reader));
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

function readSpan(bytes: Uint8Array): Span {
  const budget = new ItemBudget();
  const attributes = new Map<string, AttributeValue>();
  const events: SpanEvent[] = [];
  const span = {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    name: '',
    kind: 0,
    startNanos: 0n,
    endNanos: 0n,
    statusCode: 0,
    attributes,
    events,
  };
  const readers: Readonly<Record<number, (reader: Reader) => void>> = {
    [SPAN.traceId]: (reader) => (span.traceId = hex(reader)),
    [SPAN.spanId]: (reader) => (span.spanId = hex(reader)),
    [SPAN.parentSpanId]: (reader) => (span.parentSpanId = hex(reader)),
    [SPAN.name]: (reader) => (span.name = shortText(reader, KEY_BYTES_MAX) ?? ''),
    [SPAN.kind]: (reader) => (span.kind = reader.uint32()),
    [SPAN.start]: (reader) => (span.startNanos = fixed64(reader)),
    [SPAN.end]: (reader) => (span.endNanos = fixed64(reader)),
    [SPAN.attribute]: (reader) => {
      readAttribute(reader.bytes(), attributes, budget);
    },
    [SPAN.event]: (reader) => {
      budget.take();
      events.push(readEvent(reader.bytes(), budget));
    },
    [SPAN.status]: (reader) => (span.statusCode = readStatusCode(reader.bytes())),
  };
  eachField(bytes, (reader, at) => {
    const read = readers[at];
    read?.(reader);
    return read !== undefined;
  });
  return span;
}

function readEvent(bytes: Uint8Array, budget: ItemBudget): SpanEvent {
  const attributes = new Map<string, AttributeValue>();
  let name = '';
  let timeNanos = 0n;
  eachField(bytes, (reader, at) => {
    if (at === EVENT.name) name = shortText(reader, KEY_BYTES_MAX) ?? '';
    else if (at === EVENT.time) timeNanos = fixed64(reader);
    else if (at === EVENT.attribute) readAttribute(reader.bytes(), attributes, budget);
    else return false;
    return true;
  });
  return { name, timeNanos, attributes };
}

function readStatusCode(bytes: Uint8Array): number {
  let code = 0;
  eachField(bytes, (reader, at) => {
    if (at !== STATUS_CODE) return false;
    code = reader.uint32();
    return true;
  });
  return code;
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
function readAttribute(bytes: Uint8Array, to: Map<string, AttributeValue>, budget: ItemBudget): void {
  budget.take();
  const pair: { key: string | null; value: Uint8Array | null } = { key: null, value: null };
  eachField(bytes, (reader, at) => {
    if (at === FIRST_MESSAGE) pair.key = shortText(reader, KEY_BYTES_MAX);
    else if (at === SECOND_MESSAGE) pair.value = reader.bytes();
    else return false;
    return true;
  });
  const { key, value } = pair;
  if (key === null || value === null || !WANTED.has(key) || to.has(key)) return;
  const read = readValue(value, budget);
  if (read !== null) to.set(key, read);
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
function eachField(bytes: Uint8Array, read: (reader: Reader, at: number) => boolean): void {
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
function shortText(reader: Reader, bytesMax: number): string | null {
  const bytes = reader.bytes();
  return bytes.length > bytesMax ? null : viewOf(bytes).toString('utf8');
}

function hex(reader: Reader): string {
  const bytes = reader.bytes();
  return bytes.length > 16 ? '' : viewOf(bytes).toString('hex');
}

/** Nanoseconds since the epoch are more than a double holds. */
function fixed64(reader: Reader): bigint {
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
