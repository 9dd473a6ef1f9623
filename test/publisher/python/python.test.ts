import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INFERENCE_FIELDS, type EventField, type FieldKind } from '@burnline/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_CASES } from '../../agreement/event-cases.ts';
import type { RunningCli } from '../../support/burnline-cli.ts';
import { queryRows, startUp } from '../../support/embedded-up.ts';
import { freePort } from '../../support/kafka/ports.ts';
import { hasPython, runPython, type PythonRun } from '../../support/python.ts';

/**
 * Goal: the Python publisher keeps the promises of the TypeScript one, against the real pipeline: nothing emitted is lost while
 * the collector is away, restarts or is killed; what is stored is what was emitted; what breaks a rule is dropped alone; and a
 * source that was killed is told from one that stopped.
 */
const SERVICE = new URL('service.py', import.meta.url).pathname;
const AWAY_MS = 1_000 * Number(process.env['PUBLISHER_AWAY_SECONDS'] ?? 3);

let root: string;
let at: { readonly dataDir: string; readonly port: number };
let running: RunningCli | null = null;
const services: PythonRun[] = [];

async function makePlace(): Promise<void> {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-python-'));
  at = { dataDir: path.join(root, 'data'), port: await freePort() };
}

async function clear(): Promise<void> {
  for (const { child } of services) child.kill('SIGKILL');
  running?.killAll();
  await running?.ended;
  await rm(root, { recursive: true, force: true });
}

async function up(): Promise<RunningCli> {
  running = await startUp(at);
  return running;
}

function start(command: 'load' | 'emit' | 'live'): PythonRun {
  const service = runPython([SERVICE, command, `http://127.0.0.1:${at.port}`]);
  services.push(service);
  return service;
}

/** Asks until the rows are as they should be, and gives up by the test's own time. */
async function rowsOnce<Row>(
  sql: string,
  isRight: (rows: readonly Row[]) => boolean,
): Promise<readonly Row[]> {
  for (;;) {
    const rows = await queryRows<Row>(at.dataDir, sql);
    if (isRight(rows)) return rows;
    await sleep(300);
  }
}

describe.skipIf(!hasPython)('the Python package', () => {
  it('holds what its own tests say', { timeout: 300_000 }, async () => {
    const { ended } = runPython([
      '-W',
      'error',
      '-m',
      'unittest',
      'discover',
      '-b',
      '-t',
      '.',
      '-s',
      'tests',
    ]);
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(Number(/^Ran (\d+) tests/m.exec(stderr)?.[1])).toBeGreaterThan(50);
  });
});

describe.skipIf(!hasPython)('a collector that is away', () => {
  beforeEach(makePlace);
  afterEach(clear);

  it(
    'loses nothing of a service and its forked worker, over absence, a restart and kill -9',
    { timeout: 300_000 + 5 * AWAY_MS },
    async () => {
      const service = start('load');
      await sleep(AWAY_MS);
      const first = await up();
      await sleep(2_000);
      first.child.kill('SIGTERM');
      expect((await first.ended).exitCode).toBe(0);
      const second = await up();
      await sleep(2_000);
      second.killAll();
      await second.ended;
      await up();
      await sleep(2_000);
      service.child.stdin!.end();
      const { code, stderr } = await service.ended;
      expect(code, stderr).toBe(0);
      const counters = service.lines.map((line) => JSON.parse(line) as Record<string, number>);
      expect(counters).toHaveLength(2);
      for (const { emitted, ...others } of counters) {
        expect(others).toMatchObject({ isFlushed: true, acknowledged: emitted, buffered: 0 });
        expect(others['retried']).toBeGreaterThan(0);
      }
      const emitted = counters.reduce((sum, one) => sum + (one['emitted'] ?? 0), 0);
      expect(emitted).toBeGreaterThan(1_000);
      const sql = 'SELECT toUInt32(count()) AS count, toUInt32(uniqExact(event_id)) AS ids FROM inferences';
      const rows = await rowsOnce<{ ids: number }>(sql, ([row]) => (row?.ids ?? 0) >= emitted);
      expect(rows).toEqual([{ count: emitted, ids: emitted }]);
      // What the pipeline knows of the two sources is what they counted, and that both stopped. A report whose answer was lost
      // in a kill is there twice, as one interval.
      const sources = await rowsOnce<Record<string, unknown>>(
        `SELECT max(is_final) AS stopped, toUInt32(sum(emitted_count)) AS emitted, toUInt32(sum(acknowledged_count)) AS acknowledged,
           toUInt32(sum(retried_count)) AS retried, toUInt32(sum(arraySum(mapValues(dropped_by_reason)))) AS dropped
         FROM (SELECT DISTINCT * EXCEPT (partition, offset, event_index, kept_since) FROM source_reports FINAL) GROUP BY instance`,
        (found) => found.filter(({ stopped }) => stopped).length === 2,
      );
      const told = counters.map(({ emitted: count, acknowledged, retried }) => ({
        stopped: true,
        emitted: count,
        acknowledged,
        retried,
        dropped: 0,
      }));
      const texts = (rows: readonly object[]): readonly string[] =>
        rows.map((row) => JSON.stringify(row)).toSorted();
      expect(texts(sources)).toEqual(texts(told));
    },
  );
});

