import type { IncomingMessage } from 'node:http';
import { checkTypes, mediaTypeOf } from '../../access/media-type.ts';
import type { Dialect, DialectRoute } from '../dialect.ts';
import { JSON_SPANS } from './json-spans.ts';
import { JSON_OTLP_ANSWERS, PROTOBUF_ANSWERS } from './otlp-answers.ts';
import { PROTOBUF_SPANS } from './protobuf-spans.ts';
import { signalNotRead } from './signal-not-read.ts';
import { takeSpans } from './take-spans.ts';

const PROTOBUF_TYPE = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

const isProtobuf = (request: IncomingMessage): boolean => mediaTypeOf(request) === PROTOBUF_TYPE;
const checkType = (request: IncomingMessage): void => {
  checkTypes(request, [PROTOBUF_TYPE, JSON_TYPE]);
};

/** Refused for good, as the specification asks of what a server does not take: an exporter does not send it again. */
function notRead(path: string, variable: string): DialectRoute {
  return {
    path,
    checkType,
    take: () => Promise.reject(signalNotRead(path, variable)),
  };
}

/** OpenTelemetry's protocol over HTTP (opentelemetry-proto, docs/specification.md, "OTLP/HTTP"). */
export const otlp: Dialect = {
  name: 'otlp',
  answersTo: (request) => (isProtobuf(request) ? PROTOBUF_ANSWERS : JSON_OTLP_ANSWERS),
  routes: [
    {
      path: '/v1/traces',
      checkType,
      take: (parts, exchange) =>
        takeSpans(parts, exchange, isProtobuf(exchange.request) ? PROTOBUF_SPANS : JSON_SPANS),
    },
    notRead('/v1/metrics', 'OTEL_METRICS_EXPORTER'),
    notRead('/v1/logs', 'OTEL_LOGS_EXPORTER'),
  ],
};
