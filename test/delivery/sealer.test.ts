import { describe, expect, it } from 'vitest';
import type { SealEpoch, SealStretch, SealTables } from '../../packages/judging/dist/sealing/seal-tables.js';
import { changedTables } from './model/changed-tables.ts';
import type { MemorySealTables } from './model/memory-seal-tables.ts';
import { HOUR_MS } from './model/random-chunks.ts';
import { SealWorld, type WorldOptions } from './model/seal-world.ts';

/**
 * Goal: archive rows below the pointer and chunk rows at or above it are what has arrived, at every moment, whatever dies,
 * lags, comes twice or runs beside; and each of the sealer's rules is needed for that.
 *
 * Method: the real sealer over in-memory tables that the contract suite holds equal to the SQL, in random worlds. Variants
 * that leave one rule out must be caught within some seeds.
 */
const SEEDS = Number(process.env['SEALER_SEEDS'] ?? '60');
const FIRST_SEED = Number(process.env['SEALER_SEED'] ?? '1');
const MUTANT_SEEDS_MAX = 300;

const playing = async (options: WorldOptions): Promise<unknown> =>
  new SealWorld(options).play().then(
    () => null,
    (error: unknown) => error,
  );

const changedEpochs = (tables: SealTables, change: (epoch: SealEpoch) => SealEpoch): SealTables =>
  changedTables(tables, { epochs: async () => (await tables.epochs()).map(change) });

function namedChunkCount(memory: MemorySealTables, stretch: SealStretch): number {
  return [...memory.closingRows.values()].filter(
    ({ epoch, partition, chunk }) =>
      epoch === stretch.epoch &&
      chunk >= (stretch.firstChunks[partition] ?? 0) &&
      chunk < (stretch.nextChunks[partition] ?? 0),
  ).length;
}

function pointerFirst(tables: SealTables): SealTables {
  let held: SealStretch | null = null;
  return changedTables(tables, {
    archiveHours: (stretch) => {
      held = stretch;
      return Promise.resolve();
    },
    movePointer: async (pointer) => {
      await tables.movePointer(pointer);
      if (held !== null && pointer.kind === 'hour') await tables.archiveHours(held);
      held = null;
    },
  });
}

const MUTANTS: Readonly<Record<string, Omit<WorldOptions, 'seed'>>> = {
  'seals across a hole in the chain': {
    change: (tables) =>
      changedTables(tables, {
        closings: async (page) => {
          const rows = await tables.closings(page);
          return rows.map((row, index) => ({ ...row, chunk: rows[index - 1]?.nextChunk ?? page.fromChunk }));
        },
      }),
  },
  'asks one partition alone how far it is': {
    change: (tables) =>
      changedEpochs(tables, (epoch) => ({
        ...epoch,
        startOffsets: epoch.startOffsets.slice(0, 1),
        hour: epoch.hour && { ...epoch.hour, nextChunks: epoch.hour.nextChunks.slice(0, 1) },
      })),
  },
  'does not count rows': {
    change: (tables, memory) =>
      changedTables(tables, {
        readableChunkCount: (stretch) => Promise.resolve(namedChunkCount(memory, stretch)),
      }),
  },
  'moves the pointer before the archive is written': {
    broken: { sumsBelowPointer: true },
    change: pointerFirst,
  },
  'drops at once': { change: (tables) => changedTables(tables, { sealedRows: () => tables.sealedRows(0) }) },
  'drops above the pointer': {
    change: (tables) =>
      changedTables(tables, {
        dropRows: (rows) => tables.dropRows({ ...rows, throughMs: rows.throughMs + HOUR_MS }),
      }),
  },
  'sums rows below the pointer again': { broken: { sumsBelowPointer: true } },
  'gives every archive row the same version': {
    broken: { sumsBelowPointer: true, hasOneVersion: true },
    zombiesAreEqual: true,
  },
  'ignores what a replay has yet to judge': {
    change: (tables) => changedEpochs(tables, (epoch) => ({ ...epoch, evaluatedThroughMs: Infinity })),
  },
};

describe('the sealer', () => {
  it(`keeps archive and chunk rows together equal to what arrived (${SEEDS} seeds from ${FIRST_SEED})`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      expect(await playing({ seed }), `seed ${seed}`).toBeNull();
    }
  });

  it('needs versions alone when zombies only repeat what was written last', async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      const options: WorldOptions = { seed, broken: { sumsBelowPointer: true }, zombiesAreEqual: true };
      expect(await playing(options), `seed ${seed}`).toBeNull();
    }
  });

  it.each(Object.entries(MUTANTS))('is caught if it %s', async (_, mutant) => {
    let caught: unknown = null;
    for (let seed = 1; seed <= MUTANT_SEEDS_MAX && caught === null; seed += 1)
      caught = await playing({ ...mutant, seed });
    expect(caught).not.toBeNull();
  });
});
