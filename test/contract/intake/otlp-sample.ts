import { createHash } from 'node:crypto';
import { amongThem, type RouteSample, type Said } from './dialect-sample.ts';
import { protobufOf, readMessage } from './otlp/otlp-proto.ts';

type Value = string | number | boolean | readonly string[];

/** An attribute as OTLP/JSON writes it. */
export function attributesOf(values: Readonly<Record<string, Value>>): readonly object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyOf(value) }));
}

function anyOf(value: Value): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return { arrayValue: { values: value.map(anyOf) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** An export request of these spans. */
export function requestOf(
  spans: readonly object[],
  resource: Readonly<Record<string, Value>> = { 'service.name': 'chat' },
): object {
  const scope = { name: 'opentelemetry.instrumentation.genai.openai', version: '1.3b0' };
  return {
    resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope, spans }] }],
  };
}

export const TRACE_ID = '5b8efff798038103d269b633813fc60c';
export const spanIdOf = (number: number): string => number.toString(16).padStart(16, '0');
const START_NANOS = 1_789_900_000_000_000_000n;

/** The span of one call, as semantic conventions 1.41 write it; what `over` says takes the place of that. */
export function spanOf(
  number: number,
  attributes: Readonly<Record<string, Value>> = {},
  over: Readonly<Record<string, unknown>> = {},
): object {
  return {
    traceId: TRACE_ID,
    spanId: spanIdOf(number),
    name: 'chat gpt-4o',
    kind: 3,
    startTimeUnixNano: String(START_NANOS),
    endTimeUnixNano: String(START_NANOS + 3_820_000_000n),
    attributes: attributesOf({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 10,
      'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"What is \\"good\\"?"}]}]',
      ...attributes,
    }),
    ...over,
  };
}

/** An export request of these records. */
export function logsRequestOf(logRecords: readonly object[]): object {
  const resource = { attributes: attributesOf({ 'service.name': 'judges' }) };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'judge' }, logRecords }] }] };
}

/** The record of an evaluation, as semantic conventions write it. */
export function evaluationOf(
  number: number,
  attributes: Readonly<Record<string, Value>> = {},
  over: Readonly<Record<string, unknown>> = {},
): object {
  return {
    timeUnixNano: String(START_NANOS),
    eventName: 'gen_ai.evaluation.result',
    traceId: TRACE_ID,
    spanId: spanIdOf(number),
    attributes: attributesOf({
      'gen_ai.evaluation.name': 'Relevance',
      'gen_ai.evaluation.score.value': 4.5,
      'gen_ai.evaluation.score.label': 'pass',
      'gen_ai.evaluation.explanation': 'The answer says why.',
      ...attributes,
    }),
    ...over,
  };
}

/** RFC 9562 version 8 over SHA-256 of `otlp`, trace and span, each by its length. */
const idOf = (number: number): string => uuidOf(['otlp', TRACE_ID, spanIdOf(number)]);

/** The same of an evaluation: what it judges, what it says, when and where it says so. */
const evaluationIdOf = (number: number): string =>
  uuidOf([
    ...['otlp-evaluation', TRACE_ID, spanIdOf(number), ''],
    ...['Relevance', 'pass', '4.5', String(START_NANOS), 'log'],
  ]);

function uuidOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  const bytes = hash.digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Readonly<Record<string, unknown>>[];
}

/** What an answer of OTLP/JSON says: ExportTraceServiceResponse, or google.rpc.Status. */
function saidInJson(bytes: Buffer): Said {
  const { partialSuccess, ...status } = JSON.parse(bytes.toString('utf8')) as Partial<RpcStatus> & {
    readonly partialSuccess?: Partial<Record<'rejectedSpans' | 'rejectedLogRecords', string>> & {
      readonly errorMessage: string;
    };
  };
  const detail = (name: string): Readonly<Record<string, unknown>> | undefined =>
    status.details?.find((one) => one['@type'] === `type.googleapis.com/google.rpc.${name}`);
  const partial = partialSuccess && {
    rejected: partialSuccess.rejectedSpans ?? partialSuccess.rejectedLogRecords ?? '',
    errorMessage: partialSuccess.errorMessage,
  };
  return saidOf(partial, detail('ErrorInfo'), detail('BadRequest'));
}

