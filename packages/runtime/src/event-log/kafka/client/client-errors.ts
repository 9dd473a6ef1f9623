import { isAppError } from '@burnline/core';
import { logError, type LogError } from '../../log-errors.ts';

interface KafkajsError {
  readonly name: string;
  readonly message: string;
  /** Of an answer: Kafka's name of the error. */
  readonly type?: string;
  /** Of a connection: the system's or the TLS library's name of the error. */
  readonly code?: string | number;
  readonly retriable?: boolean;
  readonly cause?: unknown;
}

const REFUSED_TYPES = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
]);
/** Certificates that do not fit; a broker that is not there has other codes. */
const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/;
/** Not retried by kafkajs itself, but all of them mend themselves when a broker comes back. */
const PASSING_NAMES = new Set([
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSMetadataNotLoaded',
]);

/** The error beneath kafkajs's own wrappers. */
export function rootOf(error: unknown): KafkajsError {
  let current = asKafkajsError(error);
  // Its retries wrap once each; a bound, since causes may form a ring.
  for (let depth = 0; depth < 5; depth += 1) {
    if (current.type !== undefined || current.cause === undefined) return current;
    current = asKafkajsError(current.cause);
  }
  return current;
}

function asKafkajsError(error: unknown): KafkajsError {
  return error instanceof Error ? error : { name: 'Error', message: String(error) };
}

export function typeOf(error: unknown): string | undefined {
  return rootOf(error).type;
}

export function isTimeout(error: unknown): boolean {
  return rootOf(error).name === 'KafkaJSRequestTimeoutError';
}

/** Whether the same may succeed later. */
export function isPassing(error: unknown): boolean {
  if (isAppError(error)) return error.outcome === 'retry';
  const root = rootOf(error);
  if (isRefusal(root)) return false;
  return PASSING_NAMES.has(root.name) || root.retriable === true;
}

function isRefusal({ name, type, code, message }: KafkajsError): boolean {
  if (name === 'KafkaJSSASLAuthenticationError' || (type !== undefined && REFUSED_TYPES.has(type)))
    return true;
  return (typeof code === 'string' && TLS_CODES.test(code)) || message.includes('certificate');
}

/** What is being done at first: whatever fails may be the fault of the configuration. */
export const CONNECTING = 'connecting';

/** What a call to the brokers is told when it gives up. */
export function translated(error: unknown, doing: string): LogError {
  if (isAppError(error)) return error as LogError;
  const root = rootOf(error);
  const details = { doing, kafka: root.type ?? root.name };
  if (isRefusal(root)) {
    return logError('LOG_REFUSED', `Kafka refused ${doing}: ${root.message}.`, {
      remedy: 'Check the certificates, the user and its rights (ACLs) on topics and groups.',
      details,
      cause: error,
    });
  }
  if (isPassing(error)) {
    return logError('LOG_UNREACHABLE', `Kafka did not manage ${doing} in time: ${root.message}.`, {
      outcome: 'retry',
      remedy:
        doing === CONNECTING
          ? 'Check that the brokers run and are reachable, and that KAFKA_TLS and KAFKA_SASL_MECHANISM fit their listener: one that expects encryption or a login only ends the connection.'
          : 'Check that the brokers run, are reachable and have enough replicas in sync.',
      details,
      cause: error,
    });
  }
  return logError('LOG_BROKER_FAILED', `Kafka failed ${doing}: ${root.message}.`, {
    remedy: 'See the broker’s log; nothing that was acknowledged is lost.',
    details,
    cause: error,
  });
}
