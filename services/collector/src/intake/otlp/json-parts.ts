import { JsonWalk } from '../../records/json-walk.ts';
import { recordFault } from '../../records/record-fault.ts';
import {
  isFaultOfText,
  unreadable,
  type ByteRange,
  type LocatedResource,
  type LocatedScope,
  type PartBudget,
  type ExportCodec,
} from './located.ts';
import { SIGNAL_TEXT_BYTES_MAX, SpanTexts } from '../../text-signals/span-texts.ts';
import { isWanted } from './read-facts.ts';
import { ItemBudget, VALUE_BYTES_MAX, type Attributes, type AttributeValue, type Scope } from './span.ts';

/** What a signal calls its resources, scopes and items. */
interface Names {
  readonly resources: string;
  readonly scopes: string;
  readonly items: string;
}

/**
 * The codec of a signal of OTLP as JSON: ids in hex, 64-bit numbers as texts or numbers, enums as numbers, unknown members
 * ignored (opentelemetry-proto, docs/specification.md). What is not named is walked over.
 */
export function jsonCodec<Item>(names: Names, readItem: (walk: JsonWalk) => Item): ExportCodec<Item> {
  return {
    locate: (body, budget) => locate(body, names, budget),
    readResource: (bytes) => {
      let attributes: Attributes = new Map();
      eachMember(new JsonWalk(bytes), {
        attributes: (walk) => (attributes = readAttributes(walk, new ItemBudget())),
      });
      return attributes;
    },
    readScope: (bytes) => {
      const scope = { name: '', version: '' };
      eachMember(new JsonWalk(bytes), {
        name: (walk) => (scope.name = textOf(walk)),
        version: (walk) => (scope.version = textOf(walk)),
      });
      return scope satisfies Scope;
    },
    readItem: (bytes) => readItem(new JsonWalk(bytes)),
  };
}

function* locate(
  body: Uint8Array,
  names: Names,
  budget: PartBudget,
): Generator<undefined, readonly LocatedResource[]> {
  const resources: LocatedResource[] = [];
  try {
    const walk = new JsonWalk(body);
    if (walk.form !== 'object') throw unreadable('it is no JSON object');
    for (const name of walk.members()) {
      if (name !== names.resources) walk.skip();
      else
        for (const element of elementsOf(walk)) resources.push(yield* locateResource(element, names, budget));
    }
    if (!walk.isOver) throw unreadable('something follows the object');
  } catch (error) {
    throw isFaultOfText(error) ? unreadable('it is no JSON, or breaks off') : error;
  }
  return resources;
}

function* locateResource(
  walk: JsonWalk,
  names: Names,
  budget: PartBudget,
): Generator<undefined, LocatedResource> {
  budget.takeGroup();
  const located: LocatedResource = { resource: null, scopes: [] };
  if (!isObject(walk)) return located;
  for (const name of walk.members()) {
    if (name === 'resource') located.resource = walk.skipRange();
    else if (name !== names.scopes) walk.skip();
    else
      for (const element of elementsOf(walk)) located.scopes.push(yield* locateScope(element, names, budget));
  }
  return located;
}

function* locateScope(walk: JsonWalk, names: Names, budget: PartBudget): Generator<undefined, LocatedScope> {
  budget.takeGroup();
  const located: LocatedScope = { scope: null, items: [] };
  if (!isObject(walk)) return located;
  for (const name of walk.members()) {
    if (name === 'scope') located.scope = walk.skipRange();
    else if (name !== names.items) walk.skip();
    else
      for (const element of elementsOf(walk)) {
        budget.takeItem();
        located.items.push(element.skipRange());
        yield;
      }
  }
  return located;
}

