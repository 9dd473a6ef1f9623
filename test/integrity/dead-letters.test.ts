import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { loadSpecs } from '@burnline/specs';
import { AppError } from '@burnline/core';
import { createLogger, systemClock, type EventLog } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLetters } from '../../services/burnline/dist/dead-letters/letter-table.js';
import {
  replayDeadLetters,
  type ReplayResult,
} from '../../services/burnline/dist/dead-letters/replay-dead-letters.js';
import { Pipeline } from '../../services/burnline/dist/pipeline/pipeline.js';
import { runCli, runCliJson } from '../support/burnline-cli.ts';
import { eventNumber, messageOf } from '../support/events.ts';

/**
 * Dead letters from end to end: what cannot be read stays bad and is given up after three attempts; what the database
 * refused for a while is written at its own position, and counts once. The tests are one story, in this order.
 */
const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;
const GARBAGE = new Uint8Array([0x7b, 0x22, 0xff, 0x00]);
const logger = createLogger({ name: 'test', level: 'silent' });

let dataDirectory: string;
let pipeline: Pipeline;
let topic: string;

interface Letter {
  readonly position: string;
  readonly code: string;
  readonly state: string;
  readonly attempts: number;
  readonly replayed_to: number | null;
}

interface Answer {
  readonly planned?: readonly { readonly position: string; readonly way: string; readonly attempt: number }[];
  readonly sent?: readonly {
    readonly position: string;
    readonly code: string;
    readonly attempt: number;
    readonly toOffset: number;
  }[];
  readonly refused: readonly { readonly position: string; readonly why: string }[];
}

async function start(): Promise<void> {
  const { plans } = loadSpecs([{ file: SPECS, text: await readFile(SPECS, 'utf8') }], { mode: 'tolerant' });
  pipeline = await Pipeline.open({ dataDirectory, plans, receivers: [], logger, sqlPort: 0 });
  topic = (await pipeline.startStream('live', 'live')).topics.inference.name;
}

