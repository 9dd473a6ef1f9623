import { z } from 'zod';
import { reportRoute } from './answers/report.ts';
import {
  backtestAnswer,
  backtestRequest,
  change,
  problem,
  silenceAnswer,
  silenceRequest,
  validateAnswer,
  validateRequest,
} from './contract/index.ts';
import { WRITE_KEY_HEADER } from '../http/access.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

const shapeOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const shape: Record<string, unknown> = { ...z.toJSONSchema(schema, { io, unrepresentable: 'any' }) };
  delete shape['$schema'];
  return shape;
};

const jsonOf = (schema: Json, type = 'application/json'): Json => ({ content: { [type]: { schema } } });
const PROBLEM = {
  description: 'What is wrong, and what to do about it',
  ...jsonOf({ $ref: '#/components/schemas/Problem' }, 'application/problem+json'),
};
const SHARED_ANSWERS = { default: PROBLEM };

function queryParameters(query: z.ZodObject): readonly Json[] {
  const { properties = {}, required = [] } = shapeOf(query, 'input') as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', required: required.includes(name), schema },
    ...(description !== undefined && { description }),
  }));
}

function getOf({ path, summary, params, query, answer }: Route): Json {
  return {
    summary,
    operationId: path.replace(/[{}]/g, '').slice(1).replace(/\W+/g, '_'),
    parameters: [
      ...params.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...queryParameters(query),
      { name: 'if-none-match', in: 'header', required: false, schema: { type: 'string' } },
    ],
    responses: {
      200: { description: 'The answer', ...jsonOf(shapeOf(answer, 'output')) },
      304: { description: 'It is as it was: the entity tag that was sent holds' },
      ...SHARED_ANSWERS,
    },
  };
}

/** What is sent to be looked at, or written. */
function postsOf(): Json {
  return {
    '/api/v1/specs/validate': {
      post: {
        summary: 'What is wrong with spec files; nothing is kept',
        operationId: 'specs_validate',
        requestBody: { required: true, ...jsonOf(shapeOf(validateRequest, 'input')) },
        responses: {
          200: { description: 'The answer', ...jsonOf(shapeOf(validateAnswer, 'output')) },
          ...SHARED_ANSWERS,
        },
      },
    },
    '/api/v1/specs/backtest': {
      post: {
        summary:
          'Which alerts spec files would have fired over a history; one question at a time, nothing is kept',
        operationId: 'specs_backtest',
        requestBody: { required: true, ...jsonOf(shapeOf(backtestRequest, 'input')) },
        responses: {
          200: { description: 'The answer', ...jsonOf(shapeOf(backtestAnswer, 'output')) },
          ...SHARED_ANSWERS,
        },
      },
    },
    '/api/v1/silences': {
      post: {
        summary: 'Withholds alerts from receivers from now on, by a key of `burnline write-key`',
        operationId: 'silences_add',
        security: [{ writeKey: [] }],
        requestBody: { required: true, ...jsonOf(shapeOf(silenceRequest, 'input')) },
        responses: {
          200: { description: 'It is in force', ...jsonOf(shapeOf(silenceAnswer, 'output')) },
          ...SHARED_ANSWERS,
        },
      },
    },
  };
}

/** The report is a text: one answer in two types. */
function reportOf(): Json {
  const { summary, query, types } = reportRoute;
  const content = Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]));
  return {
    ...{ summary, operationId: 'report', parameters: queryParameters(query) },
    responses: { 200: { description: 'The report', content }, ...SHARED_ANSWERS },
  };
}

/** The API as OpenAPI 3.1, made of the shapes that its answers are held to. Built once: it never changes. */
export function openApi(): Json {
  const gets = ROUTES.map((one) => [`/api/v1${one.path}`, { get: getOf(one) }] as const);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Burnline',
      version: '1',
      description:
        'Where SLOs stand, how they came to stand there, alerts, events and the pipeline. Nothing here changes anything, but silences where the console is given keys for it.',
    },
    // Wherever a proxy puts it.
    servers: [{ url: '../..' }],
    security: [{}, { bearer: [] }, { basic: [] }],
    components: {
      schemas: { Problem: shapeOf(problem, 'output'), Change: shapeOf(change, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
        writeKey: { type: 'apiKey', in: 'header', name: WRITE_KEY_HEADER },
      },
    },
    paths: {
      ...Object.fromEntries(gets),
      [`/api/v1${reportRoute.path}`]: { get: reportOf() },
      ...postsOf(),
      '/api/v1/changes': {
        get: {
          summary: 'Server-sent events `change`: which questions have another answer now',
          operationId: 'changes',
          responses: {
            200: {
              description: 'Data of each is a Change',
              content: { 'text/event-stream': { schema: { type: 'string' } } },
            },
            ...SHARED_ANSWERS,
          },
        },
      },
    },
  };
}
