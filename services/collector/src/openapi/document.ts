import { z } from 'zod';
import { REFUSAL_STATUSES, refusal } from './answer-shapes.ts';
import { OPERATIONS, type Operation } from './operations.ts';

type Json = Readonly<Record<string, unknown>>;

/** Shapes with an id, once for all that refer to them. */
const COMPONENTS = '#/components/schemas/';

/** A shape as a schema, and the shapes with ids that it refers to. */
function schemaWithParts(
  shape: z.ZodType,
  io: 'input' | 'output',
): { readonly schema: Json; readonly parts: Json } {
  const made = z.toJSONSchema(z.object({ shape }), { io, unrepresentable: 'any' });
  const text = JSON.stringify(made).replaceAll('"#/$defs/', `"${COMPONENTS}`);
  const { properties, $defs = {} } = JSON.parse(text) as {
    readonly properties: { readonly shape: Json };
    readonly $defs?: Readonly<Record<string, Json>>;
  };
  const parts = Object.entries($defs).map(([id, schema]) => {
    const part: Record<string, unknown> = { ...schema };
    delete part['id'];
    return [id, part];
  });
  return { schema: properties.shape, parts: Object.fromEntries(parts) as Json };
}

function schemaOf(shape: z.ZodType | 'bytes', io: 'input' | 'output'): Json {
  return shape === 'bytes' ? { type: 'string', format: 'binary' } : schemaWithParts(shape, io).schema;
}

const contentOf = (schemas: Readonly<Record<string, Json>>): Json => ({
  content: Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }])),
});

const nameOf = (status: number): string => `Refused${status}`;
const refOf = (status: number): Json => ({ $ref: COMPONENTS + nameOf(status) });

/** Content types in which answers come: the request's own where it is OTLP's, JSON for all others. */
function answersOf(
  { bodies }: Operation,
  of: (body: Operation['bodies'][number]) => Json | undefined,
): Record<string, Json> {
  return Object.fromEntries(
    bodies.flatMap((body) => {
      const schema = of(body);
      const type = body.taken === 'bytes' ? body.contentType : 'application/json';
      return schema === undefined ? [] : [[type, schema]];
    }),
  );
}

/** Before it is known what is posted where, a request is refused in the intake's own JSON. */
function refusedOf(operation: Operation, status: number): Json {
  const own = answersOf(operation, ({ refused }) => refused && schemaOf(refused, 'output'));
  const inJson = own['application/json'];
  const json = inJson === undefined ? refOf(status) : { anyOf: [inJson, refOf(status)] };
  return {
    description: 'What is wrong, and what to do about it',
    ...contentOf({ ...own, 'application/json': json }),
  };
}

/** What a path takes, by its methods. */
function takingOf(operation: Operation): Json {
  return Object.fromEntries(operation.methods.map((method) => [method, takenBy(operation, method)]));
}

function takenBy(operation: Operation, method: string): Json {
  const { path, summary, query, hasIdempotencyKey, bodies } = operation;
  const optional = (where: string, name: string, schema: Json): Json => ({
    name,
    in: where,
    required: false,
    schema,
  });
  return {
    summary,
    operationId: path.slice(1).replace(/\W+/g, '_') + (method === 'post' ? '' : `_${method}`),
    parameters: [
      ...Object.entries(query).map(([name, shape]) => optional('query', name, schemaOf(shape, 'input'))),
      optional('header', 'content-encoding', { enum: ['gzip', 'zstd'] }),
      ...(hasIdempotencyKey
        ? [optional('header', 'idempotency-key', { type: 'string', pattern: '^[!-~]{1,255}$' })]
        : []),
    ],
    requestBody: {
      required: true,
      ...contentOf(
        Object.fromEntries(bodies.map(({ contentType, shape }) => [contentType, schemaOf(shape, 'input')])),
      ),
    },
    responses: {
      200: {
        description: 'It is durable in the log',
        ...contentOf(answersOf(operation, ({ taken }) => schemaOf(taken, 'output'))),
      },
      ...Object.fromEntries(REFUSAL_STATUSES.map((status) => [status, refusedOf(operation, status)])),
    },
  };
}

const getOf = (summary: string, answers: Json): Json => ({
  get: { summary, security: [], responses: answers },
});
const OK = { 200: { description: 'It does', ...contentOf({ 'text/plain': { const: 'ok' } }) } };

function componentsOf(): Json {
  const refusals = REFUSAL_STATUSES.map(
    (status) => [status, schemaWithParts(refusal(status), 'output')] as const,
  );
  const others = OPERATIONS.flatMap(({ bodies }) =>
    bodies.flatMap(({ shape, taken, refused }) => [
      ...(shape === 'bytes' ? [] : [schemaWithParts(shape, 'input')]),
      ...[taken, refused].flatMap((one) =>
        one === undefined || one === 'bytes' ? [] : [schemaWithParts(one, 'output')],
      ),
    ]),
  );
  return {
    ...(Object.assign(
      {},
      ...[...others, ...refusals.map(([, one]) => one)].map(({ parts }) => parts),
    ) as Json),
    ...Object.fromEntries(refusals.map(([status, { schema }]) => [nameOf(status), schema])),
  };
}

let made: Json | null = null;

/** The intake over HTTP as OpenAPI 3.1, made of the shapes that its answers are held to. */
export function openApi(): Json {
  made ??= documentOf();
  return made;
}

function documentOf(): Json {
  const notReady = { description: 'It does not', ...contentOf({ 'application/json': refOf(503) }) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Burnline intake',
      version: '1',
      description:
        'Where services publish inference events and verdicts. docs/intake.md says what each field means.',
    },
    // Wherever a proxy puts it.
    servers: [{ url: '.' }],
    security: [{}, { bearer: [] }],
    components: {
      schemas: componentsOf(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
    paths: {
      ...Object.fromEntries(OPERATIONS.map((operation) => [operation.path, takingOf(operation)])),
      '/live': getOf('Whether the process runs', OK),
      '/ready': getOf('Whether the log answers', { ...OK, 503: notReady }),
      '/openapi.json': getOf('This document', {
        200: { description: 'OpenAPI 3.1', ...contentOf({ 'application/json': { type: 'object' } }) },
      }),
    },
  };
}
