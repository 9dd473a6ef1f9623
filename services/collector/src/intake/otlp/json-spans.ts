import type { JsonWalk } from '../../records/json-walk.ts';
import { eachMember, elementsOf, enumOf, jsonCodec, nanosOf, readAttributes, textOf } from './json-parts.ts';
import { SpanTexts } from '../../text-signals/span-texts.ts';
import type { SpanCodecs } from './located.ts';
import { checkedSpan } from './span-faults.ts';
import { ItemBudget, type Attributes, type Span, type SpanEvent, type SpanLink } from './span.ts';

/** In the order of their numbers. */
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (name) => `SPAN_KIND_${name}`,
);
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`);

/** ExportTraceServiceRequest. */
export const JSON_SPANS = {
  plain: codecOf(() => null),
  /** With numbers of its texts. */
  withSignals: codecOf(() => new SpanTexts()),
} satisfies SpanCodecs;

function codecOf(newTexts: () => SpanTexts | null) {
  return jsonCodec({ resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' }, (walk) =>
    checkedSpan(readSpan(walk, newTexts())),
  );
}

function readSpan(walk: JsonWalk, texts: SpanTexts | null): Span {
  const budget = new ItemBudget(texts);
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  const ids = { traceId: '', spanId: '', parentSpanId: '' };
  const read = { name: '', kind: 0, startNanos: 0n, endNanos: 0n, statusCode: 0 };
  let attributes: Attributes = new Map();
  eachMember(walk, {
    traceId: () => (ids.traceId = textOf(walk).toLowerCase()),
    spanId: () => (ids.spanId = textOf(walk).toLowerCase()),
    parentSpanId: () => (ids.parentSpanId = textOf(walk).toLowerCase()),
    name: () => (read.name = textOf(walk)),
    kind: () => (read.kind = enumOf(walk, KINDS)),
    startTimeUnixNano: () => (read.startNanos = nanosOf(walk)),
    endTimeUnixNano: () => (read.endNanos = nanosOf(walk)),
    attributes: () => (attributes = readAttributes(walk, budget)),
    events: () => {
      for (const element of elementsOf(walk)) {
        budget.take();
        events.push(readEvent(element, budget));
      }
    },
    links: () => {
      for (const element of elementsOf(walk)) {
        budget.take();
        links.push(readLink(element));
      }
    },
    status: () => {
      eachMember(walk, { code: () => (read.statusCode = enumOf(walk, STATUS_CODES)) });
    },
  });
  return { ...ids, ...read, attributes, events, links, signals: texts?.signals() ?? null };
}

function readEvent(walk: JsonWalk, budget: ItemBudget): SpanEvent {
  let [name, timeNanos] = ['', 0n];
  let attributes: Attributes = new Map();
  eachMember(walk, {
    name: () => (name = textOf(walk)),
    timeUnixNano: () => (timeNanos = nanosOf(walk)),
    attributes: () => (attributes = readAttributes(walk, budget)),
  });
  return { name, timeNanos, attributes };
}

function readLink(walk: JsonWalk): SpanLink {
  const link = { traceId: '', spanId: '' };
  eachMember(walk, {
    traceId: () => (link.traceId = textOf(walk).toLowerCase()),
    spanId: () => (link.spanId = textOf(walk).toLowerCase()),
  });
  return link;
}
