import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuard, type Guard } from '../kafka/guard.ts';
import { lastLines } from '../kafka/run-command.ts';

export type ServiceRole = 'collector' | 'processor' | 'sink' | 'alerter';

export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const SERVICES = new URL('../../../services/', import.meta.url).pathname;
/** A start takes a second on a quiet machine; it waits for brokers and database that a test has made unreachable. */
const READY_DEADLINE_MS = 120_000;
const LOOK_MS = 50;
const PROBE_TIMEOUT_MS = 5_000;
/** Four or more share the machine with a broker and a database; their work needs less. */
const HEAP_MEGABYTES = 192;
const LOG_LINES_SHOWN = 25;

/** One service as its operators run it: `node services/ROLE/dist/main.js`, configured by environment alone. */
export class ServiceProcess {
  readonly role: ServiceRole;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #guard: Guard;
  readonly #exited: Promise<ServiceExit>;
  #exit: ServiceExit | null = null;
  #isEndWanted = false;

  private constructor(role: ServiceRole, child: ChildProcess, directory: string, guard: Guard) {
    this.role = role;
    this.#child = child;
    this.#directory = directory;
    this.#guard = guard;
    this.#exited = once(child, 'exit').then(([code, signal]) => {
      guard.forget();
      this.#exit = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      return this.#exit;
    });
  }

  /** Returns when the process runs; `ready` waits for its service. It is killed if this process dies. */
  static async start(
    role: ServiceRole,
    environment: Readonly<Record<string, string>>,
  ): Promise<ServiceProcess> {
    const directory = await mkdtemp(path.join(tmpdir(), `burnline-${role}-`));
    const guard = startGuard(directory, true);
    // A file, not a pipe: nobody has to read for the service to go on.
    const log = openSync(path.join(directory, 'log'), 'a');
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${HEAP_MEGABYTES}`, path.join(SERVICES, role, 'dist', 'main.js')],
      {
        stdio: ['ignore', log, log],
        env: { PATH: process.env['PATH'], TZ: 'UTC', BURNLINE_HTTP_PORT: '0', ...environment },
      },
    );
    closeSync(log);
    const service = new ServiceProcess(role, child, directory, guard);
    await once(child, 'spawn');
    guard.watch(service.pid);
    return service;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#exit === null;
  }

  /** Resolves when `/ready` answers yes. Rejects, with the last lines of the log, if the process ends or takes too long. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_DEADLINE_MS;
    while (!(await this.#isReady())) {
      if (!this.isRunning || performance.now() > deadline) throw await this.failure('did not become ready');
      await sleep(LOOK_MS);
    }
  }

  /** The answer of `/metrics`, in Prometheus' text format. */
  async metrics(): Promise<string> {
    const response = await this.#probe('/metrics');
    if (response === null) throw await this.failure('does not tell its metrics');
    return response.text();
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#isEndWanted = true;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGSTOP: its connections stay open, and nothing of it moves. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** SIGTERM; resolves to how the process ended. */
  stop(): Promise<ServiceExit> {
    this.#isEndWanted = true;
    this.#child.kill('SIGTERM');
    return this.#exited;
  }

  /** Resolves when the process ends by itself, which is then no failure; rejects when it has not after the time. */
  async ended(waitMsMax: number): Promise<ServiceExit> {
    this.#isEndWanted = true;
    const exit = await Promise.race([this.#exited, sleep(waitMsMax, null, { ref: false })]);
    if (exit === null) throw await this.failure(`still runs after ${waitMsMax} ms`);
    return exit;
  }

  /** Throws if the process ended and nobody asked for it. */
  async check(): Promise<void> {
    if (this.#exit !== null && !this.#isEndWanted) throw await this.failure('ended by itself');
  }

  logText(): Promise<string> {
    return readFile(path.join(this.#directory, 'log'), 'utf8');
  }

  async failure(what: string): Promise<Error> {
    const end = this.#exit === null ? '' : ` (exit ${this.#exit.code ?? this.#exit.signal ?? ''})`;
    const log = lastLines(await this.logText(), LOG_LINES_SHOWN);
    return new Error(`the ${this.role}, process ${this.pid}, ${what}${end}. Its last lines:\n${log}`);
  }

  /** Ends the process if it runs, and removes its log. */
  async close(): Promise<void> {
    if (this.isRunning) await this.kill();
    this.#guard.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    const response = await this.#probe('/ready');
    await response?.arrayBuffer();
    return response?.ok === true;
  }

  /** Null while it does not answer. */
  async #probe(page: string): Promise<Response | null> {
    const base = /"operations":"([^"]+)"/.exec(await this.logText())?.[1];
    if (base === undefined) return null;
    return fetch(base + page, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).catch(() => null);
  }
}
