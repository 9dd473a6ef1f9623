import { AppError } from '@burnline/core';
import { decodeFailed } from './event-contract-error.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';
import { isUnion } from './schema-source.ts';
import type { AvroComplexJson, AvroFieldJson, AvroSchemaJson } from './schema-source.ts';

/** A position in the bytes of a message. */
export interface Cursor {
  readonly bytes: Uint8Array;
  position: number;
}

/** Steps over one value and throws CONTRACT_DECODE_FAILED if the bytes cannot hold it. */
export type Step = (cursor: Cursor) => void;

/** What is told of the texts of a datum, in its order: `text` of each one, `key` of those that are keys of a map beside it. */
export interface TextVisitor {
  readonly enter: (fieldName: string) => unknown;
  readonly leave: () => unknown;
  readonly text: (bytes: Uint8Array, start: number, end: number) => void;
  readonly openMap: () => unknown;
  readonly key: (bytes: Uint8Array, start: number, end: number) => void;
  readonly closeMap: () => unknown;
}

/** An int64 takes at most ten bytes of seven bits. */
const VARINT_BYTES_MAX = 10;
const EXACT_MAX = 9_007_199_254_740_992;
/** Zigzag form of 2^53 - 2, the largest integer that avsc reads. */
const ZIGZAG_MAX = 18_014_398_509_481_980;

/**
 * Compiles a writer's schema into a checked step over its datums.
 *
 * avsc reads on past the end of its buffer, as zeros, until its loops are through: a broken count can keep it busy for
 * hours. Each datum is therefore walked first; what passes holds no length, count or index that the bytes do not bear
 * out, and no integer that a double would round. A walk costs about a tenth of decoding.
 */
export function compileStep(schema: AvroSchemaJson, visitor: TextVisitor | null = null): Step {
  return stepOf(schema, { named: new Map(), visitor });
}

/** What the steps of one schema share. */
interface Compilation {
  /** Later mentions of a named type give only its name. Recursive schemas are not supported; no record needs one. */
  readonly named: Map<string, Step>;
  readonly visitor: TextVisitor | null;
}

function stepOf(schema: AvroSchemaJson, within: Compilation): Step {
  if (typeof schema === 'string') return primitiveStep(schema, within);
  if (isUnion(schema)) return unionStep(schema.map((branch) => stepOf(branch, within)));
  switch (schema.type) {
    case 'record':
      return remember(
        schema,
        within,
        recordStep((schema.fields ?? []).map((field) => fieldStep(field, within))),
      );
    case 'enum':
      return remember(schema, within, enumStep((schema.symbols ?? []).length));
    case 'fixed':
      return remember(schema, within, fixedStep(schema.size ?? 0));
    case 'array':
      return blocksStep(stepOf(schema.items ?? 'null', within));
    case 'map':
      return mapStep(stepOf(schema.values ?? 'null', within), within.visitor);
    default:
      return stepOf(schema.type, within);
  }
}

function fieldStep({ name, type }: AvroFieldJson, within: Compilation): Step {
  const step = stepOf(type, within);
  const { visitor } = within;
  if (visitor === null) return step;
  return (cursor) => {
    visitor.enter(name);
    step(cursor);
    visitor.leave();
  };
}

function mapStep(value: Step, visitor: TextVisitor | null): Step {
  if (visitor === null) return blocksStep(recordStep([stepText, value]));
  const key = visitedText((bytes, start, end) => {
    visitor.text(bytes, start, end);
    visitor.key(bytes, start, end);
  });
  const entries = blocksStep(recordStep([key, value]));
  return (cursor) => {
    visitor.openMap();
    entries(cursor);
    visitor.closeMap();
  };
}

function remember(schema: AvroComplexJson, { named }: Compilation, step: Step): Step {
  if (schema.name !== undefined) named.set(schema.name.slice(schema.name.lastIndexOf('.') + 1), step);
  return step;
}

function primitiveStep(name: string, { named, visitor }: Compilation): Step {
  switch (name) {
    case 'null':
      return () => undefined;
    case 'boolean':
      return stepBoolean;
    case 'int':
    case 'long':
      return readLong;
    case 'float':
      return fixedStep(4);
    case 'double':
      return fixedStep(8);
    case 'bytes':
      return stepText;
    case 'string':
      return visitor === null ? stepText : visitedText(visitor.text);
    default: {
      const step = named.get(name.slice(name.lastIndexOf('.') + 1));
      if (step === undefined) throw schemaUnusable(name);
      return step;
    }
  }
}

function recordStep(fields: readonly Step[]): Step {
  return (cursor) => {
    for (const field of fields) field(cursor);
  };
}

