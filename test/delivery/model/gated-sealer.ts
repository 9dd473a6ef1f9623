import { systemClock, type Logger } from '@burnline/runtime';
import type { WalkBounds } from '../../../packages/judging/dist/sealing/chain-walk.js';
import { Sealer } from '../../../packages/judging/dist/sealing/sealer.js';
import type { SealTables } from '../../../packages/judging/dist/sealing/seal-tables.js';
import type { MemorySealTables } from './memory-seal-tables.ts';
import type { Random } from './random.ts';

/** How a call to the database goes: done, or the process dies before, within or after it. */
export type CallOutcome = 'done' | 'dies-before' | 'dies-within' | 'dies-after';

class Death extends Error {}

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

/** More turns of the microtask queue than a sealer takes from one call to the next. */
const TURNS_MAX = 1_000;

/** A sealer that stands still before every call to the database until it is let on: any interleaving can be played. */
export class GatedSealer {
  readonly #tables: SealTables;
  readonly #bounds: WalkBounds;
  #sealer: Sealer;
  /** The call that the sealer stands before. */
  waitsFor: keyof SealTables | null = null;
  #letOn: ((outcome: CallOutcome) => void) | null = null;
  #isStepping = false;
  #failure: { readonly error: unknown } | null = null;
  /** What the last whole step said: there is more to do. */
  #hasMore = true;

  constructor(memory: MemorySealTables, random: Random, change: (tables: SealTables) => SealTables) {
    // Small ones, so that walks end for every reason.
    this.#bounds = {
      closingsPerPage: 1 + random.below(9),
      pagesPerWalk: 1 + random.below(6),
      rowsPerStretchMax: 1 + random.below(40),
    };
    this.#tables = change(this.#gate(memory, random));
    this.#sealer = this.#start();
  }

  /** Begins a step, or lets the call that waits go on. */
  async go(outcome: CallOutcome): Promise<void> {
    const letOn = this.#letOn;
    this.#letOn = null;
    if (letOn === null) this.#begin();
    else letOn(outcome);
    for (let turns = 0; this.#isBusy(); turns += 1) {
      if (turns > TURNS_MAX) throw new Error('a sealer waits for something else than the database');
      await Promise.resolve();
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Steps without any fault until nothing is left to do. */
  async finish(): Promise<void> {
    // The step under way may have looked at the tables long ago.
    if (this.#isStepping) await this.#finishStep();
    do await this.#finishStep();
    while (this.#hasMore);
  }

  async #finishStep(): Promise<void> {
    do await this.go('done');
    while (this.#isStepping);
  }

  #isBusy(): boolean {
    return this.#isStepping && this.#letOn === null;
  }

  #start(): Sealer {
    return new Sealer({ tables: this.#tables, logger: SILENT, clock: systemClock, bounds: this.#bounds });
  }

  #begin(): void {
    this.#isStepping = true;
    this.#sealer
      .step()
      .then((hasMore) => {
        this.#hasMore = hasMore;
      })
      .catch((error: unknown) => {
        if (error instanceof Death) this.#sealer = this.#start();
        else this.#failure = { error };
      })
      .finally(() => {
        this.#isStepping = false;
      });
  }

  #gate(memory: MemorySealTables, random: Random): SealTables {
    const call = async <T>(
      name: keyof SealTables,
      run: () => Promise<T>,
      runPart?: () => void,
    ): Promise<T> => {
      this.waitsFor = name;
      const outcome = await new Promise<CallOutcome>((resolve) => {
        this.#letOn = resolve;
      });
      this.waitsFor = null;
      if (outcome === 'dies-before') throw new Death();
      if (outcome === 'dies-within') {
        runPart?.();
        throw new Death();
      }
      const result = await run();
      if (outcome === 'dies-after') throw new Death();
      return result;
    };
    return {
      epochs: () => call('epochs', () => memory.epochs()),
      closings: (page) => call('closings', () => memory.closings(page)),
      readableChunkCount: (stretch) => call('readableChunkCount', () => memory.readableChunkCount(stretch)),
      archiveHours: (stretch) =>
        call(
          'archiveHours',
          () => memory.archiveHours(stretch),
          () => {
            for (const row of memory.hourRowsOf(stretch))
              if (random.chance(0.5)) memory.archiveRows.insert(row);
          },
        ),
      firstHourMs: (where) => call('firstHourMs', () => memory.firstHourMs(where)),
      archiveDay: (day) => call('archiveDay', () => memory.archiveDay(day)),
      movePointer: (pointer) => call('movePointer', () => memory.movePointer(pointer)),
      sealedRows: (standingMs) => call('sealedRows', () => memory.sealedRows(standingMs)),
      dropRows: (rows) => call('dropRows', () => memory.dropRows(rows)),
    };
  }
}
