import type { KafkaNode } from './node.ts';
import { nodesReady } from './readiness.ts';
import { closeNodes, startNodes, type NodeOptions } from './start-nodes.ts';

export interface KafkaOptions extends NodeOptions {
  /** Of the listener for clients; a free one by default. */
  readonly port?: number;
  /** What clients are told to connect to, for a broker behind a proxy; the port itself by default. */
  readonly advertisedPort?: number;
  /** Kept at the end and used again, data and the log inside; a temporary folder that is removed by default. */
  readonly directory?: string;
}

interface RunningNode {
  readonly nodeId: number;
  /** Of the java process that runs, or ran last. */
  readonly pid: number;
  /** Where the listener for clients is, whatever port is advertised. */
  readonly port: number;
  /** Holds server.properties, broker.log and data. */
  readonly directory: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, nobody answers. */
  pause(): void;
  resume(): void;
  /** Ends it by SIGTERM if it runs, and starts it on the same data and ports; returns when it answers. */
  restart(): Promise<void>;
  /** Returns when the process that runs has ended, for whatever reason. */
  ended(): Promise<void>;
  lastLogLines(): Promise<string>;
}

interface Addresses {
  /** host:port for clients, as advertised. */
  readonly brokers: readonly string[];
  /** host:port of plain listeners past any proxy, for a test's own count. */
  readonly directBrokers: readonly string[];
  /** The end of all java processes: by SIGTERM if the directory is kept, else at once; removes temporary directories. */
  stop(): Promise<void>;
}

export type RunningKafka = RunningNode & Addresses;

export interface RunningKafkaCluster extends Addresses {
  /** By ids from 1, as kafkajs names leaders and replicas. */
  node(nodeId: number): RunningNode;
}

/**
 * Starts a real broker (KRaft, broker and controller in one) on 127.0.0.1 from Maven's jars; returns when it answers.
 * If this process dies, by whatever signal, the broker is killed and its temporary directory removed (guard.ts).
 *
 * Errors name the cause and the remedy: no or old Java, no Maven to fill the cache, a broker that ends or does not answer.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  const nodes = await startNodes([options], { heapMegabytes: 512, ...options });
  const [node] = nodes as [KafkaNode];
  // Assign, not spread: the pid changes with a restart.
  return Object.assign(runningNode(node, nodes), addresses(nodes));
}

/**
 * Starts a cluster of brokers that are controllers as well: replication factor 3, two in-sync replicas for a write. It
 * stands the loss of one node of three. Otherwise as `startKafka`.
 */
export async function startKafkaCluster(
  options: NodeOptions & { readonly brokerCount: number },
): Promise<RunningKafkaCluster> {
  const places = Array.from({ length: options.brokerCount }, () => ({}));
  const nodes = await startNodes(places, { heapMegabytes: 256, ...options });
  const running = new Map(nodes.map((node) => [node.settings.nodeId, runningNode(node, nodes)]));
  return {
    ...addresses(nodes),
    node(nodeId) {
      const node = running.get(nodeId);
      if (!node) throw new Error(`no node ${nodeId}: their ids go from 1 to ${nodes.length}`);
      return node;
    },
  };
}

function addresses(nodes: readonly KafkaNode[]): Addresses {
  return {
    brokers: nodes.map(({ settings }) => `127.0.0.1:${settings.advertisedPort}`),
    directBrokers: nodes.map(({ settings }) => `127.0.0.1:${settings.ports.internal}`),
    stop: () => closeNodes(nodes),
  };
}

function runningNode(node: KafkaNode, all: readonly KafkaNode[]): RunningNode {
  return {
    nodeId: node.settings.nodeId,
    get pid() {
      return node.pid;
    },
    port: node.settings.ports.client,
    directory: node.settings.directory,
    kill: () => node.kill(),
    pause: () => node.signal('SIGSTOP'),
    resume: () => node.signal('SIGCONT'),
    async restart() {
      await node.end();
      node.start();
      await nodesReady([node], all.filter(({ isRunning }) => isRunning).length);
    },
    ended: () => node.ended(),
    lastLogLines: () => node.lastLogLines(),
  };
}
