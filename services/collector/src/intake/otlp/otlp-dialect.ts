import type { IncomingMessage } from 'node:http';
import { checkTypes, mediaTypeOf } from '../../access/media-type.ts';
import type { Dialect } from '../dialect.ts';
import { SIGNALS, TRACES } from './signals.ts';

const PROTOBUF_TYPE = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

const encodingOf = (request: IncomingMessage): 'protobuf' | 'json' =>
  mediaTypeOf(request) === PROTOBUF_TYPE ? 'protobuf' : 'json';
const checkType = (request: IncomingMessage): void => {
  checkTypes(request, [PROTOBUF_TYPE, JSON_TYPE]);
};

/** OpenTelemetry's protocol over HTTP (opentelemetry-proto, docs/specification.md, "OTLP/HTTP"). */
export const otlp: Dialect = {
  name: 'otlp',
  answersTo: (request) => {
    const [path] = (request.url ?? '').split('?', 1);
    const signal = SIGNALS.find((one) => one.path === path) ?? TRACES;
    return signal[encodingOf(request)].answers;
  },
  routes: SIGNALS.map((signal) => ({
    path: signal.path,
    checkType,
    take: (parts, exchange) => signal[encodingOf(exchange.request)].take(parts, exchange),
  })),
};
