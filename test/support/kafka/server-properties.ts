import path from 'node:path';
import { clientProtocol, securityProperties, type KafkaSecurity } from './security.ts';

interface NodePorts {
  /** For clients. */
  readonly client: number;
  /** Between brokers, and for checks that must not go through a proxy. */
  readonly internal: number;
  readonly controller: number;
}

export interface NodeSettings {
  readonly nodeId: number;
  readonly ports: NodePorts;
  /** What clients are told to connect to; another than `ports.client` for a broker behind a proxy. */
  readonly advertisedPort: number;
  /** Of every node of the cluster, by node id. */
  readonly controllerPorts: ReadonlyMap<number, number>;
  readonly directory: string;
  readonly security: KafkaSecurity;
  /** Of Kafka's own, over those below. */
  readonly properties: Readonly<Record<string, string>>;
}

/** server.properties of a node that is broker and controller at once. */
export function serverProperties(settings: NodeSettings): string {
  const lines = Object.entries({
    ...defaults(settings),
    ...securityProperties(settings.security),
    ...settings.properties,
  });
  return lines.map(([name, value]) => `${name}=${value}\n`).join('');
}

function defaults({ nodeId, ports, advertisedPort, controllerPorts, directory, security }: NodeSettings) {
  const nodeCount = controllerPorts.size;
  const replicas = String(Math.min(3, nodeCount));
  const inSync = String(Math.min(2, nodeCount));
  const voters = [...controllerPorts].map(([id, port]) => `${id}@127.0.0.1:${port}`).join(',');
  return {
    'process.roles': 'broker,controller',
    'node.id': String(nodeId),
    'controller.quorum.voters': voters,
    listeners: `CLIENT://127.0.0.1:${ports.client},INTERNAL://127.0.0.1:${ports.internal},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${advertisedPort},INTERNAL://127.0.0.1:${ports.internal}`,
    'listener.security.protocol.map': `CLIENT:${clientProtocol(security)},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': path.join(directory, 'data'),
    'num.network.threads': '2',
    'num.io.threads': '2',
    'num.partitions': '4',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'auto.create.topics.enable': 'false',
    // The defaults (50 partitions each, three replicas, 3 s until the first join) are for clusters that live long.
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': '0',
    // A broker that was killed may come back only when its former self is taken for dead: 9 s by default.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'log.segment.bytes': '67108864',
    // 128 MB of heap by default.
    'log.cleaner.dedupe.buffer.size': '4194304',
  };
}
