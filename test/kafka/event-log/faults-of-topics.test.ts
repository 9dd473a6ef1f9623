import { once } from 'node:events';
import { open, readdir } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { openKafkaLog, type EventLog } from '@burnline/runtime';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  appendTexts,
  expectCode,
  readAll,
  text,
  topic,
  turnsUntil,
  Watched,
} from '../../contract/event-log/harness.ts';
import { freePort } from '../../support/kafka/ports.ts';
import { startKafka, type RunningKafka } from '../../support/kafka/start-kafka.ts';
import { QUICK, client, withAdmin } from './own-names.ts';

/**
 * Goal: what is wrong with one topic - a right that is missing, a disk that alters bytes, a writer with transactions - is
 * told or read past, and never a loop that goes on for ever; and a change of a topic's settings keeps everybody else's.
 *
 * Method: a broker with access rules, whose files are at hand, behind a proxy that can keep a request back.
 */
const USERS = { burnline: 'right', admin: 'also' };
const ALTER_CONFIGS = new Set([33, 44]);
const CODES_MS_MAX = 100_000;
const CODES_MAX = 3;

/** Passes everything on, except that a request to change settings waits until `release`. */
async function startHoldingProxy(port: number, brokerPort: () => number) {
  const state = { isHolding: false, held: [] as (() => void)[] };
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(brokerPort(), '127.0.0.1');
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        from.destroy();
        to.destroy();
      });
    }
    from.on('data', (bytes: Buffer) => {
      // Small requests come in one piece each on loopback.
      const isHeld = state.isHolding && bytes.length > 6 && ALTER_CONFIGS.has(bytes.readInt16BE(4));
      if (isHeld) state.held.push(() => to.write(bytes));
      else to.write(bytes);
    });
    to.on('data', (bytes: Buffer) => from.write(bytes));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    state,
    release: () => {
      state.isHolding = false;
      for (const send of state.held.splice(0)) send();
    },
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Codes of the turns that failed, until it is enough or the time is over. */
async function codesOf(reader: Watched, isEnough: (codes: readonly string[]) => boolean): Promise<string[]> {
  const codes: string[] = [];
  const deadlineMs = performance.now() + CODES_MS_MAX;
  while (!isEnough(codes) && performance.now() < deadlineMs) {
    await reader.turn().catch((error: unknown) => codes.push((error as { code: string }).code));
  }
  return codes.slice(0, CODES_MAX);
}

