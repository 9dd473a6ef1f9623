import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSpecs } from '@burnline/specs';
import { createSealer } from '@burnline/judging';
import {
  MIGRATIONS_DIRECTORY,
  createLogger,
  readMigrations,
  systemClock,
  type Store,
} from '@burnline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSource } from '../../services/burnline/dist/commands/read-source.js';
import { Output } from '../../services/burnline/dist/output/output.js';
import { readStatus } from '@burnline/queries';
import { Pipeline } from '../../services/burnline/dist/pipeline/pipeline.js';
import { runReplay } from '../../services/burnline/dist/replay/run-replay.js';

/**
 * Goal: a history whose chunk rows were sealed and dropped reads like one that was not: views, an SLO that is added later,
 * and the status are the same.
 *
 * Method: a recorded history through the whole pipeline, the real sealer over what the real processor closed. Pointers are
 * made as old as they would be some minutes later, since views and drops go by the database's clock.
 */
const EXAMPLE = new URL('../../examples/llmperf-2023/', import.meta.url).pathname;
const logger = createLogger({ name: 'test', level: 'silent' });

let root: string;

async function seal(store: Store): Promise<void> {
  const sealer = createSealer({ store, logger, clock: systemClock });
  for (let round = 0; round < 2; round += 1) {
    while (await sealer.step());
    await store.command(
      `INSERT INTO seal_pointers SELECT stream_epoch, source_kind, through, any(next_chunks), now64(3) - INTERVAL 10 MINUTE
       FROM seal_pointers GROUP BY stream_epoch, source_kind, through`,
    );
  }
  while (await sealer.step());
}

/** Panes, hours, and hours once more as they lie by series. */
async function readViews(store: Store): Promise<readonly unknown[]> {
  const read = (view: string, bucket: string): Promise<unknown[]> =>
    store.query(
      `SELECT slo, toString(labels) AS labels, ${bucket}, good, total, excluded, toString(mapSort(sums)) AS sums,
              toString(mapSort(histogram)) AS histogram, zero_count
       FROM ${view} ORDER BY slo, labels, ${bucket}`,
    );
  const hours = await read('slo_hours', 'hour');
  expect(await read('sli_hour_rows INNER JOIN series USING (slo, spec_rev, series)', 'hour')).toEqual(hours);
  return [await read('slo_panes', 'pane'), hours];
}

describe('a history that is sealed', () => {
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-sealing-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it('reads as it did before, and takes a further SLO', { timeout: 180_000 }, async () => {
    const file = path.join(EXAMPLE, 'slos.yaml');
    const { plans } = loadSpecs([{ file, text: await readFile(file, 'utf8') }], { mode: 'tolerant' });
    const open = (given: typeof plans): Promise<Pipeline> =>
      Pipeline.open({ dataDirectory: root, plans: given, receivers: [], logger, sqlPort: 0 });
    const replay = async (pipeline: Pipeline): Promise<void> => {
      const output = new Output({
        isJson: true,
        isErrorTerminal: false,
        hasColors: false,
        hasErrorColors: false,
      });
      const interrupted = new AbortController().signal;
      const input = {
        file: path.join(EXAMPLE, 'data/requests.csv'),
        mapping: path.join(EXAMPLE, 'mapping.yaml'),
      };
      await runReplay(pipeline, await readSource(input, output, interrupted), { interrupted });
    };
    const chunkRows = async ({ store }: Pipeline): Promise<number> =>
      (await store.query<{ count: number }>('SELECT count() AS count FROM sli_panes FINAL'))[0]!.count;
    const statusOf = ({ store }: Pipeline): Promise<unknown> =>
      readStatus(store, { asOfMs: Date.now(), stream: null });

    const first = await open(plans.slice(1));
    await replay(first);
    const [views, status, rowCount] = [
      await readViews(first.store),
      await statusOf(first),
      await chunkRows(first),
    ];
    await seal(first.store);
    expect(await chunkRows(first)).toBeLessThan(rowCount / 4);
    expect(await readViews(first.store)).toEqual(views);
    expect(await statusOf(first)).toEqual(status);
    // A database that was sealed before there were hours by series gets them from its archive.
    await first.store.command('TRUNCATE TABLE sli_hours');
    const { all } = await readMigrations(MIGRATIONS_DIRECTORY);
    for (const statement of all.find(({ name }) => name === 'hours_by_series')!.statements)
      if (statement.startsWith('INSERT')) await first.store.command(statement);
    expect(await readViews(first.store)).toEqual(views);
    await first.close();

    // Read by another process, judged anew where an SLO was added.
    const second = await open(plans);
    await replay(second);
    const added = plans[0]!.slo;
    const after = await readStatus(second.store, { asOfMs: Date.now(), stream: null });
    expect(after.filter(({ slo }) => slo !== added)).toEqual(status);
    const [counted] = await second.store.query<{ total: number; good: number }>(
      `SELECT count() AS total, countIf(status = 'ok') AS good FROM inferences`,
    );
    const sum = (name: 'good' | 'total'): number =>
      after.filter(({ slo }) => slo === added).reduce((total, one) => total + one[name], 0);
    expect({ total: sum('total'), good: sum('good') }).toEqual(counted);
    await second.close();
  });
});
