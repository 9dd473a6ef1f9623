import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  loadPackageSchemas,
  readSchemaTable,
  messageSchemaText,
  readMessageSchema,
  schemaIdOf,
  type AvroComplexJson,
} from '@burnline/contracts';
import { loadSpecs } from '@burnline/specs';
import { createPublisher, httpTransport } from '@burnline/publisher';
import { SpecCatalog } from '@burnline/counting';
import { startRollout } from '@burnline/judging';
import {
  Supervision,
  createLogger,
  openKafkaLog,
  openSchemas,
  openStream,
  type KafkaEventLog,
} from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { USUAL, writeMessage } from '@burnline/testing';
import { startCli } from '../support/burnline-cli.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventNumber } from '../support/events.ts';
import { registryProgram, startRegistry, type RunningRegistry } from '../support/registry/start-registry.ts';

/**
 * Goal: with a schema registry, messages carry its ids; what cannot be read is refused before anything is written; what a
 * newer version writes is counted and kept by this one; and without the registry's answer nothing is guessed.
 *
 * Method: a real registry (Apicurio), broker and engine; collector, processor and sink as processes. Other schemas are
 * registered first, so that no id is by chance that of the checked-in table.
 */
const STREAM = `registry-${process.pid}`;
const INFERENCE = `burnline.${STREAM}.inference`;
const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const versionsOf = (kind: string): number => readSchemaTable().filter((entry) => entry.kind === kind).length;
const NEWER_ID_MIN = readSchemaTable().length + 1;

const table = loadPackageSchemas();
const own = table.schemaOf(table.idOf('inference'))!.schema;
const newer: AvroComplexJson = {
  ...own,
  fields: [
    ...own.fields!.slice(0, 3),
    { name: 'shard_ms', doc: 'Of another version.', type: ['null', 'double'], default: null },
    ...own.fields!.slice(3),
  ],
};
const incompatible: AvroComplexJson = {
  ...own,
  fields: own.fields!.map((field) =>
    field.name === 'duration_ms' ? { ...field, type: 'string', default: '' } : field,
  ),
};

const program = await registryProgram((message) => process.stderr.write(`${message}\n`)).catch(
  (error: unknown) => {
    if (process.env['CI'] || process.env['BURNLINE_KAFKA_REQUIRED'] === '1') throw error;
    process.stderr.write(`\n*** SKIPPED: all tests of the schema registry. ***\n  ${String(error)}\n`);
    return null;
  },
);