describe.skipIf(!inject('canStartKafka'))('a topic in trouble', () => {
  let kafka: RunningKafka;
  let proxy: Awaited<ReturnType<typeof startHoldingProxy>>;
  let log: EventLog;

  beforeAll(async () => {
    const advertisedPort = await freePort();
    proxy = await startHoldingProxy(advertisedPort, () => kafka.port);
    kafka = await startKafka({
      advertisedPort,
      security: { users: USERS },
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        // Brokers among themselves, and checks past the proxy, are nobody in particular.
        'super.users': 'User:ANONYMOUS;User:admin',
        'allow.everyone.if.no.acl.found': 'true',
      },
    });
    log = await openKafkaLog({
      ...QUICK,
      brokers: kafka.brokers,
      sasl: { mechanism: 'plain', username: 'burnline', password: USERS.burnline },
      patienceMs: 3_000,
    });
  });
  afterAll(async () => {
    await log.close();
    await kafka.stop();
    await proxy.close();
  });

  async function setRight(
    resourceType: kafkajs.AclResourceTypes,
    name: string,
    operation: kafkajs.AclOperationTypes,
    permissionType = kafkajs.AclPermissionTypes.DENY,
  ): Promise<void> {
    const acl = {
      resourceType,
      resourceName: name,
      resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
      principal: 'User:burnline',
      host: '*',
      operation,
      permissionType,
    };
    await withAdmin(kafka.directBrokers, (admin) => admin.createAcls({ acl: [acl] }));
  }

  it.each([
    ['read', kafkajs.AclOperationTypes.READ],
    ['seen', kafkajs.AclOperationTypes.ALL],
  ])('that may not be %s is told soon, and again in its turns', async (what, operation) => {
    const [free, closed] = [`free-${what}`, `closed-${what}`];
    await log.ensureTopics([topic({ name: free }), topic({ name: closed })]);
    await appendTexts(log, { topic: free, partition: 0 }, ['a']);
    const { TOPIC } = kafkajs.AclResourceTypes;
    const { DESCRIBE } = kafkajs.AclOperationTypes;
    await setRight(TOPIC, closed, operation);
    // With one rule about a topic, what no rule allows is forbidden.
    if (what === 'read') await setRight(TOPIC, closed, DESCRIBE, kafkajs.AclPermissionTypes.ALLOW);
    const reader = new Watched(await log.consume({ group: `acl-${what}`, topics: [free, closed] }));
    expect(await codesOf(reader, (codes) => codes.length === 3)).toEqual(Array(3).fill('LOG_REFUSED'));
    // Who may know where the topic's partitions are has the rest of the group's share as ever.
    const isFreeRead = () => reader.messages.some(({ topic: name }) => name === free);
    if (what === 'read') await codesOf(reader, isFreeRead);
    expect(isFreeRead()).toBe(what === 'read');
    await reader.consumer.close();
  });

  it('whose group may not be read is told in every turn, without asking as fast as it can', async () => {
    const name = 'acl-group';
    await log.ensureTopics([topic({ name })]);
    await setRight(kafkajs.AclResourceTypes.GROUP, name, kafkajs.AclOperationTypes.ALL);
    const reader = new Watched(await log.consume({ group: name, topics: [name] }));
    expect(await codesOf(reader, (codes) => codes.length === 3)).toEqual(Array(3).fill('LOG_REFUSED'));
    await reader.consumer.close();
  });

  it('whose bytes a disk has altered is told, after what is sound and with nothing committed', async () => {
    const name = 'altered';
    await log.ensureTopics([topic({ name, partitionCount: 2 })]);
    for (const value of ['sound', 'damaged', 'behind'])
      await appendTexts(log, { topic: name, partition: 0 }, [value]);
    const directory = path.join(kafka.directory, 'data', `${name}-0`);
    const segment = (await readdir(directory)).find((file) => file.endsWith('.log'))!;
    const file = await open(path.join(directory, segment), 'r+');
    const bytes = await file.readFile();
    const at = bytes.indexOf('damaged');
    await file.write(Buffer.from('x'), 0, 1, at);
    await file.close();
    const reader = new Watched(await log.consume({ group: name, topics: [name] }));
    await appendTexts(log, { topic: name, partition: 1 }, ['other']);
    const codes = await codesOf(reader, (all) => all.length > 0 && reader.textsOf(1).length === 1);
    expect(codes[0]).toBe('LOG_CORRUPT');
    expect(reader.textsOf(0)).toEqual(['sound']);
    expect(await log.committed(name, [name])).toEqual([]);
    const read = (fromOffset: number) => log.read({ topic: name, partition: 0, fromOffset, bytesMax: 1_000 });
    await expectCode(read(1), 'LOG_CORRUPT');
    expect((await read(2)).map(text)).toEqual(['behind']);
    await reader.consumer.close();
  });

  it('with transactions is read past their ends, each an offset with a message that has no value', async () => {
    const name = 'transactions';
    await log.ensureTopics([topic({ name })]);
    const producer = client(kafka.directBrokers).producer({
      idempotent: true,
      transactionalId: 'foreign',
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: name, messages: [{ value: 'a', partition: 0 }] });
    await transaction.commit();
    await producer.disconnect();
    const reader = new Watched(await log.consume({ group: name, topics: [name] }));
    await turnsUntil([reader], () => reader.messages.length === 2);
    await appendTexts(log, { topic: name, partition: 0 }, ['b']);
    await turnsUntil([reader], () => reader.messages.length === 3);
    expect(reader.messages.map(({ offset }) => offset)).toEqual([0, 1, 2]);
    expect(reader.textsOf(0)).toEqual(['a', '', 'b']);
    expect((await readAll(log, { topic: name, partition: 0 }, 1)).map(text)).toEqual(['', 'b']);
    await reader.consumer.close();
  });

  it('whose settings are taken over keeps what an operator sets at the same moment', async () => {
    const name = 'settings';
    await log.ensureTopics([topic({ name, retentionMs: 3_600_000 })]);
    const settingsNow = () =>
      withAdmin(kafka.directBrokers, async (admin) => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
        });
        const entries = resources[0]!.configEntries;
        return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
      });
    const before = await settingsNow();
    proxy.state.isHolding = true;
    const changing = log.ensureTopics([topic({ name, retentionMs: 7_200_000 })]);
    while (proxy.state.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const kept = ['message.timestamp.type', 'retention.ms', 'max.message.bytes', 'compression.type'];
    const configEntries = [
      ...kept.map((setting) => ({ name: setting, value: before.get(setting)! })),
      { name: 'segment.ms', value: '123456789' },
    ];
    await withAdmin(kafka.directBrokers, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries }],
      }),
    );
    proxy.release();
    await changing;
    const after = await settingsNow();
    expect(after.get('segment.ms')).toBe('123456789');
    expect(after.get('retention.ms')).toBe('7200000');
  });
});
