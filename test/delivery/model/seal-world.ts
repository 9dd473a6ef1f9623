import type { SealTables } from '../../../packages/judging/dist/sealing/seal-tables.js';
import { GatedSealer, type CallOutcome } from './gated-sealer.ts';
import { MemorySealTables, type BrokenRules, type ChunkRow } from './memory-seal-tables.ts';
import { HOUR_MS, randomHistory, type EpochHistory } from './random-chunks.ts';
import { Random } from './random.ts';
import { Arrived, SealReader } from './seal-reading.ts';

/** An evening, so that most histories cross midnight. */
const START_MS = Date.UTC(2026, 0, 31, 17);
const MINUTE_MS = 60_000;
/** A reader that looked the pointer up reads within this time; rows are dropped a minute later at the earliest. */
const READ_MS_MAX = 4 * MINUTE_MS;
/** Chunks and rows arrive out of order by so many. */
const DISORDER = 12;

export interface WorldOptions {
  readonly seed: number;
  readonly broken?: BrokenRules;
  /** Zombies write the last version of a row alone, not what they had before. */
  readonly zombiesAreEqual?: boolean;
  readonly change?: (tables: SealTables, memory: MemorySealTables) => SealTables;
}

type Arrival = () => void;

/**
 * Two sealers over in-memory tables, while chunks, their rows and their closings arrive in any order, zombies write old
 * versions again, sealers die at any call, readers read with pointers of some minutes ago, and a burn stage judges.
 *
 * A row's last version may arrive after its closing only if no older one has: row counts do not tell versions apart.
 */
export class SealWorld {
  readonly memory: MemorySealTables;
  readonly #random: Random;
  readonly #histories: readonly EpochHistory[];
  readonly #arrived = new Arrived();
  readonly #zombieRows: ChunkRow[] = [];
  readonly #arrivals: Arrival[] = [];
  readonly #sealers: readonly GatedSealer[];
  readonly #pending = new Map<string, number>();
  #readers: SealReader[] = [];
  #working = 0;

  constructor(options: WorldOptions) {
    const random = new Random(options.seed);
    this.#random = random;
    this.memory = new MemorySealTables(options.broken);
    // Two topics of one stream, or a stream alone.
    this.#histories = Array.from({ length: 1 + random.below(2) }, (_, index) =>
      randomHistory(random, {
        epoch: `topic-${index}@1`,
        startMs: START_MS + random.below(90) * MINUTE_MS,
        hours: 2 + random.below(12),
      }),
    );
    for (const history of this.#histories) this.#plan(history, options);
    const change = (tables: SealTables): SealTables => options.change?.(tables, this.memory) ?? tables;
    this.#sealers = [1, 2].map(() => new GatedSealer(this.memory, random, change));
  }

  /** Plays the whole history with faults, checking all the way; throws at the first wrong answer. */
  async play(): Promise<void> {
    while (this.#arrivals.length > 0) await this.#act();
    for (const { epoch, endOffsets } of this.#histories) {
      if (this.#random.chance(0.6)) this.memory.endOffsets.set(epoch.epoch, endOffsets);
    }
    for (let acts = 0; acts < 100; acts += 1) await this.#act();
    await this.#settle();
  }

  #plan({ epoch, rows, closings }: EpochHistory, options: WorldOptions): void {
    this.memory.epochRows.push(epoch);
    const random = this.#random;
    const ordered = closings.toSorted((one, other) => one.logIntervalMs - other.logIntervalMs);
    for (const closing of ordered) {
      const of = rows.filter((row) => row.partition === closing.partition && row.chunk === closing.chunk);
      const last = of.filter(
        (row) => !of.some((other) => other.series === row.series && other.version > row.version),
      );
      const pending = `${epoch.epoch}|${closing.partition}|${closing.chunk}`;
      this.#pending.set(pending, closing.logIntervalMs);
      const isComplete = new Set<unknown>();
      const note = (part: unknown): void => {
        isComplete.add(part);
        if (isComplete.size === last.length + 1) this.#pending.delete(pending);
      };
      const arrivals = last.map((row): Arrival => () => {
        // Older versions come first, and again later from zombies.
        const older = of.filter((one) => one.series === row.series && options.zombiesAreEqual !== true);
        if (random.chance(0.5)) for (const one of older) this.#write(one);
        this.#write(row);
        this.#zombieRows.push(row, ...older);
        note(row);
      });
      arrivals.push(() => {
        this.memory.addClosing(closing);
        note(closing);
      });
      this.#arrivals.push(...random.shuffled(arrivals));
    }
  }

  #write(row: ChunkRow): void {
    this.memory.chunkRows.insert(row);
    this.#arrived.add(row);
  }

