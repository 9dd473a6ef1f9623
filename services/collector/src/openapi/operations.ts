import { BATCH_FRAMES_CONTENT_TYPE, BATCH_FRAMES_PATH } from '@burnline/contracts';
import { z } from 'zod';
import { PAYLOAD } from '../intake/litellm/payload.ts';
import { SCORE } from '../intake/langfuse/score.ts';
import { SIGNALS, TRACES } from '../intake/otlp/signals.ts';
import { isListShape, type Shape } from '../records/pick-members.ts';
import { accepted, exportResponse, rpcStatus } from './answer-shapes.ts';
import { evalVerdict, inferenceEvent, verdictReference } from './record-shapes.ts';

/** What is posted to a path, in each content type, and what comes back. */
export interface Operation {
  readonly path: string;
  /** Methods that do the same, POST first. */
  readonly methods: readonly ['post', ...'put'[]];
  readonly summary: string;
  readonly query: Readonly<Record<string, z.ZodType>>;
  /** Whether `Idempotency-Key` gives ids to records without one. */
  readonly hasIdempotencyKey: boolean;
  readonly bodies: readonly Body[];
}

interface Body {
  readonly contentType: string;
  /** Bytes, where it is not told in JSON. */
  readonly shape: z.ZodType | 'bytes';
  /** In the same content type. */
  readonly taken: z.ZodType | 'bytes';
  /** How the dialect refuses, where that is not the intake's own JSON. */
  readonly refused?: z.ZodType | 'bytes';
}

const JSON_TYPE = 'application/json';
/** One, or several. */
const orMany = (shape: z.ZodType): z.ZodType => z.union([shape, z.array(shape).min(1).max(10_000)]);

function recordBodies(shape: z.ZodType): readonly Body[] {
  return [
    { contentType: JSON_TYPE, shape: orMany(shape), taken: accepted },
    { contentType: 'application/x-ndjson', shape: 'bytes', taken: accepted },
  ];
}

/** What is read of an object; whatever else it has is walked over. */
function readShape(shape: Shape): z.ZodType {
  const members = Object.entries(shape).map(([name, read]) => {
    return [name, readMember(read).optional()] as const;
  });
  return z.looseObject(Object.fromEntries(members));
}

function readMember(read: Shape[string]): z.ZodType {
  if (isListShape(read)) return z.union([readShape(read[0]), z.array(z.unknown())]);
  return typeof read === 'object' ? readShape(read) : z.unknown();
}

const name = z.string().min(1).max(512).optional();
const OTLP_ITEMS: Readonly<Record<string, string>> = {
  '/v1/traces': 'resourceSpans',
  '/v1/logs': 'resourceLogs',
  '/v1/metrics': 'resourceMetrics',
};

export const OPERATIONS: readonly Operation[] = [
  {
    path: '/v1/events',
    methods: ['post'],
    summary:
      'Inference events. A request in which anything is wrong is refused as a whole. With a mapping, the JSON that it reads.',
    query: { mapping: z.string().optional() },
    hasIdempotencyKey: true,
    bodies: recordBodies(inferenceEvent),
  },
  {
    path: '/v1/verdicts',
    methods: ['post'],
    summary: 'Verdicts, whole or by an id of what they judge. Refused as a whole.',
    query: {},
    hasIdempotencyKey: true,
    bodies: recordBodies(z.union([evalVerdict, verdictReference])),
  },
  {
    path: BATCH_FRAMES_PATH,
    methods: ['post'],
    summary: "A publisher's own batches: framed Avro, source reports as well.",
    query: {},
    hasIdempotencyKey: false,
    bodies: [{ contentType: BATCH_FRAMES_CONTENT_TYPE, shape: 'bytes', taken: accepted }],
  },
  {
    path: '/v1/litellm',
    methods: ['post'],
    summary: "What LiteLLM's proxy logs (StandardLoggingPayload). What is wrong is left out.",
    query: { service: name, environment: name },
    hasIdempotencyKey: false,
    bodies: [{ contentType: JSON_TYPE, shape: orMany(readShape(PAYLOAD).nullable()), taken: accepted }],
  },
  {
    path: '/v1/langfuse/scores',
    methods: ['post'],
    summary: "Langfuse's scores, as verdicts by reference. What is wrong is left out.",
    query: {},
    hasIdempotencyKey: false,
    bodies: recordBodies(readShape(SCORE)),
  },
  ...SIGNALS.map(({ path, rejected }): Operation => {
    const items = OTLP_ITEMS[path] ?? '';
    const request = z.looseObject({ [items]: z.array(z.looseObject({})).optional() });
    return {
      path,
      methods: path === TRACES.path ? ['post', 'put'] : ['post'],
      summary: `OpenTelemetry's export requests (OTLP/HTTP): ${items}. What is wrong is left out.`,
      query: path === TRACES.path ? { service: name, environment: name } : {},
      hasIdempotencyKey: false,
      bodies: [
        { contentType: JSON_TYPE, shape: request, taken: exportResponse(rejected), refused: rpcStatus },
        { contentType: 'application/x-protobuf', shape: 'bytes', taken: 'bytes', refused: 'bytes' },
      ],
    };
  }),
];
