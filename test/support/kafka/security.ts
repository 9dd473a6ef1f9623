import type { Certificates } from './certificates.ts';

/** Of the listener for clients; brokers talk among themselves in plain text on loopback. */
export interface KafkaSecurity {
  readonly tls?: {
    readonly certificates: Certificates;
    /** Clients must show a certificate of the same authority. */
    readonly requiresClientCertificate?: boolean;
  };
  /** Passwords by user name; each may log in by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly users?: Readonly<Record<string, string>>;
}

const SCRAM_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const LISTENER = 'listener.name.client';
const MODULES = 'org.apache.kafka.common.security';

export function clientProtocol({ tls, users }: KafkaSecurity): string {
  if (users) return tls ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return tls ? 'SSL' : 'PLAINTEXT';
}

export function securityProperties({ tls, users }: KafkaSecurity): Record<string, string> {
  return { ...(tls && tlsProperties(tls)), ...(users && saslProperties(users)) };
}

/** SCRAM users are records of the metadata log: they are there from the first start only if the format writes them. */
export function formatArgs({ users = {} }: KafkaSecurity): string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    SCRAM_MECHANISMS.flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}

function tlsProperties(tls: NonNullable<KafkaSecurity['tls']>): Record<string, string> {
  return {
    [`${LISTENER}.ssl.keystore.type`]: 'PEM',
    [`${LISTENER}.ssl.keystore.location`]: tls.certificates.serverFile,
    [`${LISTENER}.ssl.truststore.type`]: 'PEM',
    [`${LISTENER}.ssl.truststore.location`]: tls.certificates.caFile,
    [`${LISTENER}.ssl.client.auth`]: tls.requiresClientCertificate ? 'required' : 'none',
  };
}

function saslProperties(users: Readonly<Record<string, string>>): Record<string, string> {
  const plainUsers = Object.entries(users).map(([name, password]) => ` user_${name}="${password}"`);
  const scram = SCRAM_MECHANISMS.map((mechanism): [string, string] => [
    `${LISTENER}.${mechanism.toLowerCase()}.sasl.jaas.config`,
    `${MODULES}.scram.ScramLoginModule required;`,
  ]);
  return {
    [`${LISTENER}.sasl.enabled.mechanisms`]: ['PLAIN', ...SCRAM_MECHANISMS].join(','),
    [`${LISTENER}.plain.sasl.jaas.config`]: `${MODULES}.plain.PlainLoginModule required${plainUsers.join('')};`,
    ...Object.fromEntries(scram),
  };
}