  async #act(): Promise<void> {
    const random = this.#random;
    const draw = random.next();
    if (draw < 0.4) this.#arrive();
    else if (draw < 0.45) this.#rise(random.below(20));
    else if (draw < 0.5) this.#passTime(random.pick([1_000, MINUTE_MS, 3 * MINUTE_MS, 6 * MINUTE_MS]));
    else if (draw < 0.53) this.#judge(random.below(3 * HOUR_MS));
    else if (draw < 0.56)
      this.#readers.push(new SealReader(this.memory, random.pick(this.#histories).epoch.epoch));
    else if (draw < 0.59) this.#finishReaders();
    else await this.#sealOn();
  }

  /** One sealer works for a while and the other stands still, between any two calls. */
  async #sealOn(): Promise<void> {
    const sealer = this.#sealers[this.#working];
    // Between the last look at the rows and their sum is where a long stop does most harm.
    const stopChance = sealer?.waitsFor === 'archiveHours' ? 0.3 : 0.01;
    if (this.#random.chance(stopChance)) this.#working = 1 - this.#working;
    else await sealer?.go(this.#outcome());
  }

  #outcome(): CallOutcome {
    return this.#random.chance(0.97)
      ? 'done'
      : this.#random.pick(['dies-before', 'dies-within', 'dies-after']);
  }

  #arrive(): void {
    const index = this.#random.below(Math.min(DISORDER, this.#arrivals.length));
    this.#arrivals.splice(index, 1)[0]?.();
  }

  /** A flush of a zombie. */
  #rise(rowCount: number): void {
    for (const row of this.#random.shuffled(this.#zombieRows).slice(0, rowCount))
      this.memory.chunkRows.insert(row);
  }

  #passTime(durationMs: number): void {
    const oldestMs = Math.min(...this.#readers.map((reader) => reader.startedMs));
    if (this.memory.nowMs + durationMs > oldestMs + READ_MS_MAX) this.#finishReaders();
    this.memory.nowMs += durationMs;
  }

  #finishReaders(): void {
    for (const reader of this.#readers) reader.finish(this.#arrived);
    this.#readers = [];
  }

  /** The burn stage of each stream goes on as far as everything has arrived, and reads what it judges. */
  #judge(spanMs: number): void {
    for (const { epoch, closings } of this.#histories) {
      const fromMs = this.memory.evaluatedThroughMs.get(epoch.stream) ?? START_MS;
      const missing = [...this.#pending].filter(([name]) => name.startsWith(`${epoch.epoch}|`));
      const endMs = Math.max(...closings.map((closing) => closing.logIntervalMs)) + MINUTE_MS;
      const toMs = Math.min(fromMs + spanMs, endMs, ...missing.map(([, logIntervalMs]) => logIntervalMs));
      if (toMs <= fromMs) continue;
      if (epoch.clock === 'replay')
        this.#arrived.checkSpan(this.memory, { epoch: epoch.epoch, fromMs, toMs });
      this.memory.evaluatedThroughMs.set(epoch.stream, toMs);
    }
  }

  /** Without any more faults everything that can be sealed is, what is sealed is dropped, and all of it is read. */
  async #settle(): Promise<void> {
    this.#judge(Infinity);
    this.#finishReaders();
    for (const sealer of this.#sealers) await sealer.finish();
    this.memory.nowMs += 10 * MINUTE_MS;
    for (const sealer of this.#sealers) await sealer.finish();
    for (const history of this.#histories) {
      const { epoch } = history.epoch;
      const throughMs = this.memory.pointerOf(epoch, 'hour')?.throughMs ?? 0;
      if (throughMs < this.#dueMs(history)) throw new Error(`${epoch}: sealed through ${throughMs}`);
      const dayMs = this.memory.pointerOf(epoch, 'day')?.throughMs ?? 0;
      if (dayMs !== Math.floor(throughMs / (24 * HOUR_MS)) * 24 * HOUR_MS)
        throw new Error(`${epoch}: day ${dayMs}`);
      const left = this.memory.chunkRows.filter(
        (row) => row.epoch === epoch && row.logIntervalMs < throughMs,
      );
      if (left.length > 0) throw new Error(`${epoch}: ${left.length} sealed rows are left`);
      new SealReader(this.memory, epoch).finish(this.#arrived);
    }
  }

  /** By the definition: the last hour that every partition has passed, judged if it is a replay. */
  #dueMs({ epoch, closings }: EpochHistory): number {
    const hasEnded = this.memory.endOffsets.has(epoch.epoch);
    const lasts = epoch.startOffsets.map((_, partition) =>
      Math.max(...closings.filter((one) => one.partition === partition).map((one) => one.logIntervalMs)),
    );
    const passed = hasEnded ? Math.max(...lasts) + HOUR_MS : Math.min(...lasts);
    const judged =
      epoch.clock === 'live' ? Infinity : (this.memory.evaluatedThroughMs.get(epoch.stream) ?? 0);
    return Math.floor(Math.min(passed, judged) / HOUR_MS) * HOUR_MS;
  }
}
