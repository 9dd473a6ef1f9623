import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { kafkaJars } from './jars.ts';
import { findJava } from './java.ts';
import { KafkaNode, randomClusterId } from './node.ts';
import { freePort } from './ports.ts';
import { nodesReady } from './readiness.ts';

export interface KafkaOptions {
  /** Of the listener for clients; a free one by default. */
  readonly port?: number;
  /** What clients are told to connect to, for a broker behind a proxy; the port itself by default. */
  readonly advertisedPort?: number;
  /** Kept at the end and used again, `data` and the log inside; a temporary folder that is removed by default. */
  readonly directory?: string;
  /** -Xmx; 512 by default. */
  readonly heapMegabytes?: number;
  /** Of server.properties, over the defaults. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly onProgress?: (message: string) => void;
}

export interface RunningKafka {
  /** host:port for clients. */
  readonly brokers: readonly string[];
  /** host:port of a plain listener past any proxy, for a test's own count. */
  readonly directBrokers: readonly string[];
  /** Of the java process that runs, or ran last. */
  readonly pid: number;
  /** Holds server.properties, broker.log and data. */
  readonly directory: string;
  /** SIGTERM and the end of it; removes the temporary directory. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, nobody answers. */
  pause(): void;
  resume(): void;
  /** Ends it by SIGTERM if it runs, and starts it on the same data and ports; returns when it answers. */
  restart(): Promise<void>;
  lastLogLines(): Promise<string>;
}

/** Another process may take a port between its choice and the broker's start. */
const START_ATTEMPTS_MAX = 5;

/**
 * Starts a real broker (KRaft, broker and controller in one) on 127.0.0.1 from Maven's jars; returns when it answers.
 * If this process dies, by whatever signal, the broker is killed and its temporary directory removed (guard.ts).
 *
 * Errors name the cause and the remedy: no or old Java, no Maven to fill the cache, a broker that ends or does not answer.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  const [java, jarsFolder] = await Promise.all([
    findJava(),
    kafkaJars(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  ]);
  const program = { java, jarsFolder, heapMegabytes: options.heapMegabytes ?? 512 };
  for (let attempt = 1; ; attempt++) {
    const node = await createNode(options, program);
    try {
      await node.format(randomClusterId());
      node.start();
      await nodesReady([node], 1);
      return runningKafka(node);
    } catch (error) {
      const isRace = (await node.lastLogLines()).includes('Address already in use');
      await node.kill();
      await node.close();
      if (!isRace || options.port !== undefined || attempt === START_ATTEMPTS_MAX) throw error;
    }
  }
}

async function createNode(
  options: KafkaOptions,
  program: ConstructorParameters<typeof KafkaNode>[1],
): Promise<KafkaNode> {
  const ports = {
    client: options.port ?? (await freePort()),
    internal: await freePort(),
    controller: await freePort(),
  };
  const settings = {
    nodeId: 1,
    ports,
    advertisedPort: options.advertisedPort ?? ports.client,
    controllerPorts: new Map([[1, ports.controller]]),
    directory: options.directory ?? (await mkdtemp(path.join(tmpdir(), 'burnline-kafka-'))),
    properties: options.properties ?? {},
  };
  return new KafkaNode(settings, program, { keepsDirectory: options.directory !== undefined });
}

function runningKafka(node: KafkaNode): RunningKafka {
  const { settings } = node;
  return {
    brokers: [`127.0.0.1:${settings.advertisedPort}`],
    directBrokers: [`127.0.0.1:${settings.ports.internal}`],
    get pid() {
      return node.pid;
    },
    directory: settings.directory,
    stop: () => node.close(),
    kill: () => node.kill(),
    pause: () => node.signal('SIGSTOP'),
    resume: () => node.signal('SIGCONT'),
    async restart() {
      await node.end();
      node.start();
      await nodesReady([node], 1);
    },
    lastLogLines: () => node.lastLogLines(),
  };
}