function unionStep(branches: readonly Step[]): Step {
  return (cursor) => {
    const index = readLong(cursor);
    const branch = branches[index];
    if (branch === undefined) throw decodeFailed(`No union branch ${index}.`, { position: cursor.position });
    branch(cursor);
  };
}

function enumStep(symbolCount: number): Step {
  return (cursor) => {
    const index = readLong(cursor);
    if (index < 0 || index >= symbolCount) {
      throw decodeFailed(`No enum symbol ${index}.`, { position: cursor.position });
    }
  };
}

function fixedStep(sizeBytes: number): Step {
  return (cursor) => {
    advance(cursor, sizeBytes);
  };
}

function stepBoolean(cursor: Cursor): void {
  const value = cursor.bytes[cursor.position];
  if (value !== 0 && value !== 1)
    throw decodeFailed('A boolean is neither 0 nor 1.', { position: cursor.position });
  cursor.position += 1;
}

function stepText(cursor: Cursor): void {
  advance(cursor, readTextLength(cursor));
}

function readTextLength(cursor: Cursor): number {
  const length = readLong(cursor);
  if (length < 0) throw decodeFailed('A length is negative.', { position: cursor.position });
  return length;
}

function visitedText(visit: TextVisitor['text']): Step {
  return (cursor) => {
    const length = readTextLength(cursor);
    const start = cursor.position;
    advance(cursor, length);
    visit(cursor.bytes, start, cursor.position);
  };
}

/** Arrays and maps alike: blocks of items until an empty one. */
function blocksStep(item: Step): Step {
  return (cursor) => {
    for (;;) {
      const block = readBlock(cursor);
      if (block.count === 0) return;
      for (let index = 0; index < block.count; index += 1) item(cursor);
      checkBlockEnd(cursor, block);
    }
  };
}

export interface Block {
  readonly count: number;
  /** Position after the block's items, if the writer gave its size. */
  readonly end: number | null;
}

/**
 * A block's header: a count, or a negative count and the block's size in bytes. A count beyond the bytes left is
 * refused at once: every item takes a byte at least.
 */
export function readBlock(cursor: Cursor): Block {
  const written = readLong(cursor);
  const count = Math.abs(written);
  let end: number | null = null;
  if (written < 0) {
    const size = readLong(cursor);
    end = cursor.position + size;
    if (size < 0 || end > cursor.bytes.length) throw truncated(cursor);
  }
  if (count > cursor.bytes.length - cursor.position) throw truncated(cursor);
  return { count, end };
}

export function checkBlockEnd(cursor: Cursor, block: Block): void {
  if (block.end !== null && block.end !== cursor.position) {
    throw decodeFailed('A block is not as long as it says.', { position: cursor.position });
  }
}

/** A zigzag varint that a double holds exactly. */
export function readLong(cursor: Cursor): number {
  const { bytes } = cursor;
  const first = bytes[cursor.position];
  if (first === undefined) throw truncated(cursor);
  if (first < 0x80) {
    cursor.position += 1;
    return (first >>> 1) ^ -(first & 1);
  }
  return readLongLong(cursor, first);
}

function readLongLong(cursor: Cursor, first: number): number {
  const { bytes } = cursor;
  let zigzag = first & 0x7f;
  let scale = 128;
  for (let index = 1; index < VARINT_BYTES_MAX; index += 1) {
    const byte = bytes[cursor.position + index];
    if (byte === undefined) throw truncated(cursor);
    zigzag += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) {
      cursor.position += index + 1;
      const isNegative = (first & 1) === 1;
      if (zigzag > (isNegative ? EXACT_MAX : ZIGZAG_MAX)) {
        throw decodeFailed('An integer is beyond 2^53.', { position: cursor.position });
      }
      return isNegative ? -(zigzag + 1) / 2 : zigzag / 2;
    }
  }
  throw decodeFailed('An integer takes more than ten bytes.', { position: cursor.position });
}

function advance(cursor: Cursor, bytesCount: number): void {
  const next = cursor.position + bytesCount;
  if (next > cursor.bytes.length) throw truncated(cursor);
  cursor.position = next;
}

function truncated(cursor: Cursor): AppError<EventContractErrorCode> {
  return decodeFailed('The message breaks off.', { position: cursor.position, bytes: cursor.bytes.length });
}

function schemaUnusable(name: string): AppError<EventContractErrorCode> {
  return new AppError(
    'CONTRACT_SCHEMA_CORRUPT',
    `A schema names a type ${name} that it does not define before.`,
    {
      remedy: 'Mend the registered schema.',
      details: { name },
    },
  );
}