async function untilCount(sql: string, expected: number): Promise<void> {
  while ((await pipeline.store.query<{ count: number }>(sql))[0]?.count !== expected) {
    pipeline.supervision.check();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const untilLetters = (expected: number): Promise<void> =>
  untilCount('SELECT count() AS count FROM dead_letters FINAL', expected);

async function list(...args: readonly string[]): Promise<readonly Letter[]> {
  const command = ['dead-letters', 'list', '--data-dir', dataDirectory, ...args];
  return (await runCliJson<{ deadLetters: readonly Letter[] }>(command)).deadLetters;
}

const replay = (...args: readonly string[]): Promise<Answer> =>
  runCliJson<Answer>(['dead-letters', 'replay', '--data-dir', dataDirectory, ...args]);

/** As the command does it, on the ports of the pipeline that runs. */
async function replayOpen(append?: EventLog['append']): Promise<ReplayResult> {
  const { log, store, schemas, decoder } = pipeline;
  const ports = { store, schemas, decoder, logger, clock: systemClock, user: 'somebody' };
  const port: Pick<EventLog, 'append' | 'bounds' | 'read'> = {
    append: append ?? ((batches) => log.append(batches)),
    bounds: (topics) => log.bounds(topics),
    read: (from) => log.read(from),
  };
  const letters = await readLetters(store, { state: 'open', limit: 100 });
  return replayDeadLetters({ ...ports, log: port as EventLog }, letters);
}

describe('dead letters', () => {
  beforeAll(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'burnline-letters-'));
    await start();
    // For a while the table refuses the rows of one provider, and no one else's.
    await pipeline.store.command(
      `ALTER TABLE inference_events ADD COLUMN checked Int32 MATERIALIZED toInt32(if(provider = 'azure', request_id, '0'))`,
    );
    const good = messageOf(pipeline.schemas, [eventNumber(1)]);
    const refused = messageOf(pipeline.schemas, [eventNumber(2, { provider: 'azure' })]);
    const messages = [good, GARBAGE, refused].map((value) => ({ value }));
    await pipeline.log.append([{ topic, partition: 0, messages }]);
    await untilLetters(2);
    await untilCount('SELECT count() AS count FROM inferences', 1);
    await pipeline.store.command('ALTER TABLE inference_events DROP COLUMN checked');
  });
  afterAll(async () => {
    await pipeline.close();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  it('are listed by code, topic, state and time', async () => {
    const letters = await list();
    expect(letters.map(({ code, state, attempts }) => [code, state, attempts]).sort()).toEqual([
      ['CONTRACT_DECODE_FAILED', 'open', 0],
      ['STORE_ROWS_BAD', 'open', 0],
    ]);
    for (const none of [
      ['--topic', 'burnline.live.verdicts'],
      ['--state', 'given up'],
      ['--since', '2100-01-01'],
      ['--until', '2020-01-01'],
    ])
      expect(await list(...none)).toEqual([]);
    expect(await list('--code', 'STORE_ROWS_BAD', '--topic', topic, '--since', '2020-01-01')).toHaveLength(1);
  });

  it('show their bytes, and how far they are read', async () => {
    const [refused] = await list('--code', 'STORE_ROWS_BAD');
    const command = ['dead-letters', 'show', '--data-dir', dataDirectory];
    const shown = await runCliJson<object>([...command, refused!.position]);
    expect(shown).toMatchObject({
      code: 'STORE_ROWS_BAD',
      inspection: { fault: null, records: [{ provider: 'azure', request_id: 'request-2' }] },
    });
    const [bad] = await list('--code', 'CONTRACT_DECODE_FAILED');
    const { stdout } = await runCli([...command, bad!.position]);
    expect(stdout).toContain('00000000  7b 22 ff 00');
    expect(stdout).toContain('|{"..|');
    expect(await runCli([...command, `${topic}/1/999`])).toMatchObject({ exitCode: 2 });
  });

  it('are not sent without --yes, nor into a log that a pipeline holds', async () => {
    const before = await list();
    const { planned } = await replay('--all');
    expect(planned?.map(({ way, attempt }) => [way, attempt]).sort()).toEqual([
      ['append', 1],
      ['write', 1],
    ]);
    const held = await runCli(['dead-letters', 'replay', '--all', '--yes', '--data-dir', dataDirectory]);
    expect(held).toMatchObject({ exitCode: 1 });
    expect(held.stderr).toContain('CLI_PIPELINE_RUNS');
    expect(await list()).toEqual(before);
  });

  it('of rows that the database takes by now are written where they belong, and count once', async () => {
    await pipeline.close();
    const { sent, refused } = await replay('--all', '--yes');
    expect(refused).toEqual([]);
    expect(sent).toHaveLength(2);
    await start();
    const written = sent!.find(({ code }) => code === 'STORE_ROWS_BAD')!;
    expect(written.position).toBe(`${topic}@1/0/${written.toOffset}`);
    const rows = await pipeline.store.query(
      'SELECT provider, offset, is_repeat FROM inference_events FINAL ORDER BY offset DESC',
    );
    expect(rows).toEqual([
      { provider: 'azure', offset: written.toOffset, is_repeat: false },
      { provider: 'openai', offset: expect.any(Number) as number, is_repeat: false },
    ]);
    // The processor had counted it when it came.
    await untilCount(`SELECT sum(total) AS count FROM slo_panes WHERE slo = 'chat-availability'`, 2);
    expect(await list('--code', 'STORE_ROWS_BAD')).toMatchObject([
      { state: 'replayed', attempts: 1, replayed_to: written.toOffset },
    ]);
  });

  it('that stay bad are given up after three attempts, those that failed included, wherever they stand', async () => {
    // The first attempt has come back as a letter of its new position.
    await untilLetters(3);
    const broken = new AppError('LOG_UNWRITABLE', 'made by the test');
    await expect(replayOpen(() => Promise.reject(broken))).rejects.toBe(broken);
    const isOpen = await list('--state', 'open');
    expect(isOpen).toMatchObject([{ attempts: 2, replayed_to: null }]);
    const { sent } = await replayOpen();
    expect(sent).toMatchObject([{ attempt: 3, way: 'append' }]);
    await untilLetters(4);
    const letters = await list('--code', 'CONTRACT_DECODE_FAILED');
    expect(letters.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['given up', 3],
      ['replayed', 3],
      ['replayed', 3],
    ]);
    expect(letters[0]!.position).toBe(`${topic}@1/0/${sent[0]!.toOffset}`);
    expect(await replayOpen()).toEqual({ sent: [], refused: [] });
    const command = ['dead-letters', 'replay', letters[0]!.position, '--data-dir', dataDirectory];
    const refused = await runCli(command);
    expect(refused).toMatchObject({ exitCode: 3 });
    expect(refused.stdout).toContain('the cap is 3');
    const rows = await pipeline.store.query(
      'SELECT attempt, replayed_by, is_appended FROM dead_letter_replays FINAL ORDER BY replayed_at, attempt',
    );
    expect(rows).toEqual([
      { attempt: 1, replayed_by: userInfo().username, is_appended: true },
      { attempt: 1, replayed_by: userInfo().username, is_appended: true },
      { attempt: 2, replayed_by: 'somebody', is_appended: false },
      { attempt: 3, replayed_by: 'somebody', is_appended: true },
    ]);
  });
});
