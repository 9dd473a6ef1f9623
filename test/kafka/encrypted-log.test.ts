import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { isAppError } from '@burnline/core';
import { openKafkaLog, type EventLog, type KafkaLogOptions, type Logger } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeCertificates, type Certificates } from '../support/kafka/certificates.ts';
import { startKafka, type RunningKafka } from '../support/kafka/start-kafka.ts';

/**
 * Goal: the log works over TLS with every kind of login, and whoever is configured wrongly learns what is wrong, in bounded
 * time, from a message without secrets.
 */
const PASSWORD = 'correct horse';
const WRONG_PASSWORD = 'battery staple';
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
/** A broker that does not answer is looked for so long; what is refused is told at once. */
const PATIENCE_MS = 2_000;
const TOPIC = {
  partitionCount: 1,
  timestamps: 'append',
  retentionMs: null,
  retentionBytes: null,
  messagesKeptMin: 0,
  messageBytesMax: 1_000_000,
} as const;

interface Failure {
  readonly code: string;
  readonly outcome: string;
  readonly message: string;
  readonly remedy: string;
}

/** Keeps all that is logged, at every level. */
function keepingLogger(lines: unknown[]): Logger {
  const keep = (...entry: readonly unknown[]): void => {
    lines.push(entry);
  };
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => logger };
  return logger;
}

/** How opening fails. Neither the error with all its causes nor the log may tell a password. */
async function failureOf(options: KafkaLogOptions): Promise<Failure> {
  const lines: unknown[] = [];
  const failure = await openKafkaLog({
    patienceMs: PATIENCE_MS,
    logger: keepingLogger(lines),
    ...options,
  }).then(
    async (log) => {
      await log.close();
      throw new Error('it was let in');
    },
    (error: unknown) => error,
  );
  const told = inspect([failure, lines], { depth: null, showHidden: true });
  for (const password of [PASSWORD, WRONG_PASSWORD]) {
    expect(told).not.toContain(password);
    expect(told).not.toContain(Buffer.from(password).toString('base64'));
  }
  if (!isAppError(failure)) throw failure;
  const { code, outcome, message, remedy = '' } = failure;
  return { code, outcome, message, remedy };
}

/** Publishes, consumes, commits, and reads the commit again. */
async function useLog(log: EventLog, name: string): Promise<void> {
  await log.ensureTopics([{ name, ...TOPIC }]);
  const value = Buffer.from('a message');
  expect(await log.append([{ topic: name, partition: 0, messages: [{ value }] }])).toEqual([0]);
  const consumer = await log.consume({ group: name, topics: [name] });
  const values: string[] = [];
  while (values.length === 0) {
    const delivery = await consumer.next(1_000);
    if (delivery.kind === 'messages')
      values.push(...delivery.messages.map((message) => Buffer.from(message.value).toString()));
  }
  expect(values).toEqual(['a message']);
  await consumer.commit([{ topic: name, partition: 0, offset: 1, metadata: 'done' }]);
  await consumer.close();
  expect(await log.committed(name, [name])).toEqual([
    { topic: name, partition: 0, offset: 1, metadata: 'done' },
  ]);
}

describe.skipIf(!inject('canStartKafka'))('a log that is encrypted and asks for a login', () => {
  let folder: string;
  let certificates: Certificates;
  let strangers: Certificates;
  let kafka: RunningKafka;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'burnline-certificates-'));
    certificates = await makeCertificates(path.join(folder, 'own'));
    strangers = await makeCertificates(path.join(folder, 'strangers'));
    kafka = await startKafka({ security: { tls: { certificates }, users: { burnline: PASSWORD } } });
  });

  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const options = (): KafkaLogOptions => ({
    brokers: kafka.brokers,
    tls: { caFile: certificates.caFile },
    sasl: { mechanism: 'scram-sha-512', username: 'burnline', password: PASSWORD },
  });

  it.each(MECHANISMS)('publishes, consumes and commits by %s', async (mechanism) => {
    const log = await openKafkaLog({
      ...options(),
      sasl: { mechanism, username: 'burnline', password: PASSWORD },
    });
    await useLog(log, `used-by-${mechanism}`);
    await log.close();
  });

  it.each(MECHANISMS)('names the login where the password is wrong, by %s', async (mechanism) => {
    const sasl = { mechanism, username: 'burnline', password: WRONG_PASSWORD };
    const failure = await failureOf({ ...options(), sasl });
    expect(failure).toMatchObject({ code: 'LOG_REFUSED', outcome: 'halt' });
    expect(failure.message).toMatch(/authentication/i);
    expect(failure.remedy).toMatch(/user/);
  });

  it('names the certificate where its authority is unknown', async () => {
    for (const tls of [{ caFile: strangers.caFile }, {}]) {
      const failure = await failureOf({ ...options(), tls });
      expect(failure).toMatchObject({ code: 'LOG_REFUSED', outcome: 'halt' });
      expect(failure.message).toMatch(/certificate/);
      expect(failure.remedy).toMatch(/certificates/);
    }
  });

  it('names the certificate where it is of another host', async () => {
    const tls = { caFile: certificates.caFile, serverName: 'broker.example' };
    const failure = await failureOf({ ...options(), tls });
    expect(failure).toMatchObject({ code: 'LOG_REFUSED', outcome: 'halt' });
    expect(failure.message).toMatch(/does not match certificate/);
  });

  it('names the file where the authority cannot be read', async () => {
    const failure = await failureOf({ ...options(), tls: { caFile: '/nowhere/ca.pem' } });
    expect(failure).toMatchObject({ code: 'LOG_REFUSED', outcome: 'halt' });
    expect(failure.message).toContain('/nowhere/ca.pem');
    expect(failure.remedy).toContain('KAFKA_TLS_CA_FILE');
  });

  // The broker only ends the connection, as one does that is starting: so it is tried for a while, and then told.
  it.each([
    ['plain text to a TLS listener', () => ({ tls: null })],
    ['TLS to a plain listener', () => ({ brokers: kafka.directBrokers })],
    ['without a login to a listener that asks for one', () => ({ sasl: null })],
  ])('gives up in bounded time who speaks %s', async (_, wrong) => {
    const failure = await failureOf({ ...options(), ...wrong() });
    expect(failure).toMatchObject({ code: 'LOG_UNREACHABLE', outcome: 'retry' });
    expect(failure.message).toMatch(/connecting/);
    expect(failure.remedy).toMatch(/KAFKA_TLS and KAFKA_SASL_MECHANISM/);
  });
});
