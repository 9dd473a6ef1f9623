import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startCli } from '../support/burnline-cli.ts';
import { randomFrom } from '../support/random.ts';
import type { Fleet } from '../support/services/fleet.ts';
import { startRig, type Rig } from '../support/services/rig.ts';
import type { ServiceProcess } from '../support/services/service-process.ts';
import { recount } from './oracle/recount.ts';
import { inferenceTexts, paneTexts, rowTexts } from './oracle/tables.ts';
import { readTopic, topicEnds, withAdmin } from './oracle/topic-content.ts';
import { Traffic } from './oracle/traffic.ts';
import { expectSame, untilWritten } from './oracle/verify.ts';
import { Closing } from './closing.ts';
import { SEED, startFleet, underLoad } from './under-load.ts';

const LOAD_MS = 2_000;
/** Longer than the services' patience with a broker. */
const HALT_DEADLINE_MS = 90_000;

/**
 * Goal: where the log cannot give back what was not counted, services end with a clear error and write nothing smaller than
 * what is there; after `burnline recover` they go on, exactly, from the position that it recorded.
 */
describe.skipIf(!inject('canStartKafka'))('a log that cannot give back', () => {
  const closing = new Closing();
  let rig: Rig;
  let fleet: Fleet;

  beforeAll(async () => {
    console.log(`halts: seed ${SEED} (BURNLINE_SEED)`);
    rig = await startRig();
    closing.add(() => rig.close());
  });
  afterAll(() => closing.all());

  /** A fleet of its own with figures in its tables that are right. */
  async function startCounting(stream: string): Promise<void> {
    const started = await startFleet(rig, { stream });
    closing.add(() => started.close());
    fleet = started;
    await underLoad(fleet, () => Promise.resolve());
  }

  async function publish(firstNumber: number): Promise<ReadonlySet<string>> {
    const traffic = new Traffic({ ...fleet.intake, random: randomFrom(SEED + firstNumber), firstNumber });
    traffic.start();
    await sleep(LOAD_MS);
    await traffic.stop();
    return traffic.acknowledged;
  }

  async function expectHalt(member: ServiceProcess, codes: RegExp): Promise<void> {
    const { code } = await member.ended(HALT_DEADLINE_MS);
    const log = await member.logText();
    expect(log).toMatch(codes);
    expect(code, log).toBe(1);
    fleet.forget(member);
  }

  async function removeCounting(): Promise<void> {
    for (const member of [...fleet.members('processor'), ...fleet.members('sink')])
      await fleet.remove(member);
  }

  /** Recovers, starts processor and sink, and checks what they count from there on. */
  async function expectRecovery(): Promise<void> {
    await removeCounting();
    const panesBefore = await paneTexts(fleet);
    const shown = await recover([]);
    expect(shown.exitCode, shown.stdout + shown.stderr).toBe(3);
    const done = await recover(['--yes']);
    expect(done.exitCode, done.stdout + done.stderr).toBe(0);
    const { stream } = fleet;
    const audits = await fleet.store.query('SELECT * FROM recoveries FINAL WHERE stream = {stream:String}', {
      stream,
    });
    expect(audits.length).toBeGreaterThan(0);
    const [epoch] = await fleet.store.query<{ name: string; starts: readonly string[] }>(
      `SELECT stream_epoch AS name, arrayMap(x -> toString(x), start_offsets) AS starts FROM stream_epochs FINAL
       WHERE topic = {topic:String} ORDER BY created_at DESC LIMIT 1`,
      { topic: fleet.topic },
    );
    await fleet.add('processor');
    await fleet.add('sink');
    await fleet.ready();
    await fleet.untilCounted(epoch!.name);
    const acknowledged = await publish(900_000_000);
    await untilWritten(fleet, await topicEnds(fleet.directBrokers, fleet.topic));
    await fleet.check();
    const messages = await readTopic(fleet.directBrokers, fleet.topic);
    const expected = recount(
      messages.filter(({ partition, offset }) => offset >= Number(epoch!.starts[partition])),
    );
    expect([...acknowledged].filter((id) => !expected.ids.has(id))).toEqual([]);
    const rows = new Set(expected.rows);
    expect((await rowTexts(fleet, epoch!.name)).filter((row) => !rows.has(row))).toEqual([]);
    // The sink may have been further than the processor: what it had written stays in the epoch before, and is not repeated.
    const inferences = (await inferenceTexts(fleet)).filter((text) => expected.ids.has(text.split('|')[0]!));
    expectSame('events in the view inferences', inferences, [...expected.ids].map((id) => `${id}|1`).sort());
    expectSame('panes', await paneTexts(fleet), summed([...panesBefore, ...expected.panes]));
  }

  function recover(options: readonly string[]) {
    return startCli(['recover', '--stream', fleet.stream, ...options], {
      env: {
        KAFKA_BROKERS: rig.kafka.directBrokers.join(','),
        CLICKHOUSE_URL: rig.database.url,
        CLICKHOUSE_USER: 'burnline',
        CLICKHOUSE_PASSWORD: 'test',
      },
    }).ended;
  }

  it('segments that expired while the processor was away', async () => {
    await startCounting('expired');
    const [processor] = fleet.members('processor');
    await processor!.kill();
    fleet.forget(processor!);
    const panesBefore = await paneTexts(fleet);
    await publish(800_000_000);
    await untilWritten(fleet, await topicEnds(fleet.directBrokers, fleet.topic), ['sink']);
    await withAdmin(fleet.directBrokers, async (admin) => {
      // The same connection must have looked the topic up before.
      const ends = await admin.fetchTopicOffsets(fleet.topic);
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: String(Number(high) - 1) }));
      await admin.deleteTopicRecords({ topic: fleet.topic, partitions });
    });
    await expectHalt(
      await fleet.add('processor'),
      /DELIVERY_START_EXPIRED|WARM_UP_EXPIRED|LOG_OFFSET_EXPIRED/,
    );
    expectSame('panes', await paneTexts(fleet), panesBefore);
    await expectRecovery();
  });

  it('a topic that was recreated while the services were away', async () => {
    await startCounting('recreated');
    await removeCounting();
    const panesBefore = await paneTexts(fleet);
    await recreateTopic();
    await publish(800_000_000);
    const codes = /EPOCH_FINGERPRINT_DIFFERS|EPOCH_POSITION_LOST/;
    await expectHalt(await fleet.add('processor'), codes);
    await expectHalt(await fleet.add('sink'), codes);
    expectSame('panes', await paneTexts(fleet), panesBefore);
    await expectRecovery();
  });

  it('a topic that is recreated under the running services', async () => {
    await startCounting('swapped');
    const panesBefore = await paneTexts(fleet);
    await recreateTopic();
    const codes = /LOG_OFFSET_BEYOND_END|LOG_TOPIC_UNKNOWN|EPOCH_FINGERPRINT_DIFFERS|EPOCH_POSITION_LOST/;
    await expectHalt(fleet.members('processor')[0]!, codes);
    await expectHalt(fleet.members('sink')[0]!, codes);
    expectSame('panes', await paneTexts(fleet), panesBefore);
  });

  async function recreateTopic(): Promise<void> {
    await withAdmin(fleet.directBrokers, (admin) => admin.deleteTopics({ topics: [fleet.topic] }));
    await fleet.makeTopics();
  }
});

/** `slo|model|second|good|total`, those of one pane added. */
function summed(panes: readonly string[]): string[] {
  const sums = new Map<string, [number, number]>();
  for (const pane of panes) {
    const parts = pane.split('|');
    const key = parts.slice(0, 3).join('|');
    const [good, total] = sums.get(key) ?? [0, 0];
    sums.set(key, [good + Number(parts[3]), total + Number(parts[4])]);
  }
  return [...sums].map(([key, [good, total]]) => `${key}|${good}|${total}`).sort();
}
