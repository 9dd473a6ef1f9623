import type { IncomingMessage } from 'node:http';
import { checkTypes, mediaTypeOf } from '../../access/media-type.ts';
import type { Dialect } from '../dialect.ts';
import { sourceOf } from '../source-of.ts';
import { SIGNALS, TRACES } from './signals.ts';

const PROTOBUF_TYPE = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

const encodingOf = (request: IncomingMessage): 'protobuf' | 'json' =>
  mediaTypeOf(request) === PROTOBUF_TYPE ? 'protobuf' : 'json';
const checkType = (request: IncomingMessage): void => {
  checkTypes(request, [PROTOBUF_TYPE, JSON_TYPE]);
};

/** OpenTelemetry's protocol over HTTP (opentelemetry-proto, docs/specification.md, "OTLP/HTTP"); OpenRouter may be set to PUT its traces. */
export const otlp: Dialect = {
  name: 'otlp',
  answersTo: (request) => {
    const [path] = (request.url ?? '').split('?', 1);
    const signal = SIGNALS.find((one) => one.path === path) ?? TRACES;
    return signal[encodingOf(request)].answers;
  },
  routes: SIGNALS.map((signal) => ({
    path: signal.path,
    ...(signal === TRACES && { methods: ['POST', 'PUT'] }),
    checkType: (request) => {
      if (!isConnectionTest(request)) checkType(request);
    },
    take: (parts, exchange) => {
      const { request, body } = exchange;
      if (body.length === 0 && isConnectionTest(request)) return Promise.resolve({ accepted: 0 });
      return signal[encodingOf(request)].take(parts, { ...exchange, source: sourceOf(request) });
    },
  })),
};

/** OpenRouter asks so, with nothing in the body, before it keeps a destination. No form of a web page can send the header. */
const isConnectionTest = ({ headers }: IncomingMessage): boolean => headers['x-test-connection'] === 'true';
