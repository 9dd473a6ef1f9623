import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSpecs } from '@burnline/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../delivery/model/random.ts';
import { runCliJson } from '../support/burnline-cli.ts';
import { drawHistory } from '../support/every-kind/history.ts';
import { recountEveryKind } from '../support/every-kind/recount.ts';
import { EVERY_KIND, everyKindSpecs } from '../support/every-kind/specs.ts';

/**
 * Goal: every kind of SLI gives its exact figures through the whole command, by the stream at a history's end and at any moment
 * before, and by the SQL over the raw rows.
 *
 * Method: a file of events and of late verdicts drawn from a printed seed, with repeated ids, sampled events and hours of
 * silence, recounted here event by event; then the raw rows of the replay are backtested.
 */
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2025, 5, 3, 7, 2, 0);
const KINDS = new URL('../../packages/specs/src/kinds/', import.meta.url).pathname;

interface StatusAnswer {
  readonly series: readonly { readonly slo: string; readonly good: number; readonly total: number }[];
}
/** What counts anything, by kind. */
const figuresOf = ({ series }: StatusAnswer): Record<string, readonly [number, number]> =>
  Object.fromEntries(
    series
      .filter(({ total }) => total > 0)
      .map((one) => [one.slo.replace(/-slices$/, ''), [one.good, one.total]]),
  );

let root: string;

it('has a spec for each kind that there is', async () => {
  const entries = await readdir(KINDS, { withFileTypes: true });
  const folders = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  expect(new Set(EVERY_KIND.flatMap((kind) => kind.folders))).toEqual(new Set(folders));
  const { plans } = loadSpecs([{ file: 'slos.yaml', text: everyKindSpecs('slices', 'true') }], {
    mode: 'tolerant',
  });
  const judged = new Map(plans.map(({ slo, sli }) => [slo, sli]));
  for (const { name, folders: own } of EVERY_KIND) {
    const sli = judged.get(`${name}-slices`);
    // What it says that it is made by, it is made by.
    const derived = own.find((folder) => folder.endsWith('timeslices') || folder === 'envelope');
    expect(sli?.derivation?.kind, name).toBe(derived);
    expect(sli?.weight !== undefined, name).toBe(own.includes('weight'));
  }
});

describe('every kind, over a whole history', () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-kinds-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('gives its exact figures, at its end, as of any moment and by SQL', { timeout: 300_000 }, async () => {
    console.log(`history seed ${SEED} (BURNLINE_SEED)`);
    const history = drawHistory(new Random(SEED), {
      ...{ service: 'slices', startMs: START_MS, count: 1_200, spacingMs: MINUTE_MS },
      ...{ silenceMs: 90 * MINUTE_MS, lateMs: 180 * MINUTE_MS },
    });
    const recount = (atMs: number): Record<string, readonly [number, number]> =>
      Object.fromEntries(
        Object.entries(recountEveryKind(history, { atMs, seenMs: atMs })).filter(
          ([, [, total]]) => total > 0,
        ),
      );
    const [events, specs] = ['events.ndjson', 'slos.yaml'].map((name) => path.join(root, name)) as [
      string,
      string,
    ];
    const lines = history.records.map(({ kind, body }) =>
      JSON.stringify(kind === 'event' ? body : { verdict: body }),
    );
    await writeFile(events, lines.join('\n'));
    await writeFile(specs, everyKindSpecs('slices', "service == 'slices'"));
    const dataDir = ['--data-dir', path.join(root, 'data')];
    const replay = await runCliJson<StatusAnswer>(['replay', events, '--specs', specs, ...dataDir]);
    const endMs = Math.max(...[...history.answers, ...history.verdicts].map(({ seenMs }) => seenMs));
    expect(figuresOf(replay)).toEqual(recount(endMs));
    expect(Object.keys(recount(endMs)).sort()).toEqual(EVERY_KIND.map(({ name }) => name).sort());
    for (const share of [0.11, 0.42, 0.73, 0.95]) {
      const asOfMs = Math.floor((START_MS + (endMs - START_MS) * share) / MINUTE_MS) * MINUTE_MS;
      const asOf = new Date(asOfMs).toISOString();
      const answer = await runCliJson<StatusAnswer>(['status', '--as-of', asOf, ...dataDir]);
      expect(figuresOf(answer), `as of ${asOf}`).toEqual(recount(asOfMs));
    }
    const backtest = await runCliJson<StatusAnswer>([
      ...['backtest', '--specs', specs, ...dataDir],
      ...['--from', new Date(START_MS).toISOString(), '--to', new Date(endMs).toISOString()],
    ]);
    expect(figuresOf(backtest)).toEqual(recount(endMs));
  });
});
