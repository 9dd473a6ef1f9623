import { createLogger, systemClock } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sealer } from '../../../packages/judging/dist/sealing/sealer.js';
import type { SealStretch, SealTables } from '../../../packages/judging/dist/sealing/seal-tables.js';
import { MemorySealTables } from '../../delivery/model/memory-seal-tables.ts';
import { changedTables } from '../../delivery/model/changed-tables.ts';
import { Random } from '../../delivery/model/random.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';
import { HOUR_MS, randomHistory, valuesOf, type EpochHistory } from '../../delivery/model/random-chunks.ts';
import { RealTables, textOf } from './real-tables.ts';

/**
 * Goal: the in-memory tables that the sealer's model runs on and the SQL that it runs on in production are the same port.
 *
 * Method: the same random rows in both, then the same random calls; every answer, and everything that can be read after
 * every call, is equal.
 */
const RUNS = Number(process.env['SEAL_CONTRACT_RUNS'] ?? '3');
const CALLS_PER_RUN = 14;
const SEED = Number(process.env['SEAL_CONTRACT_SEED'] ?? '1');
/** Recent, since the archive's panes expire some days after their source. */
const START_MS = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - 50 * HOUR_MS;
const NEVER_STOOD_MS = 1_000_000_000;

let database: TestDatabase;
let real: RealTables;

/** Puts a history into both, some rows twice, in random order and in several inserts. */
async function fill(random: Random, memory: MemorySealTables, history: EpochHistory): Promise<void> {
  memory.epochRows.push(history.epoch);
  await real.addEpoch(history.epoch);
  const isLate = history.rows.map(() => random.chance(0.02));
  const rows = random.shuffled(history.rows.filter((_, index) => !isLate[index]));
  for (const batch of [rows.slice(0, rows.length / 2), rows.slice(rows.length / 3)]) {
    await real.addChunkRows(batch);
    for (const row of batch) memory.chunkRows.insert(row);
  }
  const closings = random.shuffled(history.closings.filter(() => random.chance(0.98)));
  await real.addClosings([...closings, ...closings.slice(0, 3)]);
  for (const closing of closings) memory.addClosing(closing);
  if (random.chance(0.5)) {
    memory.endOffsets.set(history.epoch.epoch, history.endOffsets);
    await real.endEpoch(history.epoch.epoch, history.endOffsets);
  }
  if (random.chance(0.7)) {
    const throughMs = START_MS + random.below(50) * 30 * 60_000;
    memory.evaluatedThroughMs.set(history.epoch.stream, throughMs);
    await real.judge(history.epoch.stream, throughMs);
  }
}

function randomStretch(random: Random, { epoch, closings }: EpochHistory): SealStretch {
  const fromMs = START_MS + random.below(30) * HOUR_MS;
  const throughMs = fromMs + (1 + random.below(24)) * HOUR_MS;
  const boundary = (partition: number, ms: number): number =>
    closings.find((one) => one.partition === partition && one.logIntervalMs >= ms)?.chunk ?? 1_000_000;
  return {
    epoch: epoch.epoch,
    clock: epoch.clock,
    fromMs,
    throughMs,
    firstChunks: epoch.startOffsets.map((_, partition) => boundary(partition, fromMs)),
    nextChunks: epoch.startOffsets.map((_, partition) => boundary(partition, throughMs)),
  };
}

type Call = (tables: SealTables) => Promise<unknown>;

function randomCall(random: Random, history: EpochHistory): Call {
  const { epoch, clock } = history.epoch;
  const hourMs = START_MS + random.below(40) * HOUR_MS;
  const dayMs = Math.floor(hourMs / (24 * HOUR_MS)) * 24 * HOUR_MS;
  const stretch = randomStretch(random, history);
  const own = <Row extends { readonly epoch: string }>(rows: readonly Row[]): readonly Row[] =>
    rows.filter((row) => row.epoch === epoch);
  const calls: readonly Call[] = [
    async (tables) => own(await tables.epochs()),
    (tables) => tables.closings({ epoch, partition: 0, fromChunk: random.below(300), limit: 20 }),
    (tables) => tables.readableChunkCount(stretch),
    (tables) => tables.archiveHours(stretch),
    (tables) => tables.archiveHours({ ...stretch, fromMs: START_MS }),
    (tables) => tables.firstHourMs({ epoch, fromMs: hourMs }),
    (tables) => tables.archiveDay({ epoch, clock, dayMs }),
    (tables) =>
      tables.movePointer({ epoch, kind: 'hour', throughMs: hourMs, nextChunks: stretch.nextChunks }),
    (tables) => tables.movePointer({ epoch, kind: 'day', throughMs: dayMs, nextChunks: [] }),
    async (tables) => own(await tables.sealedRows(0)),
    async (tables) => own(await tables.sealedRows(NEVER_STOOD_MS)),
    (tables) => tables.dropRows({ epoch, throughMs: START_MS + random.below(8) * HOUR_MS }),
  ];
  const index = random.below(calls.length);
  // Both adapters draw the same numbers inside the call.
  const seed = random.below(2 ** 31);
  return (tables) => {
    random = new Random(seed);
    return calls[index]!(tables);
  };
}

