import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startGuard, type Guard } from './guard.ts';
import { resourceFile } from './resources.ts';
import { lastLines, runCommand } from './run-command.ts';
import { serverProperties, type NodeSettings } from './server-properties.ts';

export interface NodeProgram {
  readonly java: string;
  readonly jarsFolder: string;
  readonly heapMegabytes: number;
  readonly compiler: 'quick' | 'full';
}

const QUICK_COMPILER = ['-XX:TieredStopAtLevel=1'];

/** Kafka's controlled shutdown takes about a second; one that lost its controllers would wait for ever. */
const STOP_DEADLINE_MS = 15_000;

/** 16 random bytes as base64url; Kafka refuses an id that begins with a dash. */
export function randomClusterId(): string {
  return `A${randomBytes(16).toString('base64url').slice(1, 21)}A`;
}

/** One java process of a cluster, and its directory. It can be started any number of times on the same data. */
export class KafkaNode {
  readonly settings: NodeSettings;
  readonly #program: NodeProgram;
  readonly #guard: Guard;
  readonly #isDirectoryKept: boolean;
  #child: ChildProcess | null = null;
  #pid = 0;

  constructor(settings: NodeSettings, program: NodeProgram, options: { readonly keepsDirectory: boolean }) {
    this.settings = settings;
    this.#program = program;
    this.#isDirectoryKept = options.keepsDirectory;
    this.#guard = startGuard(settings.directory, !options.keepsDirectory);
  }

  /** Of the process that runs, or ran last. */
  get pid(): number {
    return this.#pid;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Writes server.properties and formats the storage, unless it is formatted. */
  async format(clusterId: string, formatArgs: readonly string[]): Promise<void> {
    const { directory } = this.settings;
    await mkdir(directory, { recursive: true });
    await writeFile(this.#propertiesFile(), serverProperties(this.settings));
    if (existsSync(path.join(directory, 'data', 'meta.properties'))) return;
    const args = ['format', `--cluster-id=${clusterId}`, '-c', this.#propertiesFile(), ...formatArgs];
    const result = await runCommand(
      this.#program.java,
      this.#javaArgs(QUICK_COMPILER, 'kafka.tools.StorageTool', args),
    );
    if (result.exitCode !== 0)
      throw new Error(`Kafka could not format its storage in ${directory}:\n${lastLines(result.output)}`);
  }

  /** Returns when the process has begun; whoever needs its answers waits for them. */
  start(): void {
    if (this.#child !== null) throw new Error(`Kafka node ${this.settings.nodeId} runs already`);
    // A file, not a pipe: nobody has to read for the broker to go on.
    const log = openSync(this.logFile, 'a');
    const options = [
      ...(this.#program.compiler === 'quick' ? QUICK_COMPILER : []),
      '-Xms64m',
      `-Xmx${this.#program.heapMegabytes}m`,
      '-XX:MaxDirectMemorySize=128m',
      '-XX:ActiveProcessorCount=2',
    ];
    const child = spawn(
      this.#program.java,
      this.#javaArgs(options, 'kafka.Kafka', [this.#propertiesFile()]),
      // In a session of its own: Ctrl+C in the terminal is for this process, which then stops the broker.
      { detached: true, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    child.on('error', () => {
      this.#child = null;
    });
    if (child.pid === undefined) throw new Error(`could not start ${this.#program.java}`);
    this.#pid = child.pid;
    this.#guard.watch(child.pid);
    this.#child = child;
    child.once('exit', () => {
      this.#child = null;
      this.#guard.forget();
    });
  }

  /** SIGTERM, and after a deadline SIGKILL. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    // A paused process would not see the signal.
    child.kill('SIGCONT');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await gone;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Returns when the process that runs has ended, for whatever reason. */
  async ended(): Promise<void> {
    if (this.#child !== null) await once(this.#child, 'exit');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#child === null) throw new Error(`Kafka node ${this.settings.nodeId} does not run`);
    this.#child.kill(signal);
  }

  /** Ends it for good, and removes its directory unless that is kept. */
  async close(): Promise<void> {
    // Data that goes with it needs no orderly end, which takes seconds, and for ever in a cluster without its majority.
    await (this.#isDirectoryKept ? this.end() : this.kill());
    this.#guard.close();
    if (!this.#isDirectoryKept) await rm(this.settings.directory, { recursive: true, force: true });
  }

  get logFile(): string {
    return path.join(this.settings.directory, 'broker.log');
  }

  async lastLogLines(): Promise<string> {
    return lastLines(await readFile(this.logFile, 'utf8').catch(() => ''));
  }

  #propertiesFile(): string {
    return path.join(this.settings.directory, 'server.properties');
  }

  #javaArgs(options: readonly string[], main: string, args: readonly string[]): string[] {
    return [
      ...options,
      '-XX:+UseSerialGC',
      `-Dlog4j2.configurationFile=${resourceFile('log4j2.properties')}`,
      // Java expands the wildcard itself; no shell sees it.
      '-cp',
      path.join(this.#program.jarsFolder, '*'),
      main,
      ...args,
    ];
  }
}
