import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CollectorAddress, PriceSettings, SamplingRules } from '@burnline/collector';

const PROGRAM = new URL('intake-process.js', import.meta.url).pathname;

export interface RunningIntakeOptions {
  readonly address?: Partial<CollectorAddress>;
  readonly partitionCount?: number;
  /** Partitions that take nothing. */
  readonly failPartitions?: readonly number[];
  /** Whether it makes numbers of texts. */
  readonly readsTexts?: boolean;
  /** How long the log takes for each append. */
  readonly appendDelayMs?: number;
  /** None: costs are what senders say. */
  readonly priceSettings?: PriceSettings;
  /** None: every event is kept. */
  readonly sampling?: SamplingRules;
  /** None: it makes events of its own JSON alone. */
  readonly mappingsFolder?: string;
}

export type Body = string | Buffer | Uint8Array;

/** The real intake over a real log, as a process of its own. */
export class RunningIntake {
  readonly url: string;
  /** Where it takes OTLP over gRPC: `address.otlpGrpcPort` asks for it. */
  readonly grpcUrl: string | null;
  readonly child: ChildProcess;
  readonly #directory: string;
  readonly #errors: () => string;
  #callCount = 0;

  private constructor(
    urls: { readonly ready: string; readonly grpc: string | null },
    parts: { child: ChildProcess; directory: string; errors: () => string },
  ) {
    this.url = urls.ready;
    this.grpcUrl = urls.grpc;
    this.child = parts.child;
    this.#directory = parts.directory;
    this.#errors = parts.errors;
  }

  static async start(options: RunningIntakeOptions = {}): Promise<RunningIntake> {
    const directory = await mkdtemp(path.join(tmpdir(), 'burnline-intake-'));
    const address = { host: '127.0.0.1', port: 0, ...options.address };
    const {
      partitionCount = 2,
      failPartitions = [],
      priceSettings,
      sampling,
      mappingsFolder,
      appendDelayMs = 0,
      readsTexts = false,
    } = options;
    const settings = {
      directory: path.join(directory, 'log'),
      address,
      partitionCount,
      failPartitions,
      appendDelayMs,
      readsTexts,
      ...(priceSettings && { priceSettings }),
      ...(sampling && { sampling }),
      ...(mappingsFolder !== undefined && { mappingsFolder }),
    };
    const child = fork(PROGRAM, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`the intake did not start: ${errors}`);
      }),
    ])) as [{ readonly ready: string; readonly grpc: string | null }];
    return new RunningIntake(message, { child, directory, errors: () => errors });
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** What the process wrote to standard error. */
  get errors(): string {
    return this.#errors();
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The longest time since the last call that the process's event loop was held, milliseconds. */
  longestDelayMs(): Promise<number> {
    return this.#call('longestDelay');
  }

  /** Its metrics, in Prometheus' text. */
  metrics(): Promise<string> {
    return this.#call('metrics');
  }

  /** Resident memory, bytes. */
  memoryBytes(): Promise<number> {
    return this.#call('memory');
  }

  /** Ids of all records of a topic; empty text for each source report. */
  ids(topic: 'inference' | 'verdicts' | 'reports' | 'references'): Promise<readonly string[]> {
    return this.#call('ids', topic);
  }

  /** How many records a topic has. */
  count(topic: 'inference' | 'verdicts' | 'reports' | 'references'): Promise<number> {
    return this.#call('count', topic);
  }

  /** All records of a topic, their ids as text. */
  records(
    topic: 'inference' | 'verdicts' | 'references',
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.#call('records', topic);
  }

  /** All messages of a topic, one behind the other. */
  async bytes(topic: 'inference' | 'verdicts' | 'reports' | 'references'): Promise<Buffer> {
    return Buffer.from(await this.#call<string>('bytes', topic), 'base64');
  }

  post(route: string, body: Body, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(this.url + route, {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  /** Ends it in order; it must be alive. */
  async stop(): Promise<void> {
    if (!this.isAlive) throw new Error(`the intake has ended: ${this.errors}`);
    await this.#call('close');
    this.child.disconnect();
    await once(this.child, 'exit');
    await rm(this.#directory, { recursive: true, force: true });
  }

  #call<T>(method: string, argument?: unknown): Promise<T> {
    const id = (this.#callCount += 1);
    return new Promise((resolve, reject) => {
      const onMessage = (message: {
        readonly id: number;
        readonly result: T;
        readonly error?: string;
      }): void => {
        if (message.id !== id) return;
        this.child.off('message', onMessage);
        if (message.error === undefined) resolve(message.result);
        else reject(new Error(message.error));
      };
      this.child.on('message', onMessage);
      this.child.send({ id, method, argument });
    });
  }
}