function saidInProtobuf(bytes: Buffer, status: number): Said {
  if (status === 200) {
    // The answers of all signals have the same fields.
    const partial = readMessage('ExportTraceServiceResponse', bytes)['partialSuccess'] as
      { rejectedSpans: string; errorMessage: string } | undefined;
    return saidOf(partial && { rejected: partial.rejectedSpans, errorMessage: partial.errorMessage });
  }
  const { details = [] } = readMessage('RpcStatus', bytes) as {
    details?: { typeUrl: string; value: Uint8Array }[];
  };
  const detail = (name: string): Readonly<Record<string, unknown>> | undefined => {
    const found = details.find(({ typeUrl }) => typeUrl === `type.googleapis.com/google.rpc.${name}`);
    return found && readMessage(name, found.value);
  };
  return saidOf(undefined, detail('ErrorInfo'), detail('BadRequest'));
}

/** What is refused for its content type is answered in JSON. */
const OPEN_OBJECT = 0x7b;
const INDEX = /(?:spans|logRecords)\[(\d+)\]/g;

function saidOf(
  partial?: { readonly rejected: string; readonly errorMessage: string },
  info?: Readonly<Record<string, unknown>>,
  bad?: Readonly<Record<string, unknown>>,
): Said {
  const told = partial?.errorMessage ?? JSON.stringify(bad ?? {});
  const indexes = new Set([...told.matchAll(INDEX)].map(([, index]) => Number(index)));
  return {
    wrongCount: partial === undefined ? indexes.size : Number(partial.rejected),
    wrongIndexes: [...indexes],
    ...(info && {
      code: info['reason'] as string,
      remedy: (info['metadata'] as { readonly remedy: string }).remedy,
    }),
  };
}

/** What a route takes: right items, wrong ones, and what they become. */
interface Items {
  readonly path: string;
  readonly allow?: string;
  readonly topic: RouteSample['topic'];
  readonly requestOf: (items: readonly object[]) => object;
  readonly message: Parameters<typeof protobufOf>[1];
  readonly itemOf: (number: number) => object;
  readonly wrong: object;
  readonly idOf: (number: number) => string;
}

function sampleOf(items: Items, contentType: string): RouteSample {
  const isJson = contentType === 'application/json';
  const bodyOf = (all: readonly object[]): Buffer => {
    const request = items.requestOf(all);
    return isJson ? Buffer.from(JSON.stringify(request)) : protobufOf(request, items.message);
  };
  return {
    path: items.path,
    ...(items.allow !== undefined && { allow: items.allow }),
    contentType,
    topic: items.topic,
    body: (numbers) => bodyOf(numbers.map(items.itemOf)),
    idOf: items.idOf,
    mixed: (numbers) => {
      const { all, wrongIndexes } = amongThem(numbers.map(items.itemOf), items.wrong);
      return { body: bodyOf(all), wrongIndexes };
    },
    mixedIs: 'taken',
    hasIds: false,
    tellsEach: false,
    // No bytes are a message of protobuf in which nothing is said.
    emptyIs: isJson ? 400 : 200,
    read: (bytes, status) => (bytes[0] === OPEN_OBJECT ? saidInJson(bytes) : saidInProtobuf(bytes, status)),
  };
}

const SPANS: Items = {
  path: '/v1/traces',
  allow: 'POST, PUT',
  topic: 'inference',
  requestOf: (spans) => requestOf(spans),
  message: 'ExportTraceServiceRequest',
  itemOf: (number) => spanOf(number),
  wrong: spanOf(0, {}, { endTimeUnixNano: '1' }),
  idOf,
};
const EVALUATIONS: Items = {
  path: '/v1/logs',
  topic: 'references',
  requestOf: logsRequestOf,
  message: 'ExportLogsServiceRequest',
  itemOf: (number) => evaluationOf(number),
  wrong: evaluationOf(0, { 'gen_ai.evaluation.name': '' }),
  idOf: evaluationIdOf,
};

export const otlpSamples: readonly RouteSample[] = [SPANS, EVALUATIONS].flatMap((items) =>
  ['application/json', 'application/x-protobuf'].map((contentType) => sampleOf(items, contentType)),
);
