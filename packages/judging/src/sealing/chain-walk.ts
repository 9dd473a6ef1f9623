import { invariant, DAY_MS, HOUR_MS, floorTo } from '@burnline/core';
import type { ClosingsPage, SealEpoch, SealStretch, SealTables } from './seal-tables.ts';

/** What one step may read and sum. */
export interface WalkBounds {
  readonly closingsPerPage: number;
  /** A walk that has an hour to seal reads no further than this many pages: a step stays a matter of seconds. */
  readonly pagesPerWalk: number;
  /** One statement sums no more rows, unless a single hour has more. */
  readonly rowsPerStretchMax: number;
}

/**
 * A page: a few hundred kilobytes of answer, a week of chunks at one a minute. Rows: far below the store's time limit for a
 * statement.
 */
export const WALK_BOUNDS: WalkBounds = {
  closingsPerPage: 10_000,
  pagesPerWalk: 32,
  rowsPerStretchMax: 2_000_000,
};

/** Where the chunks of one hour of log time begin in a chain, and what lies before them since the walk's start. */
interface HourMark {
  readonly hourMs: number;
  readonly chunk: number;
  readonly chunksBefore: number;
  readonly rowsBefore: number;
}

/** How much of a stretch its closings name. */
export interface DueStretch extends SealStretch {
  readonly chunkCount: number;
  readonly rowCount: number;
}

/** The unbroken list of closings of one partition, as far as it has been read. Holds one mark per hour. */
class Chain {
  readonly firstChunk: number;
  readonly marks: HourMark[] = [];
  /** Hour of the first chunk that has rows. */
  firstRowsHourMs = Infinity;
  /** Every chunk before this log interval has ended and is named; Infinity once the chain has come to the epoch's end. */
  reachMs = -Infinity;
  isRead = false;
  readonly #endOffset: number | null;
  #nextChunk: number;
  #chunkCount = 0;
  #rowCount = 0;

  constructor(firstChunk: number, endOffset: number | null) {
    this.firstChunk = firstChunk;
    this.#nextChunk = firstChunk;
    this.#endOffset = endOffset;
    this.#lookForEnd();
  }

