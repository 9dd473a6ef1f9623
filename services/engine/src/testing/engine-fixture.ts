import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineUser } from '../config.ts';
import { startEngine, type Engine, type EngineOptions } from '../start-engine.ts';

export const PIPELINE: EngineUser = { name: 'burnline', password: 'pipeline-secret', role: 'pipeline' };
export const ANALYST: EngineUser = { name: 'analyst', password: 'analyst-secret', role: 'analyst' };

/** A running engine on a directory of its own. Used by tests; the package's dist must be built. */
export interface EngineFixture {
  readonly engine: Engine;
  readonly dataDirectory: string;
  /** Stops the engine and removes the directory. */
  remove(): Promise<void>;
}

export async function startEngineFixture(options: Partial<EngineOptions> = {}): Promise<EngineFixture> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'burnline-engine-'));
  const engine = await startEngine({ dataDirectory, users: [PIPELINE, ANALYST], ...options });
  return {
    engine,
    dataDirectory,
    remove: async () => {
      await engine.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface RawRequest {
  readonly user?: EngineUser;
  readonly method?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
}

/** One plain HTTP request, with no client library between. */
export async function send(engine: Engine, request: RawRequest): Promise<RawAnswer> {
  const user = request.user ?? PIPELINE;
  const url = new URL(engine.url);
  for (const [name, value] of Object.entries(request.parameters ?? {})) url.searchParams.set(name, value);
  const response = await fetch(url, {
    method: request.method ?? 'POST',
    headers: { 'X-ClickHouse-User': user.name, 'X-ClickHouse-Key': user.password, ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: bytes.toString() };
}

/** Runs one statement and returns its answer's text; throws on an error answer. */
export async function sql(engine: Engine, statement: string, user: EngineUser = PIPELINE): Promise<string> {
  const answer = await send(engine, { body: statement, user });
  if (answer.status !== 200) throw new Error(`${statement}: ${answer.text}`);
  return answer.text;
}

/** The rows that an insert's X-ClickHouse-Summary reports; undefined when it reports none. */
export function writtenRows(answer: RawAnswer): number | undefined {
  const summary = JSON.parse(answer.headers.get('x-clickhouse-summary') ?? '{}') as { written_rows?: string };
  return summary.written_rows === undefined ? undefined : Number(summary.written_rows);
}