/** A value of each kind that is no default, and what a database says of it where that is something else. */
const VALUES: Readonly<Record<Exclude<FieldKind, 'id' | 'word' | 'verdicts'>, unknown>> = {
  time: Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000 + 678_901,
  text: 'größer \u{1f600}',
  flag: true,
  count: 3,
  tokens: 4,
  nanoUsd: 123_456_789_012,
  durationMs: 12.25,
  httpStatus: 207,
  share: 0.5,
  weight: 19,
  score: -1.5,
  texts: { team: 'growth', 'a b': '' },
  numbers: { output_characters: 1_200.5 },
};
const ID = '01a22a95-2d66-7fc4-b581-a4157b7bc042';
const VERDICT = {
  evaluator: 'judge',
  evaluator_version: 'v1',
  kind: 'guardrail',
  dimension: 'safety',
  passed: true,
  score: 0.25,
};

function valueOf([name, { kind, word }]: readonly [string, EventField]): readonly [string, unknown] {
  if (name === 'status') return [name, 'timeout'];
  // Cached and written tokens are parts of it, and apart.
  if (name === 'input_tokens') return [name, 8];
  if (kind === 'id') return [name, ID];
  if (kind === 'verdicts') return [name, [VERDICT]];
  return [name, kind === 'word' ? word!.symbols[1] : VALUES[kind]];
}

/** 64-bit integers are texts in the answers of the engine, and times are UTC. */
function asRead(kind: FieldKind, value: unknown): unknown {
  if (kind === 'time') return '2026-01-02 03:04:05.678901';
  return ['count', 'tokens', 'nanoUsd', 'httpStatus'].includes(kind) ? String(value) : value;
}

describe.skipIf(!hasPython)('a running pipeline', () => {
  beforeAll(async () => {
    await makePlace();
    await up();
  });
  afterAll(clear);

  /** Each error of a drop, by event. */
  async function emitEach(events: readonly object[]): Promise<readonly (readonly string[])[]> {
    const service = start('emit');
    service.child.stdin!.end(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const { code, stderr } = await service.ended;
    expect(code, stderr).toBe(0);
    return service.lines.map((line) => JSON.parse(line) as readonly string[]);
  }

  it('stores every field as it was emitted', async () => {
    const event = Object.fromEntries(Object.entries<EventField>(INFERENCE_FIELDS).map(valueOf));
    expect(await emitEach([event])).toEqual([[]]);
    const [row] = await rowsOnce<Record<string, unknown>>(
      `SELECT * FROM inferences WHERE event_id = '${ID}'`,
      (rows) => rows.length === 1,
    );
    const right = Object.fromEntries(
      Object.entries<EventField>(INFERENCE_FIELDS).map(([name, { kind }]) => [
        name,
        asRead(kind, event[name]),
      ]),
    );
    expect(Object.fromEntries(Object.keys(event).map((name) => [name, row![name]]))).toEqual(right);
  });

  it('takes and refuses what every other way in does, and the publisher names the field', async () => {
    const told = await emitEach(EVENT_CASES.map(({ body }) => body));
    const found = told.map((errors, index) => ({ name: EVENT_CASES[index]!.name, field: fieldOf(errors) }));
    expect(found).toEqual(EVENT_CASES.map(({ name, field }) => ({ name, field })));
  });

  it('knows a source that was killed from one that was closed', { timeout: 120_000 }, async () => {
    const [killed, closed] = [start('live'), start('live')];
    while (killed.lines.length + closed.lines.length < 2) await sleep(50);
    const instances = [killed, closed].map(({ lines }) => JSON.parse(lines[0]!) as string);
    const statesOnce = async (right: readonly string[]): Promise<void> => {
      const names = instances.map((name) => `'${name}'`).join(', ');
      await rowsOnce<{ instance: string; state: string }>(
        `SELECT instance, state FROM sources WHERE instance IN (${names})`,
        (rows) => {
          const states = instances.map((name) => rows.find(({ instance }) => instance === name)?.state);
          return states.join() === right.join();
        },
      );
    };
    await statesOnce(['expected', 'expected']);
    killed.child.kill('SIGKILL');
    closed.child.stdin!.end();
    expect((await closed.ended).code).toBe(0);
    await statesOnce(['expected', 'stopped']);
    await statesOnce(['lost', 'stopped']);
  });
});

/** The field that the one error of a drop names; null where nothing was dropped. */
function fieldOf(errors: readonly string[]): string | null {
  const [error, ...others] = errors;
  expect(others).toEqual([]);
  return error === undefined ? null : error.slice(0, error.indexOf(':'));
}
