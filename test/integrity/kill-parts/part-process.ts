import type { EventLog } from '@burnline/runtime';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Hold } from './hold.ts';
import { LogSession } from './log-session.ts';
import { WriteGate } from './write-gate.ts';

export type PartRole = 'processor' | 'sink' | 'alerter';

export interface PartSettings {
  readonly database: {
    readonly url: string;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  /** Path of the spec file. */
  readonly specs: string;
  readonly webhookUrl: string;
  readonly stream: string;
}

const SCRIPT = fileURLToPath(new URL('part.js', import.meta.url));

interface Life {
  readonly child: ChildProcess;
  readonly session: LogSession;
  readonly startedAtMs: number;
}

/** A process that runs one part, and is started again at once when it is killed. */
export class PartProcess {
  readonly role: PartRole;
  readonly commits = new Hold();
  readonly #gate: WriteGate;
  readonly #log: EventLog;
  readonly #settings: PartSettings;
  #life: Life;
  #stderr = '';
  #failure: Error | null = null;
  #isStopping = false;

  private constructor(role: PartRole, log: EventLog, gate: WriteGate, settings: PartSettings) {
    this.role = role;
    this.#log = log;
    this.#gate = gate;
    this.#settings = settings;
    this.#life = this.#start();
  }

  static async start(role: PartRole, log: EventLog, settings: PartSettings): Promise<PartProcess> {
    const gate = await WriteGate.open(settings.database.url);
    return new PartProcess(role, log, gate, {
      ...settings,
      database: { ...settings.database, url: gate.url },
    });
  }

  get writes(): Hold {
    return this.#gate.writes;
  }

  get hasJoined(): boolean {
    return this.#life.session.joinedAtMs !== null;
  }

  /** From the start of the process until it had taken in everything in the log; null if it has not come so far. */
  get catchUpMs(): number | null {
    const { session, startedAtMs } = this.#life;
    return session.caughtUpAtMs === null ? null : session.caughtUpAtMs - startedAtMs;
  }

  /** Throws if the process ended by itself: a part must outlive whatever happens to the others. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** `kill -9`; resolves when the next process has been started. */
  async kill(): Promise<void> {
    const { child } = this.#life;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    this.commits.release();
    this.writes.release();
    this.#life = this.#start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const { child } = this.#life;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await this.#gate.close();
  }

  #start(): Life {
    const startedAtMs = performance.now();
    const child = spawn(process.execPath, [SCRIPT, this.role, JSON.stringify(this.#settings)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      // Enough for the last words.
      this.#stderr = `${this.#stderr}${chunk.toString('utf8')}`.slice(-4_000);
    });
    child.on('exit', (exitCode, signal) => {
      if (this.#isStopping || signal === 'SIGKILL') return;
      this.#failure ??= new Error(`the ${this.role} ended by itself (exit ${exitCode}): ${this.#stderr}`);
    });
    return { child, session: new LogSession(this.#log, child, this.commits), startedAtMs };
  }
}