describe.skipIf(program === null || inject('kafkaBrokers').length === 0)('with a schema registry', () => {
  let registry: RunningRegistry;
  let database: TestDatabase;
  let log: KafkaEventLog;
  let env: Record<string, string>;
  const children: ChildProcess[] = [];
  const logger = createLogger({ name: 'registry test', level: 'error' });
  const supervision = new Supervision(logger);

  beforeAll(async () => {
    registry = await startRegistry(program!);
    database = await startTestDatabase();
    const brokers = inject('kafkaBrokers');
    log = await openKafkaLog({ brokers });
    env = {
      KAFKA_BROKERS: brokers.join(','),
      CLICKHOUSE_URL: database.url,
      CLICKHOUSE_USER: 'burnline',
      CLICKHOUSE_PASSWORD: 'test',
      SCHEMA_REGISTRY_URL: registry.url,
      BURNLINE_STREAM: STREAM,
      BURNLINE_PARTITIONS: '1',
      BURNLINE_HTTP_PORT: '0',
      BURNLINE_INTAKE_PORT: '0',
    };
    for (const name of ['One', 'Two', 'Three'])
      await register(`others.${name}`, JSON.stringify({ type: 'record', name, fields: [] }));
  }, 180_000);
  afterAll(async () => {
    await supervision.stop();
    await Promise.all(children.map((child) => endOf(child)));
    await log.close();
    await database.close();
    await registry.stop();
  });

  async function ask(path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${registry.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': CONTENT_TYPE },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  }
  async function register(subject: string, schema: string): Promise<number> {
    const answer = await ask(`/subjects/${subject}/versions`, { schema });
    expect(answer).toEqual({ id: expect.any(Number) as number });
    return (answer as { id: number }).id;
  }
  const subjectsOf = async (stream: string): Promise<string[]> =>
    ((await ask('/subjects')) as string[]).filter((one) => one.startsWith(`burnline.${stream}.`)).sort();

  async function migrate(over: Record<string, string> = {}, args: readonly string[] = []) {
    const result = await startCli(['--json', 'migrate', ...args], { env: { ...env, ...over } }).ended;
    return { ...result, report: JSON.parse(result.stdout) as unknown };
  }

  function startService(name: string): { readonly child: ChildProcess; readonly lines: () => string } {
    const main = new URL(`../../services/${name}/dist/main.js`, import.meta.url).pathname;
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    let lines = '';
    child.stderr.on('data', (chunk: Buffer) => (lines += chunk.toString()));
    return { child, lines: () => lines };
  }

  async function endOf(child: ChildProcess): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    return child.exitCode;
  }

  async function until(look: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
    for (const deadline = performance.now() + 60_000; ; await sleep(100)) {
      if (await look()) return;
      if (performance.now() > deadline) throw new Error(`not in time: ${what()}`);
    }
  }

  async function counted(): Promise<unknown> {
    const [panes] = await database.store.query<object>(
      `SELECT toUInt32(sum(total)) AS total, toUInt32(sum(good)) AS good FROM slo_panes
       WHERE slo = 'chat-availability' AND stream = {stream:String}`,
      { stream: STREAM },
    );
    const [rows] = await database.store.query<object>(
      `SELECT toUInt32(count()) AS kept, toUInt32(uniqExact(event_id)) AS ids FROM inferences WHERE stream = {stream:String}`,
      { stream: STREAM },
    );
    return { ...panes, ...rows };
  }

  async function untilCounted(total: number, good: number): Promise<void> {
    const expected = { total, good, kept: total, ids: total };
    let found: unknown;
    await until(
      async () => JSON.stringify((found = await counted())) === JSON.stringify(expected),
      () => `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`,
    );
  }

  const eventsFrom = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      eventNumber(first + index, {
        status: (first + index) % 3 === 0 ? 'error' : 'ok',
        occurred_at: Date.now() * 1_000,
      }),
    );

  it.each(['BACKWARD', 'NONE'])(
    'refuses an incompatible schema before anything is written: %s',
    async (rule) => {
      const over = { BURNLINE_STREAM: `${STREAM}-${rule.toLowerCase()}`, CLICKHOUSE_DATABASE: 'bad' };
      const subject = `burnline.${over.BURNLINE_STREAM}.inference-value`;
      await register(subject, messageSchemaText(incompatible));
      const config = await fetch(`${registry.url}/config/${subject}`, {
        method: 'PUT',
        headers: { 'content-type': CONTENT_TYPE },
        body: JSON.stringify({ compatibility: rule }),
      });
      expect(config.status, await config.text()).toBe(200);
      const { exitCode, report } = await migrate(over);
      expect(exitCode).toBe(1);
      expect(report).toMatchObject({
        error: { code: 'REGISTRY_SCHEMA_INCOMPATIBLE', details: { subject } },
      });
      expect(await subjectsOf(over.BURNLINE_STREAM)).toEqual([subject]);
      expect(await log.describeTopics([`burnline.${over.BURNLINE_STREAM}.inference`])).toEqual([]);
      const databases = await database.store.query("SELECT name FROM system.databases WHERE name = 'bad'");
      expect(databases).toEqual([]);
    },
  );

  it('registers every schema once, under a rule, however often and by however many', async () => {
    const results = await Promise.all([migrate(), migrate()]);
    expect(results.map(({ exitCode, stdout }) => [exitCode, exitCode === 0 ? '' : stdout])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const kinds = {
      'inference-value': 'inference',
      'marks-value': 'mark',
      'reports-value': 'report',
      'verdicts-value': 'verdict',
    };
    expect(await subjectsOf(STREAM)).toEqual(Object.keys(kinds).map((one) => `burnline.${STREAM}.${one}`));
    for (const [subject, kind] of Object.entries(kinds)) {
      const versions = await ask(`/subjects/burnline.${STREAM}.${subject}/versions`);
      expect(versions).toEqual(Array.from({ length: versionsOf(kind) }, (_, index) => index + 1));
      expect(await ask(`/config/burnline.${STREAM}.${subject}`)).toEqual({ compatibilityLevel: 'BACKWARD' });
    }
    expect((await migrate({}, ['--check'])).report).toMatchObject({
      isAnythingToDo: false,
      made: [],
      drift: [],
    });
  });

  it('does not take a stream that was begun without it', async () => {
    const over = { BURNLINE_STREAM: `${STREAM}-begun` };
    expect((await migrate({ ...over, SCHEMA_REGISTRY_URL: '' })).exitCode).toBe(0);
    const topic = `burnline.${over.BURNLINE_STREAM}.inference`;
    const value = writeMessage(table.idOf('inference'), own, eventsFrom(0, 1) as never, USUAL);
    await log.append([{ topic, partition: 0, messages: [{ value }] }]);
    const { exitCode, report } = await migrate(over);
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({ error: { code: 'REGISTRY_STREAM_BEGUN_WITHOUT' } });
    expect(await subjectsOf(over.BURNLINE_STREAM)).toEqual([]);
  });

  it(
    'carries its ids in the log, counts and keeps what a newer version writes, also after a restart, and halts at the unknown',
    { timeout: 240_000 },
    async () => {
      const schemas = await openSchemas(registryConfig(), STREAM, { logger, signal: supervision.signal });
      const stream = await openStream(
        { log, store: database.store, supervision },
        { name: STREAM, kind: 'live', partitionCount: 1 },
      );
      const { plans } = loadSpecs([{ file: SPECS, text: await readFile(SPECS, 'utf8') }], {
        mode: 'tolerant',
      });
      const catalog = new SpecCatalog(database.store);
      await startRollout(
        { log, store: database.store, schemas, supervision, logger, catalog },
        stream,
        plans,
      );

      const collector = startService('collector');
      let processor = startService('processor');
      const sink = startService('sink');
      const intake = () => /"intake":\s*"([^"]+)"/.exec(collector.lines())?.[1];
      await until(
        () => intake() !== undefined,
        () => collector.lines(),
      );
      // Framed by the publisher with the table's ids, and taken as JSON.
      const publisher = createPublisher({
        transport: httpTransport({ url: intake()! }),
        stream: STREAM,
        service: 'chat',
        environment: 'test',
      });
      for (let index = 0; index < 20; index += 1)
        publisher.emit({ model_requested: 'model-a', status: 'ok', duration_ms: 900, ttft_ms: 300 });
      await publisher.close({ timeoutMs: 20_000 });
      expect(publisher.counters()).toMatchObject({ acknowledged: 20 });
      const json = await fetch(`${intake()!}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          service: 'chat',
          model_requested: 'model-a',
          status: 'error',
          duration_ms: 9,
        }),
      });
      expect(json.status, await json.text()).toBe(200);
      await untilCounted(21, 20);

      const ids = new Set(
        (await log.read({ topic: INFERENCE, partition: 0, fromOffset: 0, bytesMax: 10_000_000 })).map(
          ({ value }) => schemaIdOf(value),
        ),
      );
      expect([...ids].every((id) => id > 3)).toBe(true);
      expect(ids).toContain(schemas.idOf('inference'));
      expect(ids).not.toContain(table.idOf('inference'));

      const newerId = await register(`${INFERENCE}-value`, messageSchemaText(newer));
      expect(newerId).toBeGreaterThanOrEqual(NEWER_ID_MIN);
      const first = writeNewer(newerId, 0, 9);
      await append(first);
      await untilCounted(30, 26);

      await endOf(processor.child);
      processor = startService('processor');
      // A repeat is known as such although its schema has to be fetched before the first message can be read.
      await append(first);
      await append(writeNewer(newerId, 9, 6));
      await untilCounted(36, 30);
      expect(await endOf(sink.child)).toBe(0);

      await append(writeMessage(2_000_000_000, own, eventsFrom(0, 1) as never, USUAL));
      await once(processor.child, 'exit');
      expect(processor.child.exitCode).toBe(1);
      expect(processor.lines()).toContain('2000000000');
      expect(await endOf(collector.child)).toBe(0);
    },
  );

  it('says what is wrong with what it finds under an id', () => {
    const refusal = (text: string): unknown => {
      try {
        return readMessageSchema(9, text);
      } catch (error) {
        return error;
      }
    };
    for (const text of [
      '{',
      '"string"',
      '{"type":"array","items":"long"}',
      messageSchemaText({ ...own, name: 'Other' }),
    ])
      expect(refusal(text)).toMatchObject({ code: 'CONTRACT_SCHEMA_UNKNOWN', outcome: 'halt' });
    expect(refusal(messageSchemaText(newer))).toMatchObject({ id: 9, kind: 'inference' });
  });

  const registryConfig = () => ({
    SCHEMA_REGISTRY_URL: registry.url,
    SCHEMA_REGISTRY_USERNAME: undefined,
    SCHEMA_REGISTRY_PASSWORD: undefined,
  });
  const writeNewer = (schemaId: number, from: number, count: number): Uint8Array =>
    writeMessage(
      schemaId,
      newer,
      eventsFrom(from, count).map((event) => ({ ...event, shard_ms: 12.5 })),
      USUAL,
    );
  const append = (value: Uint8Array) =>
    log.append([{ topic: INFERENCE, partition: 0, messages: [{ value }] }]);
});
