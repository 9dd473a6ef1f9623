import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { kafkaJars } from './jars.ts';
import { findJava } from './java.ts';
import { KafkaNode, randomClusterId } from './node.ts';
import { freePort } from './ports.ts';
import { nodesReady } from './readiness.ts';
import { formatArgs, type KafkaSecurity } from './security.ts';

/** What a single broker and a cluster have in common. */
export interface NodeOptions {
  /** -Xmx of each java process. */
  readonly heapMegabytes?: number;
  /** `quick` (default) halves the CPU time of a start: 2.7 s instead of 5.2 s. `full` is for measuring and long runs. */
  readonly compiler?: 'quick' | 'full';
  /** Of server.properties, over the defaults. */
  readonly properties?: Readonly<Record<string, string>>;
  /** TLS and SASL on the listener for clients; plain text by default. */
  readonly security?: KafkaSecurity;
  readonly onProgress?: (message: string) => void;
}

/** Where one node is to be; everything is chosen for it by default. */
export interface NodePlace {
  readonly port?: number;
  readonly advertisedPort?: number;
  readonly directory?: string;
}

/** Another process may take a port between its choice and the broker's start. */
const START_ATTEMPTS_MAX = 5;

/** Starts one node per place, with ids from 1, and returns when each knows all others. */
export async function startNodes(
  places: readonly NodePlace[],
  options: NodeOptions & { readonly heapMegabytes: number },
): Promise<KafkaNode[]> {
  const [java, jarsFolder] = await Promise.all([
    findJava(),
    kafkaJars(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  ]);
  const { heapMegabytes, compiler = 'quick' } = options;
  const program = { java, jarsFolder, heapMegabytes, compiler };
  const arePortsChosen = places.every(({ port }) => port === undefined);
  for (let attempt = 1; ; attempt++) {
    const nodes = await createNodes(places, options, program);
    try {
      const clusterId = randomClusterId();
      await Promise.all(nodes.map((node) => node.format(clusterId, formatArgs(options.security ?? {}))));
      for (const node of nodes) node.start();
      await nodesReady(nodes, nodes.length);
      return nodes;
    } catch (error) {
      const logs = await Promise.all(nodes.map((node) => node.lastLogLines()));
      await closeNodes(nodes);
      const isRace = logs.some((log) => log.includes('Address already in use'));
      if (!isRace || !arePortsChosen || attempt === START_ATTEMPTS_MAX) throw error;
    }
  }
}

/** Ends all nodes and removes their temporary directories. */
export async function closeNodes(nodes: readonly KafkaNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.close()));
}

async function createNodes(
  places: readonly NodePlace[],
  options: NodeOptions,
  program: ConstructorParameters<typeof KafkaNode>[1],
): Promise<KafkaNode[]> {
  const controllerPorts = new Map<number, number>();
  for (const index of places.keys()) controllerPorts.set(index + 1, await freePort());
  const nodes: KafkaNode[] = [];
  for (const [nodeId, controller] of controllerPorts) {
    const place = places[nodeId - 1] ?? {};
    const client = place.port ?? (await freePort());
    const settings = {
      nodeId,
      ports: { client, internal: await freePort(), controller },
      advertisedPort: place.advertisedPort ?? client,
      controllerPorts,
      directory: place.directory ?? (await mkdtemp(path.join(tmpdir(), 'burnline-kafka-'))),
      security: options.security ?? {},
      properties: options.properties ?? {},
    };
    nodes.push(new KafkaNode(settings, program, { keepsDirectory: place.directory !== undefined }));
  }
  return nodes;
}
