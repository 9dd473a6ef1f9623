import { recordFault } from '../../records/record-fault.ts';
import type { EventSignals, SpanTexts } from '../../text-signals/span-texts.ts';

/** Of a list, its first value; objects and bytes are not read. */
export type AttributeValue = string | number | boolean;
/** Only those that are asked for by name: all others are walked over. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** Of a span that points to another one. */
export interface SpanLink {
  /** Hex. */
  readonly traceId: string;
  readonly spanId: string;
}

export interface SpanEvent {
  readonly name: string;
  readonly timeNanos: bigint;
  readonly attributes: Attributes;
}

/** What is read of a span. Its texts (prompts, answers, messages of errors) are not in it. */
export interface Span {
  /** Hex. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: a root. */
  readonly parentSpanId: string;
  /** Read for the number of a step, and where nothing else tells of a call. */
  readonly name: string;
  /** As `SPAN_KIND` of OTLP. */
  readonly kind: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  /** As `STATUS_CODE` of OTLP. */
  readonly statusCode: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** What its texts come to, where that is asked for; null: nothing is. */
  readonly signals?: EventSignals | null;
}

/** The library that made the spans. */
export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** A record of a log, of which its texts are not read. */
export interface LogRecord {
  /** Hex; empty: none. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty of what is no event. */
  readonly eventName: string;
  /** When it happened; where nobody says, when it was seen. */
  readonly timeNanos: bigint;
  readonly attributes: Attributes;
}

export const KIND_SERVER = 2;
export const KIND_CLIENT = 3;
export const STATUS_OK = 1;
export const STATUS_ERROR = 2;

/** What one request may hold: its work and what is kept of it are bounded. */
export const ITEMS_OF_REQUEST_MAX = 10_000;
/** Resources and scopes. */
export const GROUPS_MAX = 10_000;
/** Attributes, events, links and values of lists of one span. A chat that is flattened into attributes has thousands. */
const ITEMS_MAX = 10_000;
/** Names of attributes that are read are shorter. */
export const KEY_BYTES_MAX = 128;
/** Longer values are prompts, and are taken for absent; no field holds as much. */
export const VALUE_BYTES_MAX = 2_048;

/** Counts what a span holds. */
export class ItemBudget {
  #left = ITEMS_MAX;
  /** What gathers the span's texts; null: none are read. */
  readonly texts: SpanTexts | null;

  constructor(texts: SpanTexts | null = null) {
    this.texts = texts;
  }

  take(): void {
    this.#left -= 1;
    if (this.#left >= 0) return;
    const expected = `at most ${ITEMS_MAX} attributes, events and values`;
    throw recordFault([{ path: 'attributes', code: 'too_large', expected, found: 'more' }]);
  }
}
