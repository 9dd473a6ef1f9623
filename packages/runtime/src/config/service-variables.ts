import { z } from 'zod';
import { UNREADABLE_LIMITS } from '../delivery/unreadable-share.ts';
import {
  flagVariable,
  listVariable,
  numberVariable,
  optional,
  orElse,
  shareVariable,
  textVariable,
  urlVariable,
  wordVariable,
} from './read-environment.ts';

/** How a service reaches Kafka. */
export const KAFKA_VARIABLES = {
  KAFKA_BROKERS: listVariable.describe('Addresses of some brokers, `host:port`, separated by commas.'),
  KAFKA_CLIENT_ID: orElse(textVariable, 'burnline', 'Name by which the brokers know the service.'),
  KAFKA_TLS: orElse(flagVariable, 'false', 'Whether the link is encrypted: `true` or `false`.'),
  KAFKA_TLS_CA_FILE: optional(
    textVariable,
    'Certificates of the authorities to trust, PEM; else those of the system.',
  ),
  KAFKA_TLS_CERT_FILE: optional(
    textVariable,
    "The service's own certificate, PEM, where the brokers ask for one.",
  ),
  KAFKA_TLS_KEY_FILE: optional(textVariable, 'The key of that certificate, PEM.'),
  KAFKA_SASL_MECHANISM: optional(
    wordVariable(['plain', 'scram-sha-256', 'scram-sha-512']),
    '`plain`, `scram-sha-256` or `scram-sha-512`; not set: no login.',
  ),
  KAFKA_SASL_USERNAME: optional(textVariable, 'User of the login.'),
  KAFKA_SASL_PASSWORD: optional(textVariable, 'Password of the login; or `KAFKA_SASL_PASSWORD_FILE`.'),
  KAFKA_REPLICATION_FACTOR: orElse(
    numberVariable({ min: 1, max: 32 }),
    '1',
    'Replicas of topics that `burnline migrate` makes; 3 on a cluster.',
  ),
  KAFKA_MIN_INSYNC_REPLICAS: orElse(
    numberVariable({ min: 1, max: 32 }),
    '1',
    'Replicas that must have a message before it is acknowledged; 2 on a cluster of 3.',
  ),
  KAFKA_COMPRESSION: orElse(wordVariable(['lz4', 'gzip', 'none']), 'lz4', '`lz4`, `gzip` or `none`.'),
  KAFKA_SESSION_TIMEOUT_MS: orElse(
    numberVariable({ min: 1_000, max: 1_800_000 }),
    '30000',
    'After so long without a sign of life, ms, a member of a consumer group loses its partitions to the others.',
  ),
  KAFKA_HEARTBEAT_INTERVAL_MS: orElse(
    numberVariable({ min: 100, max: 600_000 }),
    '3000',
    'How often a member gives a sign of life, ms; a third of the session or less.',
  ),
  KAFKA_REBALANCE_TIMEOUT_MS: orElse(
    numberVariable({ min: 1_000, max: 1_800_000 }),
    '60000',
    'How long a group waits for its members to join anew, ms.',
  ),
};

/** How a service reaches ClickHouse. */
export const CLICKHOUSE_VARIABLES = {
  CLICKHOUSE_URL: urlVariable.describe(
    'HTTP interface of ClickHouse, `http://host:8123` or `https://host:8443`.',
  ),
  CLICKHOUSE_USER: orElse(textVariable, 'default', 'User who may write the tables.'),
  CLICKHOUSE_PASSWORD: orElse(textVariable, '', 'Password; or `CLICKHOUSE_PASSWORD_FILE`.'),
  CLICKHOUSE_DATABASE: orElse(textVariable, 'burnline', 'Database that holds the tables.'),
  CLICKHOUSE_TLS_CA_FILE: optional(
    textVariable,
    'Certificates of the authorities to trust, PEM; else those of the system.',
  ),
};

/** Where schemas are registered; without the URL the checked-in table serves. */
export const REGISTRY_VARIABLES = {
  SCHEMA_REGISTRY_URL: optional(
    urlVariable,
    "Schema registry that speaks Confluent's REST protocol, with its path if it has one. The same for all services of a stream, from the stream's beginning; not set: the schemas that come with Burnline.",
  ),
  SCHEMA_REGISTRY_USERNAME: optional(textVariable, 'User of the registry, where it asks for one.'),
  SCHEMA_REGISTRY_PASSWORD: optional(textVariable, 'Password; or `SCHEMA_REGISTRY_PASSWORD_FILE`.'),
};

/** When whoever reads a stream's messages halts. */
export const READING_VARIABLES = {
  BURNLINE_UNREADABLE_SHARE: orElse(
    shareVariable,
    String(UNREADABLE_LIMITS.shareMax),
    "Halt when more than this share of a partition's last 200 messages cannot be read; `1` sets all of them aside.",
  ),
};

/** What every service has. */
export const SERVICE_VARIABLES = {
  BURNLINE_STREAM: orElse(
    z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9 and hyphen'),
    'live',
    'Name of the stream: a region or a cluster. Several streams may feed one database.',
  ),
  BURNLINE_HTTP_HOST: orElse(
    textVariable,
    '127.0.0.1',
    'Where `/live`, `/ready` and `/metrics` are served; `0.0.0.0` in a container.',
  ),
  BURNLINE_HTTP_PORT: orElse(
    numberVariable({ min: 0, max: 65_535 }),
    '9464',
    'Port of these; 0 takes a free one.',
  ),
  BURNLINE_LOG_LEVEL: orElse(
    wordVariable(['debug', 'info', 'warn', 'error', 'silent']),
    'info',
    '`debug`, `info`, `warn`, `error` or `silent`.',
  ),
  BURNLINE_ON_HALT: orElse(
    wordVariable(['exit', 'wait']),
    'exit',
    'After a deliberate halt, which the same input would give again: `exit` ends the process with 1; `wait` leaves it there without work until it is told to end, `/ready` naming the cause, so that a supervisor does not start it for ever.',
  ),
  BURNLINE_STOP_TIMEOUT_MS: orElse(
    numberVariable({ min: 100, max: 600_000 }),
    '25000',
    'How long a stop may take, ms, before the process ends anyway; shorter than what its supervisor allows.',
  ),
};

/** What must be set beside another variable. */
export const COMPANIONS = {
  KAFKA_SASL_MECHANISM: ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
  KAFKA_SASL_USERNAME: ['KAFKA_SASL_MECHANISM'],
  KAFKA_TLS_CERT_FILE: ['KAFKA_TLS_KEY_FILE'],
  KAFKA_TLS_KEY_FILE: ['KAFKA_TLS_CERT_FILE'],
  SCHEMA_REGISTRY_USERNAME: ['SCHEMA_REGISTRY_URL', 'SCHEMA_REGISTRY_PASSWORD'],
  SCHEMA_REGISTRY_PASSWORD: ['SCHEMA_REGISTRY_USERNAME'],
};
