import type { EventLog } from '../event-log.ts';
import type { Logger } from '../../observability/logger.ts';
export interface KafkaLogOptions {
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly serverName?: string;
  } | null;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
  readonly compression?: 'lz4' | 'gzip' | 'none';
  readonly logger?: Logger;
  readonly metrics?: object;
}
export function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  return Promise.reject(new Error(`no adapter for ${options.brokers.join()}`));
}
