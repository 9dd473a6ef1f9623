import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './kafka/ports.ts';
import { hasProgram } from './programs.ts';

const PROGRAM = 'prometheus-alertmanager';
const READY_DEADLINE_MS = 30_000;

export const hasAlertmanager = (): boolean =>
  hasProgram(PROGRAM, 'Debian: apt-get install prometheus-alertmanager');

export interface RunningAlertmanager {
  readonly url: string;
  /** What is firing, as its API lists it. */
  alerts(): Promise<readonly ListedAlert[]>;
  /** SIGKILL and a start on the same port: it keeps no alerts over that. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface ListedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** A real Alertmanager on 127.0.0.1 with a configuration of its own. */
export async function startAlertmanager(config: string): Promise<RunningAlertmanager> {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-alertmanager-'));
  const configFile = path.join(directory, 'alertmanager.yml');
  await writeFile(configFile, config);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const args = [
    `--config.file=${configFile}`,
    `--storage.path=${directory}`,
    `--web.listen-address=${address}`,
    '--cluster.listen-address=',
  ];
  let child = await started(args, url);
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  return {
    url,
    async alerts() {
      const response = await fetch(`${url}/api/v2/alerts`);
      return (await response.json()) as readonly ListedAlert[];
    },
    async restart() {
      await kill('SIGKILL');
      child = await started(args, url);
    },
    async stop() {
      await kill('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function started(args: readonly string[], url: string): Promise<ChildProcess> {
  const child = spawn(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4_000);
  });
  const deadline = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const isReady = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return child;
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`Alertmanager did not start:\n${log}`);
    }
    await sleep(50);
  }
}