/** Those that are wanted; the first of a name counts. Throws a record's fault for attributes that are no list. */
export function readAttributes(walk: JsonWalk, budget: ItemBudget): Attributes {
  const attributes = new Map<string, AttributeValue>();
  if (walk.form === 'object' || walk.form === 'text') throw fault('attributes', 'a list of keys and values');
  for (const element of elementsOf(walk)) {
    budget.take();
    const pair: { key: string; value: ByteRange | null } = { key: '', value: null };
    eachMember(element, {
      key: () => (pair.key = textOf(element)),
      value: () => (pair.value = element.skipRange()),
    });
    const { key, value } = pair;
    if (value !== null && budget.texts !== null) readText(key, walk.within(value), budget.texts);
    if (value === null || !isWanted(key) || attributes.has(key)) continue;
    const read = readValue(walk.within(value), budget);
    if (read !== null) attributes.set(key, read);
  }
  return attributes;
}

/** A text of which numbers are made. */
function readText(key: string, walk: JsonWalk, to: SpanTexts): void {
  const source = SpanTexts.sourceOf(key);
  if (source === undefined) return;
  eachMember(walk, {
    stringValue: () => {
      const text = walk.readScalar(SIGNAL_TEXT_BYTES_MAX);
      if (typeof text === 'string') to.add(source, key, text);
    },
  });
}

/** Lists are read one level deep: lists of lists are no value that is asked for. */
function readValue(walk: JsonWalk, budget: ItemBudget | null): AttributeValue | null {
  let value: AttributeValue | null = null;
  eachMember(walk, {
    stringValue: () => (value = textOrNull(walk)),
    boolValue: () => (value = walk.readScalar(VALUE_BYTES_MAX) === true),
    intValue: () => (value = numberOf(walk)),
    doubleValue: () => (value = numberOf(walk)),
    arrayValue: () => {
      if (budget === null) walk.skip();
      else value = readFirst(walk, budget);
    },
  });
  return value;
}

function readFirst(walk: JsonWalk, budget: ItemBudget): AttributeValue | null {
  const values: (AttributeValue | null)[] = [];
  eachMember(walk, {
    values: () => {
      for (const element of elementsOf(walk)) {
        budget.take();
        if (values.length === 0) values.push(readValue(element, null));
        else element.skip();
      }
    },
  });
  return values[0] ?? null;
}

/** Reads the members that have a reader; what is no object has none. Each reader reads or skips its value. */
export function eachMember(
  walk: JsonWalk,
  readers: Readonly<Record<string, (walk: JsonWalk) => unknown>>,
): void {
  if (!isObject(walk)) return;
  for (const name of walk.members()) {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) walk.skip();
    else read(walk);
  }
}

/** False for what is no object, which is walked over: null stands for an absent part. */
function isObject(walk: JsonWalk): boolean {
  if (walk.form === 'object') return true;
  walk.skip();
  return false;
}

/** None of what is no array, which is walked over. */
export function* elementsOf(walk: JsonWalk): Generator<JsonWalk> {
  if (walk.form === 'array') yield* walk.elements();
  else walk.skip();
}

function textOrNull(walk: JsonWalk): string | null {
  const value = walk.readScalar(VALUE_BYTES_MAX);
  return typeof value === 'string' ? value : null;
}

export const textOf = (walk: JsonWalk): string => textOrNull(walk) ?? '';

/** 64-bit numbers are written as texts, but numbers are taken. NaN: neither. */
function numberOf(walk: JsonWalk): number {
  const value = walk.readScalar(VALUE_BYTES_MAX);
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
}

/** A number, as the specification asks, or its name in protobuf. NaN: neither. */
export function enumOf(walk: JsonWalk, names: readonly string[]): number {
  const value = walk.readScalar(VALUE_BYTES_MAX);
  if (value === null) return 0;
  const number = names.indexOf(String(value));
  return number < 0 ? Number(value) : number;
}

export function nanosOf(walk: JsonWalk): bigint {
  const value = walk.readScalar(VALUE_BYTES_MAX);
  const isWhole = typeof value === 'number' ? Number.isSafeInteger(Math.trunc(value / 1_000)) : true;
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  return typeof value === 'number' && value >= 0 && isWhole ? BigInt(Math.trunc(value)) : 0n;
}

function fault(path: string, expected: string): Error {
  return recordFault([{ path, code: 'invalid_value', expected, found: 'another value' }]);
}
