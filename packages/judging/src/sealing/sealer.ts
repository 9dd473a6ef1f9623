import { DAY_MS, floorTo } from '@burnline/core';
import type { Clock, Logger } from '@burnline/runtime';
import { WALK_BOUNDS, findDueStretch, type DueStretch, type WalkBounds } from './chain-walk.ts';
import type { SealEpoch, SealTables } from './seal-tables.ts';

/**
 * Chunk rows stay for so long after the pointer has passed them: a reader that looked the pointer up before it moved still
 * finds them. Readers look it up anew for every evaluation, which takes seconds.
 */
const DROP_AFTER_MS = 300_000;
/** Rows that their closings name and nobody can read: a replica lags, or something was lost. So long it is no news. */
const ROWS_MISSING_WARN_MS = 300_000;

export interface SealerOptions {
  readonly tables: SealTables;
  readonly logger: Logger;
  /** Tells how long rows have been missing, for a warning; nothing that is written depends on it. */
  readonly clock: Clock;
  readonly bounds?: WalkBounds;
}

/**
 * Sums chunk rows that nobody can add to any more into archive rows, and drops them later. The order is: rows, then the
 * pointer that makes them count, then, some minutes on, the drop of what they replace. Each step gives the same result when it is
 * done again, so a crash between two steps and a second sealer do no harm.
 */
export class Sealer {
  readonly #tables: SealTables;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #bounds: WalkBounds;
  /** Since when an epoch waits for rows, monotonic ms; one entry per waiting epoch. */
  readonly #missingSinceMs = new Map<string, number>();

  constructor(options: SealerOptions) {
    this.#tables = options.tables;
    this.#logger = options.logger;
    this.#clock = options.clock;
    this.#bounds = options.bounds ?? WALK_BOUNDS;
  }

  /** Seals at most a day of log time of each epoch. True if there may be more to do at once. */
  async step(): Promise<boolean> {
    let hasMore = false;
    for (const epoch of await this.#tables.epochs()) {
      const hourMoved = await this.#sealHours(epoch);
      const dayMoved = await this.#sealDay(epoch);
      hasMore = hasMore || hourMoved || dayMoved;
    }
    // Last, and only when nothing is due: a drop rewrites parts, so many hours had better go in one.
    if (!hasMore) await this.#dropSealed();
    return hasMore;
  }

  async #sealHours(epoch: SealEpoch): Promise<boolean> {
    const stretch = await findDueStretch(this.#tables, epoch, this.#bounds);
    if (stretch === null) return false;
    if (stretch.rowCount > 0) {
      const readable = await this.#tables.readableChunkCount(stretch);
      if (readable !== stretch.chunkCount) {
        this.#noteMissing(stretch, readable);
        return false;
      }
      await this.#tables.archiveHours(stretch);
    }
    this.#missingSinceMs.delete(epoch.epoch);
    await this.#tables.movePointer({ ...stretch, kind: 'hour' });
    this.#logger.debug(
      { epoch: epoch.epoch, through: new Date(stretch.throughMs).toISOString(), rows: stretch.rowCount },
      'sealed',
    );
    return true;
  }

  /** The next whole UTC day below the hour pointer; days without rows are passed over. */
  async #sealDay(epoch: SealEpoch): Promise<boolean> {
    const throughMs = floorTo(epoch.hour?.throughMs ?? 0, DAY_MS);
    const doneMs = epoch.dayThroughMs ?? 0;
    if (doneMs >= throughMs) return false;
    const firstHourMs = await this.#tables.firstHourMs({ epoch: epoch.epoch, fromMs: doneMs });
    const dayMs = firstHourMs === null ? throughMs : floorTo(firstHourMs, DAY_MS);
    const pointer = { epoch: epoch.epoch, kind: 'day', nextChunks: [] } as const;
    if (dayMs >= throughMs) {
      await this.#tables.movePointer({ ...pointer, throughMs });
      return false;
    }
    await this.#tables.archiveDay({ epoch: epoch.epoch, clock: epoch.clock, dayMs });
    await this.#tables.movePointer({ ...pointer, throughMs: dayMs + DAY_MS });
    return true;
  }

  async #dropSealed(): Promise<void> {
    for (const rows of await this.#tables.sealedRows(DROP_AFTER_MS)) await this.#tables.dropRows(rows);
  }

  #noteMissing(stretch: DueStretch, readable: number): void {
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = this.#missingSinceMs.get(stretch.epoch) ?? nowMs;
    this.#missingSinceMs.set(stretch.epoch, sinceMs);
    if (nowMs - sinceMs < ROWS_MISSING_WARN_MS) return;
    // From now on again, so that the line comes every few minutes for as long as it lasts.
    this.#missingSinceMs.set(stretch.epoch, nowMs);
    this.#logger.warn(
      {
        code: 'SEAL_ROWS_MISSING',
        epoch: stretch.epoch,
        from: new Date(stretch.fromMs).toISOString(),
        through: new Date(stretch.throughMs).toISOString(),
        chunks: stretch.chunkCount,
        readable,
      },
      'rows that chunks have written cannot be read, so these hours are not sealed: does a replica lag?',
    );
  }
}
