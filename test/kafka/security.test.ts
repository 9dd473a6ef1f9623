import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openKafkaLog, type KafkaTls } from '@burnline/runtime';
import kafkajs, { type KafkaConfig } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { appendTexts, expectCode, topic, turnsUntil, Watched } from '../contract/event-log/harness.ts';
import { makeCertificates, type Certificates } from '../support/kafka/certificates.ts';
import { startKafka, type RunningKafka } from '../support/kafka/start-kafka.ts';

const { Kafka, logLevel } = kafkajs;
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** Number of brokers that a client with this configuration is told of; rejects if it is not let in. */
async function brokersSeen(brokers: readonly string[], config: Partial<KafkaConfig>): Promise<number> {
  const client = new Kafka({
    clientId: 'security-test',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 5_000,
    ...config,
  });
  const admin = client.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}

describe.skipIf(!inject('canStartKafka'))('a listener with TLS and SASL', () => {
  let folder: string;
  let certificates: Certificates;
  let kafka: RunningKafka;
  let ca: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'burnline-certificates-'));
    certificates = await makeCertificates(folder);
    ca = await readFile(certificates.caFile, 'utf8');
    kafka = await startKafka({ security: { tls: { certificates }, users: { burnline: 'right' } } });
  });

  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(MECHANISMS)('lets a user in by %s with the right password, and only so', async (mechanism) => {
    const login = (password: string) => ({
      ssl: { ca: [ca] },
      sasl: { mechanism, username: 'burnline', password } as NonNullable<KafkaConfig['sasl']>,
    });
    expect(await brokersSeen(kafka.brokers, login('right'))).toBe(1);
    await expect(brokersSeen(kafka.brokers, login('wrong'))).rejects.toThrow(/authentication/i);
  });

  it.each(MECHANISMS)('serves the event log to a user by %s, and refuses it otherwise', async (mechanism) => {
    const open = (password: string, tls: KafkaTls | null) =>
      openKafkaLog({
        brokers: kafka.brokers,
        tls,
        sasl: { mechanism, username: 'burnline', password },
        patienceMs: 5_000,
      });
    const tls = { caFile: certificates.caFile };
    const log = await open('right', tls);
    const [name, group] = [`secure-${mechanism}`, `secure-${mechanism}`];
    await log.ensureTopics([topic({ name })]);
    await appendTexts(log, { topic: name, partition: 0 }, ['a']);
    const reader = new Watched(await log.consume({ group, topics: [name] }));
    await turnsUntil([reader], () => reader.messages.length === 1);
    await reader.consumer.commit([{ topic: name, partition: 0, offset: 1, metadata: '' }]);
    await log.close();
    await expectCode(open('wrong', tls), 'LOG_REFUSED');
    // The system's authorities do not know the broker's.
    await expectCode(open('right', {}), 'LOG_REFUSED');
  });

  it('is not trusted by who does not know its authority', async () => {
    await expect(brokersSeen(kafka.brokers, { ssl: true })).rejects.toThrow(/certificate/);
  });

  it('still answers on its plain listener', async () => {
    expect(await brokersSeen(kafka.directBrokers, {})).toBe(1);
  });
});

describe.skipIf(!inject('canStartKafka'))('a listener that asks for client certificates', () => {
  it('lets in who shows one of its authority, and only so', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'burnline-certificates-'));
    const certificates = await makeCertificates(folder);
    const kafka = await startKafka({ security: { tls: { certificates, requiresClientCertificate: true } } });
    try {
      const ca = [await readFile(certificates.caFile, 'utf8')];
      const cert = await readFile(certificates.clientCertificateFile, 'utf8');
      const key = await readFile(certificates.clientKeyFile, 'utf8');
      expect(await brokersSeen(kafka.brokers, { ssl: { ca, cert, key } })).toBe(1);
      await expect(brokersSeen(kafka.brokers, { ssl: { ca } })).rejects.toThrow();
    } finally {
      await kafka.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
