import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../../services/burnline/bin/burnline.js', import.meta.url));

/** Memory of a process, in MiB: resident now, and the most that it ever was. */
function residentMib(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN) / 1_024;
  return { now: mib('VmRSS'), peak: mib('VmHWM') };
}

/** `burnline up` as its users start it. */
export class RunningUp {
  /** Ports are free ones, whatever the arguments. */
  static async start(args, env = {}) {
    const ports = ['--intake-port', '0', '--sql-port', '0', '--operations-port', '0'];
    const child = spawn(process.execPath, [COMMAND, '--json', 'up', ...ports, ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const running = new RunningUp(child);
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      running.stdout += chunk;
      if (running.stdout.trimEnd().endsWith('}')) break;
    }
    child.stdout.resume();
    if (!running.stdout.includes('"ready": true')) {
      const { exitCode, stderr } = await running.ended;
      throw new Error(`burnline up ended with ${exitCode}: ${stderr}`);
    }
    return Object.assign(running, JSON.parse(running.stdout));
  }

  constructor(child) {
    this.child = child;
    this.stdout = '';
    this.stderr = '';
    child.stderr.on('data', (chunk) => (this.stderr += chunk));
    /** Its exit code, and what it said on standard error. */
    this.ended = once(child, 'close').then(([exitCode]) => ({ exitCode, stderr: this.stderr }));
  }

  get isAlive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Of the pipeline and of its engine, in MiB. */
  memoryMib() {
    const { pid } = this.child;
    const [enginePid] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return { pipeline: residentMib(pid), engine: residentMib(enginePid) };
  }

  /** Rows of a query as an analyst asks it; null where it was refused: others have all the places. */
  async query(sql) {
    const answer = await fetch(`${this.sql}/?database=burnline&default_format=JSONEachRow`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('analyst:').toString('base64')}` },
      body: sql,
    });
    const text = await answer.text();
    if (answer.headers.get('x-clickhouse-exception-code') === '202') return null;
    if (!answer.ok) throw new Error(`${sql}: ${text}`);
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  }

  /** Ends it in order: its exit code, what it said, and how long it took. */
  async stop() {
    const startMs = performance.now();
    this.child.kill('SIGTERM');
    const ended = await this.ended;
    return { ...ended, ms: performance.now() - startMs };
  }

  /** SIGKILL to it and its engine. */
  killAll() {
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
}
