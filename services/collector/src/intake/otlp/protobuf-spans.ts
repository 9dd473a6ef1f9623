import {
  BYTES,
  FIXED64,
  VARINT,
  eachField,
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
  plain: protobufCodec((bytes) => checkedSpan(readSpan(bytes, null))),
  /** With numbers of its texts. */
  withSignals: protobufCodec((bytes) => checkedSpan(readSpan(bytes, new SpanTexts()))),
} satisfies SpanCodecs;

function readSpan(bytes: Uint8Array, texts: SpanTexts | null): Span {
  const budget = new ItemBudget(texts);
  const attributes = new Map<string, AttributeValue>();
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
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
    links,
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
    [SPAN.link]: (reader) => {
      budget.take();
      links.push(readLink(reader.bytes()));
    },
    [SPAN.status]: (reader) => (span.statusCode = readStatusCode(reader.bytes())),
  };
  eachField(bytes, (reader, at) => {
    const read = readers[at];
    read?.(reader);
    return read !== undefined;
  });
  return { ...span, signals: texts?.signals() ?? null };
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

function readLink(bytes: Uint8Array): SpanLink {
  let [traceId, spanId] = ['', ''];
  eachField(bytes, (reader, at) => {
    if (at === LINK.traceId) traceId = hex(reader);
    else if (at === LINK.spanId) spanId = hex(reader);
    else return false;
    return true;
  });
  return { traceId, spanId };
}
