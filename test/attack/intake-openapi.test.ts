import { openApi } from '@burnline/collector';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { randomFrom } from '../support/random.ts';
import { ODDITIES, mutate, pick } from './support/body-fuzz.ts';
import { fuzzSeconds, fuzzSeed } from './support/raw-http-fuzz.ts';
import { RunningIntake } from './support/running-intake.ts';
import { resolved, valuesOf, type Schema } from './support/schema-values.ts';

/**
 * Goal: the intake's OpenAPI document is true. Requests are drawn from it, and from it broken; every answer has a status, a
 * content type and a body that the document has for it, and what fits the document is taken.
 */
const SECONDS = fuzzSeconds(1);
const TIMEOUT_MS = SECONDS * 1_000 + 60_000;

interface Content {
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface Operation {
  readonly requestBody: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Document {
  readonly paths: Readonly<Record<string, { readonly post?: Operation; readonly get?: Operation }>>;
}

let intake: RunningIntake;
let document: Document;
beforeAll(async () => {
  intake = await RunningIntake.start({ sampling: { oneIn: 2, slowMs: 5_000, slowTtftMs: 1_000 } });
  document = (await (await fetch(`${intake.url}/openapi.json`)).json()) as Document;
});
afterAll(() => intake.stop());

const paths = Object.entries((openApi() as unknown as Document).paths);
const posts = paths.flatMap(([path, { post }]) =>
  post === undefined ? [] : Object.keys(post.requestBody.content).map((type) => ({ path, type })),
);
const shapes = new Map<string, z.ZodType>();

/** What is wrong with an answer by the document; null: nothing. */
function faultOf(
  { responses }: Operation,
  where: string,
  answer: { readonly status: number; readonly type: string; readonly body: Buffer },
): string | null {
  const content = responses[answer.status]?.content;
  if (content === undefined) return `status ${answer.status}`;
  const [type = ''] = answer.type.split(';', 1);
  const schema = content[type]?.schema;
  if (schema === undefined) return `${answer.status} as ${answer.type}`;
  if (schema['format'] === 'binary') return null;
  const key = `${where} ${answer.status} ${type}`;
  const shape = shapes.get(key) ?? z.fromJSONSchema(resolved(schema, document as unknown as Schema));
  shapes.set(key, shape);
  const text = answer.body.toString('utf8');
  const { success, error } = shape.safeParse(type === 'application/json' ? JSON.parse(text) : text);
  return success ? null : `${answer.status}: ${z.prettifyError(error)} in ${text.slice(0, 300)}`;
}

async function ask(path: string, init: RequestInit): Promise<{ status: number; type: string; body: Buffer }> {
  const answer = await fetch(intake.url + path, { signal: AbortSignal.timeout(20_000), ...init });
  const type = answer.headers.get('content-type') ?? '';
  return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) };
}

interface Problem {
  readonly path: string;
  readonly code: string;
}
/** What a schema of single fields cannot say: fields that need or exclude each other. */
const BETWEEN_FIELDS = /^(duration_ms|model_requested|cost_usd|response_id)$/;
function misfits(body: Buffer): readonly Problem[] {
  const { error } = JSON.parse(body.toString('utf8')) as {
    readonly error: { readonly details: { readonly problems?: readonly Problem[] } };
  };
  const problems = error.details.problems ?? [{ path: '', code: 'none told' }];
  return problems.filter(
    ({ path, code }) => code !== 'contradiction' && !(code === 'invalid_value' && BETWEEN_FIELDS.test(path)),
  );
}

it('is served as it is checked in', () => {
  expect(document).toEqual(openApi());
});

describe.each(posts)('$path as $type', ({ path, type }) => {
  const operation = (): Operation => document.paths[path]!.post!;
  const inJson = type === 'application/json';
  const values = (): fc.Arbitrary<unknown> =>
    inJson
      ? valuesOf(resolved(operation().requestBody.content[type]!.schema, document as unknown as Schema))
      : fc.uint8Array({ maxLength: 200 });
  const bodyOf = (value: unknown): Buffer =>
    inJson ? Buffer.from(JSON.stringify(value)) : Buffer.from(value as Uint8Array);

  it('answers as the document says, whatever is sent', { timeout: TIMEOUT_MS }, async () => {
    const random = randomFrom(fuzzSeed(`${path} as ${type}`));
    const seeds = fc.sample(values(), { numRuns: 200, seed: Math.floor(random() * 2 ** 31) });
    const endMs = performance.now() + SECONDS * 1_000;
    const statuses = new Set<number>();
    while (performance.now() < endMs) {
      const body = mutate(random, bodyOf(pick(random, seeds)), () => Buffer.from(pick(random, ODDITIES)));
      const headers = {
        'content-type': random() < 0.95 ? type : 'text/plain',
        ...(random() < 0.05 && { 'content-encoding': pick(random, ['gzip', 'zstd', 'br']) }),
        ...(random() < 0.1 && { 'idempotency-key': random() < 0.5 ? 'k' : ' ü'.slice(0, 1) + '\u00fc' }),
        ...(random() < 0.02 && { origin: 'http://evil.example' }),
      };
      const query = random() < 0.5 ? '?service=a&environment=b' : '';
      const answer = await ask(path + query, { method: 'POST', headers, body: new Uint8Array(body) });
      expect(faultOf(operation(), path, answer)).toBeNull();
      statuses.add(answer.status);
    }
    expect(statuses).toContain(415);
    expect([...statuses].filter((status) => status >= 500 && status !== 503)).toEqual([]);
  });

  it.runIf(inJson && !path.includes('metrics'))('takes what the document describes', async () => {
    let takenCount = 0;
    await fc.assert(
      fc.asyncProperty(values(), async (value) => {
        const headers = { 'content-type': type };
        const answer = await ask(`${path}?service=a`, {
          method: 'POST',
          headers,
          body: JSON.stringify(value),
        });
        expect(faultOf(operation(), path, answer)).toBeNull();
        if (answer.status === 200) takenCount += 1;
        // Others' payloads are described by what is read of them, which may be anything.
        else if (path === '/v1/events' || path === '/v1/verdicts') {
          expect(answer.status).toBe(400);
          expect(misfits(answer.body)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
    if (path === '/v1/events' || path === '/v1/verdicts') expect(takenCount).toBeGreaterThan(2);
  });
});

it('an answer tells of events that were left out as documented', async () => {
  const events = Array.from({ length: 40 }, (_, index) => ({
    ...{ service: 'a', request_id: `sampled-${index}`, model_requested: 'm', status: 'ok', duration_ms: 1 },
  }));
  const answer = await ask('/v1/events', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(JSON.parse(answer.body.toString())).toMatchObject({ sampledOut: expect.any(Number) as number });
  expect(faultOf(document.paths['/v1/events']!.post!, '/v1/events', answer)).toBeNull();
});

it('whatever else is asked for is answered as documented', async () => {
  for (const [path, { get, post }] of paths) {
    const answer = await ask(path, { method: get === undefined ? 'GET' : 'POST' });
    expect([path, answer.status]).toEqual([path, 405]);
    const told = document.paths['/v1/events']!.post!;
    expect(faultOf(post ?? told, path, answer)).toBeNull();
    if (get !== undefined) expect(faultOf(get, `GET ${path}`, await ask(path, {}))).toBeNull();
  }
  expect(faultOf(document.paths['/v1/events']!.post!, '404', await ask('/v1/nothing', {}))).toBeNull();
});
