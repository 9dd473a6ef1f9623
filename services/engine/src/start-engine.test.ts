import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEngine, type Engine, type EngineExit, type EngineOptions } from './start-engine.ts';
import { ANALYST, PIPELINE, send, sql } from './testing/engine-fixture.ts';

describe('startEngine', () => {
  let directory: string;
  let started: Engine[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'burnline-start-'));
    started = [];
  });
  afterEach(async () => {
    for (const engine of started) await engine.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (options: Partial<EngineOptions> = {}): Promise<Engine> => {
    const engine = await startEngine({
      dataDirectory: join(directory, 'data'),
      users: [PIPELINE, ANALYST],
      ...options,
    });
    started.push(engine);
    return engine;
  };
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('keeps data over a stop and a start, and leaves no files of its own behind', async () => {
    const first = await start();
    await sql(first, 'CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a');
    await sql(first, 'INSERT INTO t VALUES (1)');
    await first.stop();
    expect(await first.exited).toMatchObject({ exitCode: 0, wasRequested: true });
    expect(isAlive(first.pid)).toBe(false);
    expect(await readdir(join(directory, 'data', 'run'))).toEqual([]);
    const second = await start();
    expect(await sql(second, 'SELECT * FROM t')).toBe('1\n');
  });

  it(
    'finds every acknowledged row after kill -9 in the middle of inserts, and tells the embedder',
    { timeout: 180_000 },
    async () => {
      const exits: EngineExit[] = [];
      const engine = await start({ onExit: (exit) => exits.push(exit) });
      await sql(engine, 'CREATE TABLE t (worker UInt8, n UInt32) ENGINE = MergeTree ORDER BY (worker, n)');
      const acknowledged = new Set<string>();
      let killed = false;
      const insertUntilGone = async (worker: number): Promise<void> => {
        for (let n = 0; ; n += 1) {
          try {
            await sql(engine, `INSERT INTO t VALUES (${worker}, ${n})`);
          } catch (error) {
            if (killed) return;
            throw error;
          }
          acknowledged.add(`${worker}\t${n}`);
          if (acknowledged.size === 150) {
            killed = true;
            process.kill(engine.pid, 'SIGKILL');
          }
        }
      };
      await Promise.all([0, 1, 2].map(insertUntilGone));
      await engine.exited;
      expect(exits).toMatchObject([{ signal: 'SIGKILL', wasRequested: false }]);
      // What an insert under way leaves behind is removed at the next start.
      await writeFile(join(directory, 'data', 'incoming', 'stale'), 'x');
      const again = await start();
      const found = new Set((await sql(again, 'SELECT * FROM t')).trimEnd().split('\n'));
      expect(acknowledged.size).toBeGreaterThanOrEqual(150);
      expect([...acknowledged].filter((row) => !found.has(row))).toEqual([]);
      expect(await readdir(join(directory, 'data', 'incoming'))).toEqual([]);
      expect(await readdir(join(directory, 'data', 'run'))).toHaveLength(1);
    },
  );

  it('refuses a directory that another engine has open, naming the process', async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({
      code: 'ENGINE_DIRECTORY_IN_USE',
      details: { pid: first.pid },
      remedy: expect.stringContaining(`${first.pid}`) as string,
    });
    expect(await sql(first, 'SELECT 1')).toBe('1\n');
    expect(await readdir(join(directory, 'data', 'run'))).toHaveLength(1);
  });

  it('refuses a directory that cannot be written', async () => {
    await writeFile(join(directory, 'file'), '');
    const dataDirectory = join(directory, 'file', 'data');
    await expect(start({ dataDirectory })).rejects.toMatchObject({ code: 'ENGINE_DIRECTORY_UNWRITABLE' });
  });

  it.skipIf(process.getuid?.() === 0)('refuses a directory without write permission', async () => {
    const dataDirectory = join(directory, 'closed');
    await mkdir(dataDirectory, { mode: 0o500 });
    await expect(start({ dataDirectory })).rejects.toMatchObject({ code: 'ENGINE_DIRECTORY_UNWRITABLE' });
  });

  it('refuses a port that is taken, and frees the directory', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start({ port })).rejects.toMatchObject({ code: 'ENGINE_PORT_IN_USE' });
    server.close();
    expect(await sql(await start({ port }), 'SELECT 1')).toBe('1\n');
  });

  it('gives up on a start that takes too long', async () => {
    await expect(start({ startTimeoutMs: 1 })).rejects.toMatchObject({ code: 'ENGINE_START_TIMEOUT' });
    await start();
  });

  it('reports every fault of a configuration at once', async () => {
    const faulty = start({ port: 70_000, users: [], maxBodyBytes: 1 });
    await expect(faulty).rejects.toMatchObject({ code: 'ENGINE_CONFIG_INVALID' });
    await expect(faulty).rejects.toThrow(
      /BURNLINE_ENGINE_USERS.*BURNLINE_ENGINE_PORT.*BURNLINE_ENGINE_MAX_BODY_BYTES/,
    );
  });

  it('stops although an analyst has a long query running, and cuts it short', async () => {
    const engine = await start({ stopTimeoutMs: 20_000 });
    const slow = send(engine, {
      user: ANALYST,
      body: 'SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3',
    });
    await vi.waitFor(async () => {
      expect(await sql(engine, "SELECT count() FROM system.processes WHERE Settings['readonly'] = '2'")).toBe(
        '1\n',
      );
    });
    await engine.stop();
    expect((await slow).headers.get('x-clickhouse-exception-code')).toBe('394');
    expect(await engine.exited).toMatchObject({ exitCode: 0 });
  });

  it('ends when its parent dies', async () => {
    const index = createRequire(import.meta.url).resolve('@burnline/engine');
    const program = `
      import { startEngine } from ${JSON.stringify(index)};
      const engine = await startEngine(${JSON.stringify({ dataDirectory: join(directory, 'data'), users: [PIPELINE] })});
      process.stdout.write(engine.pid + '\\n');
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 15_000 });
  });

  it('can be started by hand: one line says where it listens', async () => {
    const main = createRequire(import.meta.url).resolve('@burnline/engine/main');
    const child = spawn(process.execPath, [main], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        BURNLINE_ENGINE_DATA_DIRECTORY: join(directory, 'data'),
        BURNLINE_ENGINE_USERS: JSON.stringify([PIPELINE]),
        UV_THREADPOOL_SIZE: undefined,
      },
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const ready = JSON.parse(line) as { event: string; pid: number; url: string };
    expect(ready).toMatchObject({ event: 'ready', pid: child.pid });
    expect(await (await fetch(`${ready.url}/ping`)).text()).toBe('Ok.\n');
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});
