import { isAppError } from '@burnline/core';
import { intakeError } from '../../http/intake-error.ts';
import { recordsInvalid } from '../../records/read-records.ts';
import { GROUPS_MAX, SPANS_MAX, type Attributes, type Scope, type Span, type SpanPiece } from './span.ts';

/** Bytes [start, end) of a body. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where the parts of one `ResourceSpans` stand: a resource may come after its spans, and so all is found before any is read. */
export interface LocatedResource {
  resource: ByteRange | null;
  readonly scopes: LocatedScope[];
}

export interface LocatedScope {
  scope: ByteRange | null;
  readonly spans: ByteRange[];
}

/** How the parts of a body are read in one encoding of OTLP. */
export interface SpanCodec {
  /** Yields after each span, so that others have their turn. Throws where the body is no export request, and beyond a bound. */
  readonly locate: (body: Uint8Array, budget: PartBudget) => Generator<undefined, readonly LocatedResource[]>;
  readonly readResource: (bytes: Uint8Array) => Attributes;
  readonly readScope: (bytes: Uint8Array) => Scope;
  /** Throws a record's fault. */
  readonly readSpan: (bytes: Uint8Array) => Span;
}

const NO_SCOPE: Scope = { name: '', version: '' };
const NO_ATTRIBUTES: Attributes = new Map();

/** Counts what a request holds. */
export class PartBudget {
  #spansLeft = SPANS_MAX;
  #groupsLeft = GROUPS_MAX;

  takeSpan(): void {
    this.#spansLeft -= 1;
    if (this.#spansLeft < 0) throw tooMany(`${SPANS_MAX} spans`);
  }

  takeGroup(): void {
    this.#groupsLeft -= 1;
    if (this.#groupsLeft < 0) throw tooMany(`${GROUPS_MAX} resources and scopes`);
  }
}

/** Spans of a body, each to be read by itself; undefined: others may have their turn. */
export function* spanPieces(body: Uint8Array, codec: SpanCodec): Generator<SpanPiece | undefined> {
  const located = yield* codec.locate(body, new PartBudget());
  const bytesOf = ({ start, end }: ByteRange): Uint8Array => body.subarray(start, end);
  for (const { resource: resourceAt, scopes } of located) {
    const resource =
      resourceAt === null ? NO_ATTRIBUTES : orUnreadable(() => codec.readResource(bytesOf(resourceAt)));
    for (const { scope: scopeAt, spans } of scopes) {
      const scope = scopeAt === null ? NO_SCOPE : orUnreadable(() => codec.readScope(bytesOf(scopeAt)));
      for (const span of spans) yield { resource, scope, read: () => codec.readSpan(bytesOf(span)) };
      yield undefined;
    }
  }
}

/** What a resource or a scope says holds for many spans: where it cannot be read, the request cannot. */
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
    remedy: 'Send an ExportTraceServiceRequest, in the encoding that content-type names.',
  });
}

function tooMany(what: string): Error {
  return recordsInvalid(
    `The request holds more than ${what}; nothing of it was taken`,
    'Export in smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE, send_batch_max_size).',
  );
}