/** The database is shared by the tests of this file: a sealer sees the one epoch of its own. */
function onlyEpoch(tables: SealTables, epoch: string): SealTables {
  const own = async <Row extends { readonly epoch: string }>(rows: Promise<readonly Row[]>): Promise<Row[]> =>
    (await rows).filter((row) => row.epoch === epoch);
  const only: Pick<SealTables, 'epochs' | 'sealedRows'> = {
    epochs: () => own(tables.epochs()),
    sealedRows: (standingMs) => own(tables.sealedRows(standingMs)),
  };
  return changedTables(tables, only);
}

describe('tables of the sealer', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    real = new RealTables(database.store);
  });
  afterAll(() => database.close());

  it('in memory and in SQL give the same answers to the same calls', async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const random = new Random(SEED * 1_000 + run);
      const memory = new MemorySealTables();
      const history = randomHistory(random, { epoch: `run-${run}@1`, startMs: START_MS, hours: 30 });
      await fill(random, memory, history);
      for (let number = 0; number < CALLS_PER_RUN; number += 1) {
        const call = randomCall(new Random(random.below(2 ** 31)), history);
        const expected = await call(memory);
        const name = `seed ${SEED}, run ${run}, call ${number}`;
        expect(await call(real.tables), name).toEqual(expected);
        const [archive, panes] = await Promise.all([
          real.archiveRows(history.epoch.epoch),
          real.chunkRows(history.epoch.epoch),
        ]);
        expect(textOf(archive), name).toEqual(textOf(memory.archiveRows.filter(() => true)));
        expect(textOf(panes), name).toEqual(textOf(memory.chunkRows.filter(() => true)));
      }
    }
  });

  it('are sealed alike, from the first chunk to the end of the epoch', async () => {
    const random = new Random(SEED);
    const memory = new MemorySealTables();
    const history = randomHistory(random, { epoch: 'whole@1', startMs: START_MS, hours: 30 });
    const { epoch, stream } = history.epoch;
    memory.epochRows.push(history.epoch);
    await real.addEpoch(history.epoch);
    for (const row of history.rows) memory.chunkRows.insert(row);
    await real.addChunkRows(history.rows);
    for (const closing of history.closings) memory.addClosing(closing);
    await real.addClosings(history.closings);
    memory.endOffsets.set(epoch, history.endOffsets);
    await real.endEpoch(epoch, history.endOffsets);
    memory.evaluatedThroughMs.set(stream, START_MS + 40 * HOUR_MS);
    await real.judge(stream, START_MS + 40 * HOUR_MS);
    const own = (tables: SealTables): SealTables => onlyEpoch(tables, epoch);
    for (const tables of [memory, real.tables]) {
      const sealer = new Sealer({
        tables: own(tables),
        logger: createLogger({ name: 'test', level: 'error' }),
        clock: systemClock,
      });
      let hasMore = true;
      while (hasMore) hasMore = await sealer.step();
    }
    const [sealed] = await own(memory).epochs();
    expect(sealed?.hour?.throughMs).toBeGreaterThan(START_MS + 26 * HOUR_MS);
    expect(await own(real.tables).epochs()).toEqual([sealed]);
    const levels = new Set(memory.archiveRows.filter(() => true).map((row) => row.level));
    expect([...levels].sort()).toEqual(['1d', '1h', '5m', 'pane']);
    expect(textOf(await real.archiveRows(epoch))).toEqual(textOf(memory.archiveRows.filter(() => true)));
  });

  it('adds saturated sums without loss', async () => {
    const history = randomHistory(new Random(3), { epoch: 'saturated@1', startMs: START_MS, hours: 1 });
    const closing = history.closings.at(-1)!;
    const at = { ...closing, stream: history.epoch.stream, slo: 'a', specRev: 'rev-a', series: 0 };
    const row = {
      ...at,
      paneMs: START_MS,
      logIntervalMs: START_MS,
      keptSinceMs: START_MS,
      version: 1,
      ...valuesOf(1),
    };
    const sums = { output_tokens: Number.MAX_SAFE_INTEGER };
    await real.addEpoch({ ...history.epoch, clock: 'live' });
    await real.addChunkRows([1, 2, 3].map((chunk) => ({ ...row, chunk, sums })));
    const hour = { fromMs: START_MS, throughMs: START_MS + HOUR_MS, firstChunks: [0], nextChunks: [4] };
    await real.tables.archiveHours({ epoch: closing.epoch, clock: 'live', ...hour });
    const [found] = await database.store.query<{ readonly sum: string }>(
      `SELECT toString(sums['output_tokens']) AS sum FROM sli_archive FINAL WHERE stream_epoch = 'saturated@1' AND level = '1h'`,
    );
    expect(found?.sum).toBe(String(3n * BigInt(Number.MAX_SAFE_INTEGER)));
  });
});
