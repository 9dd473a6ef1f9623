import type { JsonWalk } from '../../records/json-walk.ts';
import { eachMember, jsonCodec, nanosOf, readAttributes, textOf } from './json-parts.ts';
import { loggedEvent } from './logged-event.ts';
import { ItemBudget, type Attributes, type LogRecord } from './span.ts';

/** ExportLogsServiceRequest; bodies of records are walked over. */
export const JSON_LOGS = jsonCodec(
  { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
  readLog,
);

function readLog(walk: JsonWalk): LogRecord {
  const read = { traceId: '', spanId: '', eventName: '', time: 0n, observed: 0n };
  let attributes: Attributes = new Map();
  eachMember(walk, {
    traceId: () => (read.traceId = textOf(walk).toLowerCase()),
    spanId: () => (read.spanId = textOf(walk).toLowerCase()),
    eventName: () => (read.eventName = textOf(walk)),
    timeUnixNano: () => (read.time = nanosOf(walk)),
    observedTimeUnixNano: () => (read.observed = nanosOf(walk)),
    attributes: () => (attributes = readAttributes(walk, new ItemBudget())),
  });
  return loggedEvent({ ...read, attributes });
}
