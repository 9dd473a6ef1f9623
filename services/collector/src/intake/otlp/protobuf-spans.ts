import {
  BYTES,
  FIXED64,
  VARINT,
  eachField,
  eachFieldInside,
  fixed64,
  hex,
  protobufCodec,
  readAttribute,
  shortText,
  tag,
  type Reader,
} from './protobuf-parts.ts';
import { SpanTexts } from '../../text-signals/span-texts.ts';
import type { SpanCodecs } from './located.ts';
import { checkedSpan } from './span-faults.ts';
import {
  ItemBudget,
  KEY_BYTES_MAX,
  type AttributeValue,
  type Span,
  type SpanEvent,
  type SpanLink,
} from './span.ts';

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
  link: tag(13, BYTES),
  status: tag(15, BYTES),
};
const EVENT = { time: tag(1, FIXED64), name: tag(2, BYTES), attribute: tag(3, BYTES) };
const LINK = { traceId: tag(1, BYTES), spanId: tag(2, BYTES) };
const STATUS_CODE = tag(3, VARINT);
/** ExportTraceServiceRequest. */
export const PROTOBUF_SPANS = {
  plain: protobufCodec((reader) => checkedSpan(readSpan(reader, null))),
  /** With numbers of its texts. */
  withSignals: protobufCodec((reader) => checkedSpan(readSpan(reader, new SpanTexts()))),
} satisfies SpanCodecs;

function readSpan(reader: Reader, texts: SpanTexts | null): Span {
  const budget = new ItemBudget(texts);
  const attributes = new Map<string, AttributeValue>();
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  let [traceId, spanId, parentSpanId, name] = ['', '', '', ''];
  let [kind, statusCode] = [0, 0];
  let [startNanos, endNanos] = [0n, 0n];
  eachField(reader, (at) => {
    if (at === SPAN.attribute) readAttribute(reader, attributes, budget);
    else if (at === SPAN.traceId) traceId = hex(reader);
    else if (at === SPAN.spanId) spanId = hex(reader);
    else if (at === SPAN.parentSpanId) parentSpanId = hex(reader);
    else if (at === SPAN.name) name = shortText(reader, KEY_BYTES_MAX) ?? '';
    else if (at === SPAN.kind) kind = reader.uint32();
    else if (at === SPAN.start) startNanos = fixed64(reader);
    else if (at === SPAN.end) endNanos = fixed64(reader);
    else if (at === SPAN.event) {
      budget.take();
      events.push(readEvent(reader, budget));
    } else if (at === SPAN.link) {
      budget.take();
      links.push(readLink(reader));
    } else if (at === SPAN.status) statusCode = readStatusCode(reader);
    else return false;
    return true;
  });
  // Written out: objects that are spread cost more than all else of a span.
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    startNanos,
    endNanos,
    statusCode,
    attributes,
    events,
    links,
    signals: texts?.signals() ?? null,
  };
}

function readEvent(reader: Reader, budget: ItemBudget): SpanEvent {
  const attributes = new Map<string, AttributeValue>();
  let name = '';
  let timeNanos = 0n;
  eachFieldInside(reader, (at) => {
    if (at === EVENT.name) name = shortText(reader, KEY_BYTES_MAX) ?? '';
    else if (at === EVENT.time) timeNanos = fixed64(reader);
    else if (at === EVENT.attribute) readAttribute(reader, attributes, budget);
    else return false;
    return true;
  });
  return { name, timeNanos, attributes };
}

function readStatusCode(reader: Reader): number {
  let code = 0;
  eachFieldInside(reader, (at) => {
    if (at !== STATUS_CODE) return false;
    code = reader.uint32();
    return true;
  });
  return code;
}

function readLink(reader: Reader): SpanLink {
  let [traceId, spanId] = ['', ''];
  eachFieldInside(reader, (at) => {
    if (at === LINK.traceId) traceId = hex(reader);
    else if (at === LINK.spanId) spanId = hex(reader);
    else return false;
    return true;
  });
  return { traceId, spanId };
}
