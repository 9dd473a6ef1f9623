import { readFileSync } from 'node:fs';
import { AppError } from '@burnline/core';
import { openStore, type Store, type StoreOptions } from '../clickhouse/store.ts';
import type { KafkaLogOptions } from '../event-log/kafka/kafka-options.ts';
import type { KafkaEventLog } from '../event-log/kafka/open-kafka-log.ts';
import { openKafkaLog } from '../event-log/open-kafka-log.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServiceMetrics } from '../operations/metrics.ts';
import type { Config } from './read-environment.ts';
import type { CLICKHOUSE_VARIABLES, KAFKA_VARIABLES } from './service-variables.ts';

/** Opens the log that the configuration names. */
export function connectLog(
  config: Config<typeof KAFKA_VARIABLES>,
  parts: { readonly logger: Logger; readonly metrics?: ServiceMetrics },
): Promise<KafkaEventLog> {
  return openKafkaLog({ ...kafkaOptions(config), ...parts });
}

function kafkaOptions(config: Config<typeof KAFKA_VARIABLES>): KafkaLogOptions {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_TLS_CA_FILE,
    KAFKA_TLS_CERT_FILE,
    KAFKA_TLS_KEY_FILE,
  } = config;
  const files = {
    ...(KAFKA_TLS_CA_FILE === undefined ? {} : { caFile: KAFKA_TLS_CA_FILE }),
    ...(KAFKA_TLS_CERT_FILE === undefined ? {} : { certFile: KAFKA_TLS_CERT_FILE }),
    ...(KAFKA_TLS_KEY_FILE === undefined ? {} : { keyFile: KAFKA_TLS_KEY_FILE }),
  };
  return {
    brokers: config.KAFKA_BROKERS,
    clientId: config.KAFKA_CLIENT_ID,
    tls: config.KAFKA_TLS ? files : null,
    sasl:
      mechanism === undefined
        ? null
        : {
            mechanism,
            username: config.KAFKA_SASL_USERNAME ?? '',
            password: config.KAFKA_SASL_PASSWORD ?? '',
          },
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    minInsyncReplicas: config.KAFKA_MIN_INSYNC_REPLICAS,
    compression: config.KAFKA_COMPRESSION,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    heartbeatIntervalMs: config.KAFKA_HEARTBEAT_INTERVAL_MS,
    rebalanceTimeoutMs: config.KAFKA_REBALANCE_TIMEOUT_MS,
  };
}

/** Opens the database that the configuration names, or another one on the same server. Connects at the first statement. */
export function connectStore(
  config: Config<typeof CLICKHOUSE_VARIABLES>,
  database = config.CLICKHOUSE_DATABASE,
  options: Pick<StoreOptions, 'requestTimeoutMs'> = {},
): Store {
  const { CLICKHOUSE_TLS_CA_FILE: caFile } = config;
  return openStore({
    url: config.CLICKHOUSE_URL,
    user: config.CLICKHOUSE_USER,
    password: config.CLICKHOUSE_PASSWORD,
    database,
    ...options,
    ...(caFile === undefined ? {} : { tlsCa: readCa(caFile) }),
  });
}

function readCa(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AppError('CONFIG_INVALID', `CLICKHOUSE_TLS_CA_FILE: ${file} cannot be read: ${String(error)}`, {
      remedy: 'Mount the file where the variable says, readable for the user of the service.',
      cause: error,
    });
  }
}
