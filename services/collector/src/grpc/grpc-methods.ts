import { intakeError } from '../http/intake-error.ts';
import type { Accepted, Exchange } from '../intake/dialect.ts';
import { signalNotRead } from '../intake/otlp/signal-not-read.ts';
import { PROTOBUF_SPANS } from '../intake/otlp/protobuf-spans.ts';
import { takeSpans } from '../intake/otlp/take-spans.ts';
import type { CollectorParts } from '../collector-parts.ts';

/** Takes the message of a call. */
export type GrpcMethod = (parts: CollectorParts, exchange: Omit<Exchange, 'request'>) => Promise<Accepted>;

const COLLECTOR_PACKAGE = '/opentelemetry.proto.collector';
const TRACES = `${COLLECTOR_PACKAGE}.trace.v1.TraceService/Export`;
/** With the variable that keeps a client from calling it. */
const NOT_READ: ReadonlyMap<string, string> = new Map([
  [`${COLLECTOR_PACKAGE}.metrics.v1.MetricsService/Export`, 'OTEL_METRICS_EXPORTER'],
  [`${COLLECTOR_PACKAGE}.logs.v1.LogsService/Export`, 'OTEL_LOGS_EXPORTER'],
]);

/** Throws COLLECTOR_SIGNAL_NOT_READ or COLLECTOR_NOT_FOUND: both are UNIMPLEMENTED, which exporters do not call again. */
export function methodOf(path: string): GrpcMethod {
  if (path === TRACES) return (parts, exchange) => takeSpans(parts, exchange, PROTOBUF_SPANS);
  const variable = NOT_READ.get(path);
  if (variable !== undefined) throw signalNotRead(path, variable);
  throw intakeError('COLLECTOR_NOT_FOUND', `Nothing at ${path.slice(0, 255)}`, {
    remedy: `Call ${TRACES}.`,
  });
}
