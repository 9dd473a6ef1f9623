import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEAD_LETTERS_TOPIC, decodeDeadLetter } from '@burnline/contracts';
import { loadSpecs } from '@burnline/specs';
import { createLogger } from '@burnline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pipeline } from '../../services/burnline/dist/pipeline/pipeline.js';
import { eventNumber, messageOf } from '../support/events.ts';

/** Messages that cannot be read are set aside whole; messages of the future stop the pipeline with nothing lost. */
const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;

let dataDirectory: string;

async function open(over: { readonly unreadableShareMax?: number } = {}): Promise<Pipeline> {
  const { plans, issues } = loadSpecs([{ file: SPECS, text: await readFile(SPECS, 'utf8') }], {
    mode: 'tolerant',
  });
  expect(issues).toEqual([]);
  const logger = createLogger({ name: 'test', level: 'silent' });
  return Pipeline.open({ dataDirectory, plans, receivers: [], logger, sqlPort: 0, ...over });
}

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('bad messages', () => {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'burnline-messages-'));
  });
  afterEach(async () => {
    await rm(dataDirectory, { recursive: true, force: true });
  });

  it('a malformed message is kept byte for byte in dead_letters; its neighbours count', async () => {
    const pipeline = await open();
    try {
      const { topics } = await pipeline.startStream('live', 'live');
      const good = [1, 2].map((number) => messageOf(pipeline.schemas, [eventNumber(number)]));
      const broken = good[0]!.slice(0, good[0]!.length - 3);
      const garbage = new Uint8Array([0x7b, 0x22, 0xff, 0x00]);
      const values = [good[0]!, broken, garbage, good[1]!];
      await pipeline.log.append([
        { topic: topics.inference.name, partition: 0, messages: values.map((value) => ({ value })) },
      ]);
      const count = async (sql: string): Promise<number> =>
        (await pipeline.store.query<{ count: number }>(sql))[0]?.count ?? 0;
      await until(async () => (await count('SELECT count() AS count FROM dead_letters FINAL')) === 2);
      await until(async () => (await count('SELECT count() AS count FROM inferences')) === 2);
      await until(
        async () =>
          (await count(`SELECT sum(total) AS count FROM slo_panes WHERE slo = 'chat-availability'`)) === 2,
      );
      const letters = await pipeline.store.query<{ offset: number; code: string; value: string }>(
        'SELECT offset, code, hex(value) AS value FROM dead_letters FINAL ORDER BY offset',
      );
      expect(letters).toEqual([
        {
          offset: 2,
          code: 'CONTRACT_DECODE_FAILED',
          value: Buffer.from(broken).toString('hex').toUpperCase(),
        },
        {
          offset: 3,
          code: 'CONTRACT_DECODE_FAILED',
          value: Buffer.from(garbage).toString('hex').toUpperCase(),
        },
      ]);
      expect(await lettersInTopic(pipeline)).toEqual(letters);
    } finally {
      await pipeline.close();
    }
  });

  it('an unknown schema id halts the pipeline, names the remedy and commits nothing behind it', async () => {
    const message = messageOf((await open().then(closing)).schemas, [eventNumber(3)]);
    const unknown = message.slice();
    new DataView(unknown.buffer).setUint32(1, 4_711);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const pipeline = await open();
      const { topics } = await pipeline.startStream('live', 'live');
      if (attempt === 0) {
        await pipeline.log.append([
          { topic: topics.inference.name, partition: 1, messages: [{ value: message }, { value: unknown }] },
        ]);
      }
      await until(() => Promise.resolve(pipeline.supervision.signal.aborted));
      const committed = await pipeline.log.committed('burnline-processor.live', [topics.inference.name]);
      expect(committed.find((one) => one.partition === 1)?.offset ?? 0).toBe(0);
      await expect(pipeline.close()).rejects.toMatchObject({
        code: 'CONTRACT_SCHEMA_UNKNOWN',
        outcome: 'halt',
      });
    }
  });

  it('a topic that is mostly unreadable halts, at the same message again, and is set aside when told to', async () => {
    const good = messageOf((await open().then(closing)).schemas, [eventNumber(7)]);
    const bad = Array.from({ length: 150 }, (_, number) => new Uint8Array([0x7b, number, number]));
    let firstBad = 0;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const pipeline = await open();
      const { topics } = await pipeline.startStream('live', 'live');
      const topic = topics.inference.name;
      if (attempt === 0) {
        const messages = [...bad, good].map((value) => ({ value }));
        [firstBad = 0] = await pipeline.log.append([{ topic, partition: 0, messages }]);
      }
      await until(() => Promise.resolve(pipeline.supervision.signal.aborted));
      await expect(pipeline.close()).rejects.toMatchObject({
        code: 'DELIVERY_MOSTLY_UNREADABLE',
        outcome: 'halt',
        // The announcement of the specs before them is a mark, and none of the hundred.
        details: { topic, partition: 0, offset: firstBad + 99, badCount: 100, count: 100 },
      });
    }
    const pipeline = await open({ unreadableShareMax: 1 });
    try {
      await pipeline.startStream('live', 'live');
      await until(async () => (await pipeline.store.query('SELECT 1 FROM inferences')).length === 1);
      const [row] = await pipeline.store.query<{ count: number }>(
        'SELECT count() AS count FROM dead_letters FINAL',
      );
      expect(row).toEqual({ count: 150 });
      const positions = new Set((await lettersInTopic(pipeline)).map(({ offset }) => offset));
      expect([...positions].sort((a, b) => a - b)).toEqual(bad.map((_, index) => firstBad + index));
    } finally {
      await pipeline.close();
    }
  });

  it('a message over the limit is refused at the door, with nothing appended', async () => {
    const pipeline = await open();
    try {
      const { topics } = await pipeline.startStream('live', 'live');
      const value = new Uint8Array(1_100_000);
      const append = pipeline.log.append([
        { topic: topics.inference.name, partition: 0, messages: [{ value }] },
      ]);
      await expect(append).rejects.toMatchObject({ code: 'LOG_MESSAGE_TOO_LARGE' });
    } finally {
      await pipeline.close();
    }
  });

  it('another log under the same database is refused', async () => {
    const first = await open();
    const { topics } = await first.startStream('live', 'live');
    const value = messageOf(first.schemas, [eventNumber(5)]);
    await first.log.append([{ topic: topics.inference.name, partition: 0, messages: [{ value }] }]);
    await until(async () => (await first.store.query('SELECT 1 FROM inferences')).length === 1);
    await first.close();
    await rm(path.join(dataDirectory, 'log'), { recursive: true });
    const second = await open();
    await second.startStream('live', 'live');
    await until(() => Promise.resolve(second.supervision.signal.aborted));
    await expect(second.close()).rejects.toMatchObject({ code: 'EPOCH_POSITION_LOST' });
  });
});

async function closing(pipeline: Pipeline): Promise<Pipeline> {
  await pipeline.close();
  return pipeline;
}

/** The letters as the topic has them, in the form of the table's rows. */
async function lettersInTopic(
  pipeline: Pipeline,
): Promise<readonly { readonly offset: number; readonly code: string; readonly value: string }[]> {
  const from = { topic: DEAD_LETTERS_TOPIC, partition: 0, fromOffset: 0, bytesMax: 1_000_000 };
  return (await pipeline.log.read(from)).map((message) => {
    const { offset, code, value } = decodeDeadLetter(message.value);
    return { offset, code, value: Buffer.from(value).toString('hex').toUpperCase() };
  });
}
