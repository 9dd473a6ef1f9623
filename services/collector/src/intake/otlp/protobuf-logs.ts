import {
  BYTES,
  FIXED64,
  eachField,
  fixed64,
  hex,
  protobufCodec,
  readAttribute,
  shortText,
  tag,
  type Reader,
} from './protobuf-parts.ts';
import { loggedEvent } from './logged-event.ts';
import { ItemBudget, KEY_BYTES_MAX, type AttributeValue, type LogRecord } from './span.ts';

const LOG = {
  time: tag(1, FIXED64),
  attribute: tag(6, BYTES),
  traceId: tag(9, BYTES),
  spanId: tag(10, BYTES),
  observedTime: tag(11, FIXED64),
  eventName: tag(12, BYTES),
};

/** ExportLogsServiceRequest; bodies of records are walked over. */
export const PROTOBUF_LOGS = protobufCodec(readLog);

function readLog(reader: Reader): LogRecord {
  const budget = new ItemBudget();
  const attributes = new Map<string, AttributeValue>();
  let [traceId, spanId, eventName] = ['', '', ''];
  let [time, observed] = [0n, 0n];
  eachField(reader, (at) => {
    if (at === LOG.attribute) readAttribute(reader, attributes, budget);
    else if (at === LOG.eventName) eventName = shortText(reader, KEY_BYTES_MAX) ?? '';
    else if (at === LOG.traceId) traceId = hex(reader);
    else if (at === LOG.spanId) spanId = hex(reader);
    else if (at === LOG.time) time = fixed64(reader);
    else if (at === LOG.observedTime) observed = fixed64(reader);
    else return false;
    return true;
  });
  return loggedEvent({ traceId, spanId, eventName, time, observed, attributes });
}
