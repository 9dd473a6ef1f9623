import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

interface OpenApi {
  readonly paths: Readonly<
    Record<string, { readonly get?: { readonly responses: Json; readonly parameters?: readonly Json[] } }>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** Asks a console, and holds every answer to the shape that its own OpenAPI document says, which knows no other members. */
export class Asking {
  readonly url: string;
  readonly api: OpenApi;
  /** Paths of the document that were answered with 200. */
  readonly asked = new Set<string>();
  readonly #shapes = new Map<string, z.ZodType>();

  private constructor(url: string, api: OpenApi) {
    this.url = url;
    this.api = api;
  }

  static async open(url: string): Promise<Asking> {
    const response = await fetch(`${url}/api/v1/openapi.json`);
    expect(response.status).toBe(200);
    return new Asking(url, (await response.json()) as OpenApi);
  }

  /** The answer to a question, `path` under /api/v1. */
  async get<Body = Json>(
    path: string,
    query: Readonly<Record<string, string | number | readonly string[]>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      for (const one of [value].flat()) search.append(name, String(one));
    const response = await fetch(`${this.url}/api/v1${path}?${search.toString()}`, { headers });
    const text = await response.text();
    const body: unknown = text === '' ? null : JSON.parse(text);
    if (response.status === 200) {
      const known = this.#pathOf(`/api/v1${path}`);
      this.asked.add(known);
      this.#check(known, body, text);
    } else if (response.status >= 400) {
      expect(response.headers.get('content-type'), path).toBe('application/problem+json');
      this.#shape('problem', this.api.components.schemas['Problem']!).parse(body);
      expect((body as { status: number }).status).toBe(response.status);
    }
    return { status: response.status, headers: response.headers, body: body as Body };
  }

  #check(known: string, body: unknown, text: string): void {
    const responses = this.api.paths[known]!.get!.responses as {
      200: { content: { 'application/json': { schema: Json } } };
    };
    const shape = this.#shape(known, responses[200].content['application/json'].schema);
    const { success, error } = shape.safeParse(body);
    expect(
      success,
      `${known}: ${error === undefined ? '' : z.prettifyError(error)} in ${text.slice(0, 300)}`,
    ).toBe(true);
  }

  #shape(name: string, schema: Json): z.ZodType {
    const shape = this.#shapes.get(name) ?? z.fromJSONSchema(schema);
    this.#shapes.set(name, shape);
    return shape;
  }

  #pathOf(path: string): string {
    const parts = path.split('/');
    const found = Object.keys(this.api.paths).filter((known) => {
      const names = known.split('/');
      return (
        names.length === parts.length &&
        names.every((name, index) => name.startsWith('{') || name === parts[index])
      );
    });
    // Where a name and a parameter both fit, the name is meant.
    return found.sort((a, b) => a.split('{').length - b.split('{').length)[0]!;
  }
}

/** A request with headers that fetch does not let anybody set. */
export function rawRequest(
  url: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly method?: string } = {},
): Promise<{
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: options.method ?? 'GET', headers: options.headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}

/** What a look finds once it finds something. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + 45_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error('it did not come');
    await sleep(300);
  }
}
