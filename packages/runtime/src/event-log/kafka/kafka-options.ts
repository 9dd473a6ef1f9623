import type { Logger } from '../../observability/logger.ts';
import type { KafkaCompression } from './records/compression.ts';

export interface KafkaTls {
  /** PEM files. Without `caFile` the system's authorities count. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name that the certificate must have, where it is not the broker's address. */
  readonly serverName?: string;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** What the adapter tells whoever counts; connected to the metrics of the process by its main. */
export interface KafkaLogMetrics {
  /** Messages between the position delivered and the end as last seen; NaN once the partition is no longer owned. */
  lag(topic: string, partition: number, messages: number): void;
  /** After each rebalance: partitions that this member kept, and partitions that came or went. */
  rebalanced(group: string, keptCount: number, movedCount: number): void;
}

export interface KafkaLogOptions {
  /** `host:port`, at least one that answers. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly tls?: KafkaTls | null;
  readonly sasl?: KafkaSasl | null;
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
  /** How long an append waits for others to share a request with. */
  readonly lingerMs?: number;
  readonly compression?: KafkaCompression;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** After so long without success an append, a read or a commit rejects with LOG_UNREACHABLE. */
  readonly patienceMs?: number;
  readonly logger?: Logger;
  readonly metrics?: KafkaLogMetrics;
}

export type KafkaSettings = Readonly<Required<Omit<KafkaLogOptions, 'metrics' | 'logger'>>> &
  Pick<KafkaLogOptions, 'metrics'> & { readonly logger: Logger };

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

export function settingsOf(options: KafkaLogOptions): KafkaSettings {
  return {
    clientId: 'burnline',
    tls: null,
    sasl: null,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    lingerMs: 5,
    compression: 'lz4',
    // Long enough for a pause of the process (a collection, a stopped container), short enough for a takeover.
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 60_000,
    heartbeatIntervalMs: 3_000,
    patienceMs: 30_000,
    logger: SILENT,
    ...options,
  };
}
