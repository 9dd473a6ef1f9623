import type { CollectorParts } from '../../collector-parts.ts';
import type { Accepted, Answers } from '../dialect.ts';
import type { Export } from './export.ts';
import { JSON_LOGS } from './json-logs.ts';
import { JSON_METRICS } from './json-metrics.ts';
import { JSON_SPANS } from './json-spans.ts';
import { jsonAnswers, protobufAnswers, type SignalWords } from './otlp-answers.ts';
import { PROTOBUF_LOGS } from './protobuf-logs.ts';
import { PROTOBUF_METRICS } from './protobuf-metrics.ts';
import { PROTOBUF_SPANS } from './protobuf-spans.ts';
import { takeLogs } from './take-logs.ts';
import { takeMetrics } from './take-metrics.ts';
import { takeSpans } from './take-spans.ts';

type TakeBody = (parts: CollectorParts, exported: Export) => Promise<Accepted>;

/** A form of a signal's export request, with its answers. */
interface Encoding {
  readonly take: TakeBody;
  readonly answers: Answers;
}

/** A signal of OpenTelemetry, over HTTP and over gRPC. */
export interface Signal {
  readonly path: string;
  readonly grpcMethod: string;
  /** The member of a partial success that counts what was left out. */
  readonly rejected: string;
  readonly json: Encoding;
  readonly protobuf: Encoding;
}

function signalOf(
  name: { readonly path: string; readonly service: string },
  words: SignalWords,
  take: { readonly json: TakeBody; readonly protobuf: TakeBody },
): Signal {
  return {
    path: name.path,
    grpcMethod: `/opentelemetry.proto.collector.${name.service}/Export`,
    rejected: words.rejected,
    json: { take: take.json, answers: jsonAnswers(words) },
    protobuf: { take: take.protobuf, answers: protobufAnswers(words) },
  };
}

export const TRACES = signalOf(
  { path: '/v1/traces', service: 'trace.v1.TraceService' },
  { items: 'spans', rejected: 'rejectedSpans', leftOut: 'Spans were left out' },
  {
    json: (parts, exchange) => takeSpans(parts, exchange, JSON_SPANS),
    protobuf: (parts, exchange) => takeSpans(parts, exchange, PROTOBUF_SPANS),
  },
);

export const SIGNALS: readonly Signal[] = [
  TRACES,
  signalOf(
    { path: '/v1/logs', service: 'logs.v1.LogsService' },
    { items: 'logRecords', rejected: 'rejectedLogRecords', leftOut: 'Evaluations were left out' },
    {
      json: (parts, exchange) => takeLogs(parts, exchange, JSON_LOGS),
      protobuf: (parts, exchange) => takeLogs(parts, exchange, PROTOBUF_LOGS),
    },
  ),
  signalOf(
    { path: '/v1/metrics', service: 'metrics.v1.MetricsService' },
    {
      items: 'metrics',
      rejected: 'rejectedDataPoints',
      leftOut: 'Nothing is made of metrics: events come from spans. OTEL_METRICS_EXPORTER=none sends none',
    },
    {
      json: (parts, exchange) => takeMetrics(parts, exchange, JSON_METRICS),
      protobuf: (parts, exchange) => takeMetrics(parts, exchange, PROTOBUF_METRICS),
    },
  ),
];
