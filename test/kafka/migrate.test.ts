import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import { openStore, type Store } from '@burnline/runtime';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startCli, type CliResult } from '../support/burnline-cli.ts';
import { startKafka, type RunningKafka } from '../support/kafka/start-kafka.ts';

/**
 * Goal: `burnline migrate` makes what is missing, says what differs, changes what is safe to change and nothing else, however
 * often and by however many it is run.
 *
 * Method: the command as a process, against a broker and an engine; what it did is read with kafkajs's own admin client and
 * with SQL.
 */
const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;
const DAY_MS = 86_400_000;

interface Report {
  readonly isAnythingToDo: boolean;
  readonly made: readonly { readonly kind: string; readonly name: string; readonly detail: string }[];
  readonly drift: readonly {
    readonly topic: string;
    readonly setting: string;
    readonly wanted: string;
    readonly found: string;
    readonly action: string;
    readonly reason: string;
  }[];
}

describe.skipIf(!inject('canStartKafka'))('burnline migrate', () => {
  let kafka: RunningKafka;
  let engine: Awaited<ReturnType<typeof startEngine>>;
  let directory: string;
  let admin: ReturnType<InstanceType<typeof Kafka>['admin']>;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'burnline-migrate-'));
    kafka = await startKafka();
    engine = await startEngine({
      dataDirectory: path.join(directory, 'clickhouse'),
      port: 0,
      users: [{ name: 'burnline', password: 'test', role: 'pipeline' }],
    });
    admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin.disconnect();
    await engine.stop();
    await kafka.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** A stream of its own for each test; decisions, dead letters and evaluators are shared by all. */
  function environmentOf(stream: string, database = 'all tables'): Record<string, string> {
    return {
      KAFKA_BROKERS: kafka.brokers.join(','),
      CLICKHOUSE_URL: engine.url,
      CLICKHOUSE_USER: 'burnline',
      CLICKHOUSE_PASSWORD: 'test',
      CLICKHOUSE_DATABASE: database,
      BURNLINE_STREAM: stream,
      BURNLINE_PARTITIONS: '3',
    };
  }

  const run = (env: Record<string, string>, args: readonly string[] = []): Promise<CliResult> =>
    startCli(['--json', 'migrate', ...args], { env }).ended;

  async function migrate(
    env: Record<string, string>,
    args: readonly string[] = [],
    exitCode = 0,
  ): Promise<Report> {
    const result = await run(env, args);
    expect(result.exitCode, result.stdout + result.stderr).toBe(exitCode);
    return JSON.parse(result.stdout) as Report;
  }

  async function withStore<T>(env: Record<string, string>, work: (store: Store) => Promise<T>): Promise<T> {
    const store = openStore({
      url: engine.url,
      user: 'burnline',
      password: 'test',
      database: env['CLICKHOUSE_DATABASE']!,
    });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  async function settingsOf(topic: string): Promise<Record<string, string>> {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    });
    return Object.fromEntries(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
  }

  async function partitionsOf(topics: readonly string[]): Promise<Record<string, number>> {
    const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
    return Object.fromEntries(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
  }

  async function alter(topic: string, settings: Readonly<Record<string, string>>): Promise<void> {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  }

  it('makes everything at first, and finds nothing to do afterwards', async () => {
    const env = environmentOf('first');
    const before = await migrate(env, ['--check'], 3);
    expect(before.isAnythingToDo).toBe(true);
    expect(before.made.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['database', 'table migration', 'topic', 'epoch']),
    );
    expect(await admin.listTopics()).toEqual([]);

    expect((await migrate(env)).made).toEqual(before.made);
    expect(
      await partitionsOf(['burnline.first.inference', 'burnline.first.verdicts', 'burnline.first.reports']),
    ).toEqual({
      'burnline.first.inference': 3,
      'burnline.first.verdicts': 3,
      'burnline.first.reports': 3,
    });
    expect(
      await partitionsOf(['burnline.decisions', 'burnline.dead-letters', 'burnline.evaluators']),
    ).toEqual({ 'burnline.decisions': 1, 'burnline.dead-letters': 1, 'burnline.evaluators': 8 });
    expect(await settingsOf('burnline.first.inference')).toMatchObject({
      'retention.ms': String(7 * DAY_MS),
      'retention.bytes': '-1',
      'min.insync.replicas': '1',
      'message.timestamp.type': 'LogAppendTime',
      'cleanup.policy': 'delete',
    });
    expect(await settingsOf('burnline.decisions')).toMatchObject({ 'retention.ms': '-1' });
    const epochs = await withStore(env, (store) =>
      store.query('SELECT stream_epoch, partition_count FROM stream_epochs FINAL ORDER BY stream_epoch'),
    );
    expect(epochs).toEqual([
      { stream_epoch: 'burnline.first.inference@1', partition_count: 3 },
      { stream_epoch: 'burnline.first.verdicts@1', partition_count: 3 },
    ]);

    const again = await migrate(env, ['--check']);
    expect(again).toMatchObject({ isAnythingToDo: false, made: [], drift: [] });
    const { stdout } = await startCli(['migrate'], { env }).ended;
    expect(stdout).toBe('Nothing is to be done.\n');
  });

  it('grows what is too small, keeps what is larger, and leaves an operator’s own settings alone', async () => {
    const env = environmentOf('grows');
    await migrate(env);
    const topic = 'burnline.grows.inference';
    const own = { 'segment.bytes': '33554432', 'message.timestamp.type': 'LogAppendTime' };
    await alter(topic, {
      ...own,
      'retention.ms': '60000',
      'retention.bytes': '1000000',
      'max.message.bytes': '1000',
    });
    await alter('burnline.grows.verdicts', {
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': String(30 * DAY_MS),
    });
    // One bound grows, and the other must not shrink with it.
    await alter('burnline.grows.reports', {
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': '60000',
      'max.message.bytes': '4000000',
    });
    const check = await migrate(env, ['--check'], 3);
    const facts = check.drift.map(({ topic, setting, found, action }) => [topic, setting, found, action]);
    expect(facts).toEqual(
      expect.arrayContaining([
        [topic, 'retention.ms', '60000', 'grow'],
        [topic, 'retention.bytes', '1000000', 'grow'],
        [topic, 'max.message.bytes', '1000', 'grow'],
        ['burnline.grows.verdicts', 'retention.ms', String(30 * DAY_MS), 'keep'],
        ['burnline.grows.reports', 'retention.ms', '60000', 'grow'],
        ['burnline.grows.reports', 'max.message.bytes', '4000000', 'keep'],
      ]),
    );
    expect((await settingsOf(topic))['retention.ms']).toBe('60000');

    expect((await migrate(env)).drift).toEqual(check.drift);
    expect(await settingsOf(topic)).toMatchObject({
      ...own,
      'retention.ms': String(7 * DAY_MS),
      'retention.bytes': '-1',
    });
    expect(await settingsOf('burnline.grows.verdicts')).toMatchObject({
      'retention.ms': String(30 * DAY_MS),
    });
    expect(await settingsOf('burnline.grows.reports')).toMatchObject({
      'retention.ms': String(7 * DAY_MS),
      'max.message.bytes': '4000000',
    });
    const after = await migrate(env, ['--check'], 3);
    expect(after.isAnythingToDo).toBe(false);
    expect(after.drift.every(({ action, reason }) => action === 'keep' && reason !== '')).toBe(true);
  });

  it('reports every other kind of drift with a reason, and changes none of it', async () => {
    const env = environmentOf('differs');
    await migrate(env);
    const topic = 'burnline.differs.reports';
    const odd = {
      'cleanup.policy': 'compact',
      'compression.type': 'gzip',
      'message.timestamp.type': 'CreateTime',
      'min.insync.replicas': '2',
      'retention.ms': String(7 * DAY_MS),
    };
    await alter(topic, odd);
    const report = await migrate({ ...env, BURNLINE_PARTITIONS: '5', KAFKA_REPLICATION_FACTOR: '3' });
    const ofTopic = report.drift.filter((one) => one.topic === topic);
    expect(ofTopic.map(({ setting, wanted, found }) => [setting, wanted, found]).sort()).toEqual([
      ['cleanup.policy', 'delete', 'compact'],
      ['compression.type', 'producer', 'gzip'],
      ['max.message.bytes', expect.any(String), expect.any(String)],
      ['message.timestamp.type', 'LogAppendTime', 'CreateTime'],
      ['min.insync.replicas', '1', '2'],
      ['partitions', '5', '3'],
      ['replication.factor', '3', '1'],
    ]);
    expect(report.drift.filter(({ action }) => action === 'keep').every(({ reason }) => reason !== '')).toBe(
      true,
    );
    expect(report.drift.find(({ setting }) => setting === 'partitions')!.reason).toContain(
      'Begin a new stream',
    );
    expect(await settingsOf(topic)).toMatchObject(odd);
    expect(await partitionsOf([topic, 'burnline.differs.inference'])).toEqual({
      [topic]: 3,
      'burnline.differs.inference': 3,
    });
  });

  it('gives a topic that is missing as many partitions as the stream has', async () => {
    const env = environmentOf('part');
    await admin.createTopics({ topics: [{ topic: 'burnline.part.inference', numPartitions: 2 }] });
    const report = await migrate({ ...env, BURNLINE_PARTITIONS: '6' });
    expect(report.drift.find(({ setting }) => setting === 'partitions')).toMatchObject({
      topic: 'burnline.part.inference',
      wanted: '6',
      found: '2',
      reason: expect.stringContaining('While nothing is in the topic') as string,
    });
    expect(await partitionsOf(['burnline.part.verdicts', 'burnline.part.reports'])).toEqual({
      'burnline.part.verdicts': 2,
      'burnline.part.reports': 2,
    });
  });

  it('may be run by several at once', async () => {
    const env = environmentOf('several', 'several');
    const results = await Promise.all([run(env), run(env), run(env)]);
    expect(
      results.map(({ exitCode, stdout, stderr }) => [exitCode, exitCode === 0 ? '' : stdout + stderr]),
    ).toEqual(results.map(() => [0, '']));
    expect(await migrate(env, ['--check'])).toMatchObject({ isAnythingToDo: false, made: [] });
    const [versions] = await withStore(env, (store) =>
      store.query('SELECT count() = uniqExact(stream_epoch) AS ok FROM stream_epochs FINAL'),
    );
    expect(versions).toEqual({ ok: 1 });
  });

  it('names every fault of its environment at once', async () => {
    const result = await run({ BURNLINE_PARTITIONS: '0', BURNLINE_STREAM: 'A B' });
    expect(result.exitCode).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({
      error: {
        code: 'CONFIG_INVALID',
        details: {
          faults: [
            expect.stringContaining('KAFKA_BROKERS is missing'),
            expect.stringContaining('CLICKHOUSE_URL is missing'),
            expect.stringContaining('BURNLINE_STREAM'),
            expect.stringContaining('BURNLINE_PARTITIONS'),
          ],
        },
      },
    });
  });
});
