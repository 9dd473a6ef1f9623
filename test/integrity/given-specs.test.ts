import { readGivenSpecs, recordSpecs } from '@burnline/judging';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/** Goal: a stream has the specs that it was last given, whatever the clock says, until it is given others or none. */
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

const file = (text: string) => ({ file: 'slos.yaml', text });

it('the last that were given hold, also by a clock that was set back; no files are an answer too', async () => {
  const { store } = database;
  const give = (texts: readonly string[], nowMs: number): Promise<void> =>
    recordSpecs(store, 'live', { files: texts.map(file), nowMs });
  expect(await readGivenSpecs(store, 'live')).toEqual([]);
  await give(['a'], 2_000_000);
  await give(['b', 'c'], 1_000_000);
  expect(await readGivenSpecs(store, 'live')).toEqual([file('b'), file('c')]);
  await give(['a'], 1_000_000);
  expect(await readGivenSpecs(store, 'live')).toEqual([file('a')]);
  await give([], 1_000_000);
  expect(await readGivenSpecs(store, 'live')).toEqual([]);
  await give(['a'], 1_000_000);
  expect(await readGivenSpecs(store, 'other')).toEqual([]);
});

it('a stream that judges SLOs of which no specs were kept asks for them', async () => {
  const { store } = database;
  const activate = (revision: string, atMs: number): Promise<void> =>
    store.insertRows('active_specs', [
      {
        stream: 'old',
        slo: 'chat',
        spec_rev: revision,
        activated_at: new Date(atMs).toISOString().slice(0, -1),
      },
    ]);
  await activate('r1', 1_000);
  await expect(readGivenSpecs(store, 'old')).rejects.toMatchObject({
    code: 'SPECS_NEEDED',
    message: expect.stringContaining('chat') as string,
  });
  await activate('', 2_000);
  expect(await readGivenSpecs(store, 'old')).toEqual([]);
});
