import { isAppError } from '@burnline/core';
import { intakeError } from '../../http/intake-error.ts';
import { recordsInvalid } from '../../records/read-records.ts';
import { GROUPS_MAX, ITEMS_OF_REQUEST_MAX, type Attributes, type Scope, type Span } from './span.ts';

/** Bytes [start, end) of a body. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the parts of one `ResourceSpans`, `ResourceLogs` or `ResourceMetrics` stand: a resource may come after its items, and so
 * all is found before any is read.
 */
export interface LocatedResource {
  resource: ByteRange | null;
  readonly scopes: LocatedScope[];
}

export interface LocatedScope {
  scope: ByteRange | null;
  readonly items: ByteRange[];
}

/** How the parts of an export request of one signal are read in one encoding of OTLP. */
export interface ExportCodec<Item> {
  /** Yields after each item, so that others have their turn. Throws where the body is no export request, and beyond a bound. */
  readonly locate: (body: Uint8Array, budget: PartBudget) => Generator<undefined, readonly LocatedResource[]>;
  readonly readResource: (bytes: Uint8Array) => Attributes;
  readonly readScope: (bytes: Uint8Array) => Scope;
  /** A span, a record of a log or a metric. Throws a record's fault. */
  readonly readItem: (bytes: Uint8Array) => Item;
}

/** Spans in one encoding: without their texts, or with the numbers that are made of these. */
export interface SpanCodecs {
  readonly plain: ExportCodec<Span>;
  readonly withSignals: ExportCodec<Span>;
}

/** An item in its request, before anything is made of it. */
interface ExportPiece<Item> {
  readonly resource: Attributes;
  readonly scope: Scope;
  /** Throws a record's fault for what is none. */
  readonly read: () => Item;
}

const NO_SCOPE: Scope = { name: '', version: '' };
const NO_ATTRIBUTES: Attributes = new Map();

/** Counts what a request holds. */
export class PartBudget {
  #itemsLeft = ITEMS_OF_REQUEST_MAX;
  #groupsLeft = GROUPS_MAX;

  takeItem(): void {
    this.#itemsLeft -= 1;
    if (this.#itemsLeft < 0) throw tooMany(`${ITEMS_OF_REQUEST_MAX} spans, records or metrics`);
  }

  takeGroup(): void {
    this.#groupsLeft -= 1;
    if (this.#groupsLeft < 0) throw tooMany(`${GROUPS_MAX} resources and scopes`);
  }
}

/** Items of a body, each to be read by itself; undefined: others may have their turn. */
export function* exportPieces<Item>(
  body: Uint8Array,
  codec: ExportCodec<Item>,
): Generator<ExportPiece<Item> | undefined> {
  const located = yield* codec.locate(body, new PartBudget());
  const bytesOf = ({ start, end }: ByteRange): Uint8Array => body.subarray(start, end);
  for (const { resource: resourceAt, scopes } of located) {
    const resource =
      resourceAt === null ? NO_ATTRIBUTES : orUnreadable(() => codec.readResource(bytesOf(resourceAt)));
    for (const { scope: scopeAt, items } of scopes) {
      const scope = scopeAt === null ? NO_SCOPE : orUnreadable(() => codec.readScope(bytesOf(scopeAt)));
      for (const item of items) yield { resource, scope, read: () => codec.readItem(bytesOf(item)) };
      yield undefined;
    }
  }
}

/** What a resource or a scope says holds for many items: where it cannot be read, the request cannot. */
function orUnreadable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isFaultOfText(error) ? unreadable('a resource or scope cannot be read') : error;
  }
}

/** Of syntax, of UTF-8, or of what stands in a part. */
export function isFaultOfText(error: unknown): boolean {
  return error instanceof SyntaxError || (isAppError(error) && error.code === 'COLLECTOR_RECORD_INVALID');
}

export function unreadable(why: string): Error {
  return intakeError('COLLECTOR_OTLP_UNREADABLE', `The body is no export request of OTLP: ${why}`, {
    remedy:
      'Send the export request of the signal that the path names, in the encoding that content-type names.',
  });
}

function tooMany(what: string): Error {
  return recordsInvalid(
    `The request holds more than ${what}; nothing of it was taken`,
    'Export in smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE, OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, send_batch_max_size).',
  );
}
