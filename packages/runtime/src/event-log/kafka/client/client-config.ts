import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { BROKER_BACKOFF } from '../../../lifecycle/retry-policies.ts';
import kafkajs, { type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';
import { logError } from '../../log-errors.ts';
import type { KafkaSasl, KafkaSettings, KafkaTls } from '../kafka-options.ts';
import { openSocket } from './open-socket.ts';

/** After it a connection is taken for dead: brokers answer within milliseconds, or after their own time limits. */
const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTION_TIMEOUT_MS = 5_000;

/** kafkajs's own configuration. Throws LOG_REFUSED if a TLS file cannot be read. */
export function clientConfig(settings: KafkaSettings): KafkaConfig {
  const { brokers, clientId, tls, sasl } = settings;
  return {
    brokers: [...brokers],
    clientId,
    ...(tls === null ? {} : { ssl: tlsOptions(tls) }),
    ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: 2 * CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    // The retries are the adapter's (`Brokers`), where what failed is known; this one is for connecting alone.
    retry: {
      retries: 1,
      initialRetryTime: BROKER_BACKOFF.delayMsFirst,
      maxRetryTime: BROKER_BACKOFF.delayMsMax,
    },
    logLevel: kafkajs.logLevel.DEBUG,
    logCreator: () => bridge(settings.logger),
    socketFactory: openSocket,
  };
}

/** One member of kafkajs's union each: it does not take a mechanism that is not known yet. */
function saslOptions({ mechanism, username, password }: KafkaSasl): SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

function tlsOptions({ caFile, certFile, keyFile, serverName }: KafkaTls): ConnectionOptions {
  return {
    ...(caFile === undefined ? {} : { ca: [readPem(caFile)] }),
    ...(certFile === undefined ? {} : { cert: readPem(certFile) }),
    ...(keyFile === undefined ? {} : { key: readPem(keyFile) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw logError('LOG_REFUSED', `Cannot read ${path} for TLS to Kafka.`, {
      remedy:
        'Correct the path in KAFKA_TLS_CA_FILE, KAFKA_TLS_CERT_FILE or KAFKA_TLS_KEY_FILE, or its permissions.',
      details: { path },
      cause: error,
    });
  }
}

/** Only the sentence and the broker: other fields may hold requests, and requests may hold secrets. */
function bridge(logger: KafkaSettings['logger']): (entry: LogEntry) => void {
  return ({ namespace, label, log }) => {
    const fields = { kafkajs: namespace, label, broker: log['broker'] as unknown };
    // What kafkajs calls an error is repeated here, and told by whoever gives up.
    if (label === 'ERROR' || label === 'WARN') logger.debug(fields, log.message);
  };
}
