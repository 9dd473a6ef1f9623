import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuard } from './guard.ts';
import { freePort } from './ports.ts';
import { lastLines } from './run-command.ts';
import { toxicAttributes, type Toxic } from './toxics.ts';
import { toxiproxyProgram } from './toxiproxy-program.ts';

export interface FaultProxy {
  /** host:port to connect to instead of the upstream. */
  readonly address: string;
  /** Returns a name to remove it by. */
  addToxic(toxic: Toxic): Promise<string>;
  removeToxic(name: string): Promise<void>;
  /** Cuts every connection and refuses new ones. */
  disable(): Promise<void>;
  enable(): Promise<void>;
}

export interface RunningToxiproxy {
  readonly pid: number;
  /** Upstream is host:port; the listener's port is a free one by default. */
  createProxy(options: { readonly upstream: string; readonly port?: number }): Promise<FaultProxy>;
  stop(): Promise<void>;
}

const READY_DEADLINE_MS = 30_000;

/**
 * Starts a proxy server that delays, cuts and throttles TCP connections. Like a broker it is killed if this process dies.
 * To stand between Kafka and its clients, a broker has to advertise the proxy's port: choose one by `freePort`, start the
 * broker with it as `advertisedPort`, and create the proxy on it with the broker's own `port` upstream.
 */
export async function startToxiproxy(): Promise<RunningToxiproxy> {
  const program = await toxiproxyProgram();
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-toxiproxy-'));
  const logFile = path.join(directory, 'proxy.log');
  const port = await freePort();
  const guard = startGuard(directory, true);
  const log = openSync(logFile, 'a');
  const child = spawn(program, ['-host', '127.0.0.1', '-port', String(port)], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  guard.watch(pid);
  const gone = once(child, 'exit');
  const control = controlOf(`http://127.0.0.1:${port}`);
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await gone;
    guard.close();
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!(await control('GET', '/version').then(isTrue, isFalse))) {
    if (child.exitCode === null && performance.now() < deadline) {
      await sleep(20);
      continue;
    }
    const output = lastLines(await readFile(logFile, 'utf8'));
    await stop();
    throw new Error(`toxiproxy did not start on 127.0.0.1:${port}:\n${output}`);
  }
  let proxyCount = 0;
  return {
    pid,
    stop,
    createProxy: (options) => createProxy(control, `proxy-${++proxyCount}`, options),
  };
}

type Control = (method: string, url: string, body?: unknown) => Promise<unknown>;

async function createProxy(
  control: Control,
  name: string,
  options: { readonly upstream: string; readonly port?: number },
): Promise<FaultProxy> {
  const address = `127.0.0.1:${options.port ?? (await freePort())}`;
  await control('POST', '/proxies', { name, listen: address, upstream: options.upstream, enabled: true });
  let toxicCount = 0;
  return {
    address,
    async addToxic(toxic) {
      const toxicName = `toxic-${++toxicCount}`;
      await control('POST', `/proxies/${name}/toxics`, { name: toxicName, ...toxicAttributes(toxic) });
      return toxicName;
    },
    async removeToxic(toxicName) {
      await control('DELETE', `/proxies/${name}/toxics/${toxicName}`);
    },
    async disable() {
      await control('POST', `/proxies/${name}`, { enabled: false });
    },
    async enable() {
      await control('POST', `/proxies/${name}`, { enabled: true });
    },
  };
}

function controlOf(base: string): Control {
  return async (method, url, body) => {
    const response = await fetch(`${base}${url}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`toxiproxy refused ${method} ${url} with status ${response.status}: ${text}`);
    return text;
  };
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;
