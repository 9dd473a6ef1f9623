import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine, type Engine, type EngineOptions, type EngineUser } from '@burnline/engine';

export const PIPELINE: EngineUser = { name: 'burnline', password: 'pipeline-secret', role: 'pipeline' };
export const ANALYST: EngineUser = { name: 'analyst', password: '', role: 'analyst' };

/** A real engine as `burnline up` starts it, on a directory of its own. */
export interface AttackedEngine {
  readonly engine: Engine;
  readonly dataDirectory: string;
  /** Runs a statement as the pipeline and returns its text; throws on an error answer. */
  pipeline(statement: string): Promise<string>;
  /** One request by an analyst. */
  analyst(statement: string, parameters?: Readonly<Record<string, string>>): Promise<Answer>;
  remove(): Promise<void>;
}

interface Answer {
  readonly status: number;
  /** The server's error code; empty for an answer without one. */
  readonly code: string;
  readonly text: string;
}

export async function startAttackedEngine(options: Partial<EngineOptions> = {}): Promise<AttackedEngine> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'burnline-attack-'));
  const engine = await startEngine({ dataDirectory, users: [PIPELINE, ANALYST], ...options });
  return {
    engine,
    dataDirectory,
    pipeline: async (statement) => {
      const answer = await ask(engine, PIPELINE, statement);
      if (answer.status !== 200) throw new Error(`${statement}: ${answer.text}`);
      return answer.text;
    },
    analyst: (statement, parameters) => ask(engine, ANALYST, statement, parameters),
    remove: async () => {
      await engine.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function ask(
  engine: Engine,
  user: EngineUser,
  statement: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const url = new URL(engine.url);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': user.name, 'X-ClickHouse-Key': user.password },
    body: statement,
  });
  const code = response.headers.get('x-clickhouse-exception-code') ?? '';
  return { status: response.status, code, text: await response.text() };
}

/** Whether the engine's process lives and does its work for both users; throws otherwise. */
export async function checkEngine(attacked: AttackedEngine): Promise<void> {
  process.kill(attacked.engine.pid, 0);
  const own = await attacked.pipeline('SELECT 1');
  if (own !== '1\n') throw new Error(`the pipeline got ${JSON.stringify(own)}`);
  const other = await attacked.analyst('SELECT 2');
  // Its places may all be taken for a moment; nobody else may be in the way of an answer.
  if (other.text !== '2\n' && other.code !== '202') throw new Error(`the analyst got ${other.text}`);
}

/** Writes these bytes and resolves with everything that comes until the end, or until `waitMs` have passed. */
export function exchangeBytes(port: number, bytes: string | Buffer, waitMs = 5000): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = openSocket(port);
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.write(bytes);
  });
}

/** A connection whose end is nobody's trouble. */
export function openSocket(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}