  async readPage(tables: SealTables, page: Omit<ClosingsPage, 'fromChunk'>): Promise<void> {
    const closings = await tables.closings({ ...page, fromChunk: this.#nextChunk });
    for (const closing of closings) {
      // A hole: the closing of the chunk between is still to come.
      if (closing.chunk !== this.#nextChunk || this.reachMs === Infinity) break;
      invariant(
        closing.nextChunk > closing.chunk,
        `chunk ${closing.chunk} of ${page.epoch} ends after itself`,
      );
      const hourMs = floorTo(closing.logIntervalMs, HOUR_MS);
      if (hourMs > (this.marks.at(-1)?.hourMs ?? -Infinity)) {
        this.marks.push({
          hourMs,
          chunk: closing.chunk,
          chunksBefore: this.#chunkCount,
          rowsBefore: this.#rowCount,
        });
      }
      if (closing.rowCount > 0) this.firstRowsHourMs = Math.min(this.firstRowsHourMs, hourMs);
      this.reachMs = closing.logIntervalMs;
      this.#chunkCount += 1;
      this.#rowCount += closing.rowCount;
      this.#nextChunk = closing.nextChunk;
      this.#lookForEnd();
    }
    const last = closings.at(-1);
    if (closings.length < page.limit || last?.nextChunk !== this.#nextChunk) this.isRead = true;
  }

  /** What of the chain lies before an hour that it has passed. */
  before(throughMs: number): Omit<HourMark, 'hourMs'> {
    const mark = this.marks.find((one) => one.hourMs >= throughMs);
    return mark ?? { chunk: this.#nextChunk, chunksBefore: this.#chunkCount, rowsBefore: this.#rowCount };
  }

  #lookForEnd(): void {
    if (this.#nextChunk !== this.#endOffset) return;
    this.reachMs = Infinity;
    this.isRead = true;
  }
}

/**
 * Follows the chains of all partitions from the epoch's hour pointer, and gives the whole hours that every partition has
 * passed: a day of log time at most, counted from the first chunk that has rows (an empty year is one stretch). Null if
 * there is none.
 */
export async function findDueStretch(
  tables: SealTables,
  epoch: SealEpoch,
  bounds: WalkBounds,
): Promise<DueStretch | null> {
  const sealedMs = epoch.hour?.throughMs ?? 0;
  const limitMs = judgedLimitMs(epoch);
  if (limitMs <= sealedMs) return null;
  const starts = epoch.hour?.nextChunks ?? epoch.startOffsets;
  const chains = starts.map((chunk, partition) => new Chain(chunk, epoch.endOffsets?.[partition] ?? null));
  for (let pages = 0; ; pages += 1) {
    const goalMs = Math.min(limitMs, firstRowsHourMs(chains) + DAY_MS, ...stuckAtMs(chains));
    const partition = chains.findIndex((chain) => !chain.isRead && chain.reachMs < goalMs);
    const chain = chains[partition];
    if (chain === undefined) break;
    if (pages >= bounds.pagesPerWalk && throughMs(chains, limitMs, bounds) > sealedMs) break;
    await chain.readPage(tables, { epoch: epoch.epoch, partition, limit: bounds.closingsPerPage });
  }
  const through = throughMs(chains, limitMs, bounds);
  return through > sealedMs ? stretchOf(epoch, chains, through) : null;
}

/** A replay's burn stage has yet to read the chunk rows of what it has not judged; live, each tick judges the present. */
function judgedLimitMs(epoch: SealEpoch): number {
  return epoch.clock === 'live' ? Infinity : floorTo(epoch.evaluatedThroughMs ?? 0, HOUR_MS);
}

function firstRowsHourMs(chains: readonly Chain[]): number {
  return Math.min(...chains.map((chain) => chain.firstRowsHourMs));
}

/** How far chains came that cannot be read on: nothing beyond the least of them can be sealed. */
function stuckAtMs(chains: readonly Chain[]): readonly number[] {
  return chains.filter((chain) => chain.isRead).map((chain) => chain.reachMs);
}

/** End of the last hour that every chain has passed, within the bounds of one statement. */
function throughMs(chains: readonly Chain[], limitMs: number, bounds: WalkBounds): number {
  const firstHourMs = firstRowsHourMs(chains);
  // Once all chains have ended there is no next chunk: the last hour that has one is the end.
  const lastHourEndMs = Math.max(
    ...chains.map((chain) => (chain.marks.at(-1)?.hourMs ?? -Infinity) + HOUR_MS),
  );
  const passedMs = Math.min(...chains.map((chain) => chain.reachMs));
  let through = floorTo(Math.min(passedMs, limitMs, firstHourMs + DAY_MS, lastHourEndMs), HOUR_MS);
  while (
    through > firstHourMs + HOUR_MS &&
    sumBefore(chains, through, 'rowsBefore') > bounds.rowsPerStretchMax
  ) {
    through -= HOUR_MS;
  }
  return through;
}

function sumBefore(chains: readonly Chain[], ms: number, of: 'rowsBefore' | 'chunksBefore'): number {
  return chains.reduce((sum, chain) => sum + chain.before(ms)[of], 0);
}

function stretchOf(epoch: SealEpoch, chains: readonly Chain[], through: number): DueStretch {
  return {
    epoch: epoch.epoch,
    clock: epoch.clock,
    fromMs: Math.min(firstRowsHourMs(chains), through),
    throughMs: through,
    firstChunks: chains.map((chain) => chain.firstChunk),
    nextChunks: chains.map((chain) => chain.before(through).chunk),
    chunkCount: sumBefore(chains, through, 'chunksBefore'),
    rowCount: sumBefore(chains, through, 'rowsBefore'),
  };
}
