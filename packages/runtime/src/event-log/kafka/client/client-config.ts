import { readFileSync } from 'node:fs';
import { logError } from '../log-errors.ts';
import type { KafkaSettings, KafkaTls } from './kafka-options.ts';
import {
  createKafkajsLogger,
  createSocketFactory,
  LEVELS,
  type KafkajsLogEntry,
} from './kafkajs-internals.ts';

/** After it a connection is taken for dead: brokers answer within milliseconds, or after `PRODUCE_TIMEOUT_MS`. */
const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTION_TIMEOUT_MS = 5_000;

/** For kafkajs's cluster. Throws LOG_REFUSED if a TLS file cannot be read. */
export function connectionOptions(settings: KafkaSettings): object {
  const { brokers, clientId, tls, sasl } = settings;
  return {
    brokers,
    clientId,
    ssl: tls === null ? null : tlsOptions(tls),
    sasl,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: 2 * CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    logger: createKafkajsLogger({ level: LEVELS.DEBUG, logCreator: () => bridge(settings.logger) }),
    socketFactory: createSocketFactory(),
  };
}

function tlsOptions({ caFile, certFile, keyFile, serverName }: KafkaTls): object {
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
function bridge(logger: KafkaSettings['logger']): (entry: KafkajsLogEntry) => void {
  return ({ namespace, label, log }) => {
    const fields = { kafkajs: namespace, label, broker: log['broker'] };
    // What kafkajs calls an error is repeated here, and told by whoever gives up.
    if (label === 'ERROR' || label === 'WARN') logger.debug(fields, log.message);
  };
}
