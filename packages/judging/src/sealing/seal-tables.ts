/** An hour pointer: everything of log time before `throughMs` is in the archive. */
export interface SealPointer {
  readonly throughMs: number;
  /** First chunk that is not sealed, by partition. */
  readonly nextChunks: readonly number[];
}

/** What is known of one epoch: where its chains of chunks begin, and how far it is sealed. Times are epoch ms. */
export interface SealEpoch {
  readonly epoch: string;
  readonly clock: 'live' | 'replay';
  /** First offset of the epoch, by partition. */
  readonly startOffsets: readonly number[];
  /** Offset after the epoch's last message, by partition; null while it goes on. */
  readonly endOffsets: readonly number[] | null;
  /** Every instant of the stream up to here is judged; null before the first. */
  readonly evaluatedThroughMs: number | null;
  /** The largest hour pointer. */
  readonly hour: SealPointer | null;
  /** Everything of log time before this is in day rows too: the largest day pointer. */
  readonly dayThroughMs: number | null;
}

/** A chunk that has ended. */
export interface ChunkClosing {
  readonly chunk: number;
  readonly nextChunk: number;
  /** Start of the interval of log time that the chunk lies in, epoch ms; never falls along a partition. */
  readonly logIntervalMs: number;
  /** Rows that the chunk has in all spec revisions, number. */
  readonly rowCount: number;
}

export interface ClosingsPage {
  readonly epoch: string;
  readonly partition: number;
  /** First chunk of the page. */
  readonly fromChunk: number;
  readonly limit: number;
}

/** Whole hours of log time, and the chunks that lie in them: `firstChunks[p]` up to, not including, `nextChunks[p]`. */
export interface SealStretch {
  readonly epoch: string;
  readonly clock: 'live' | 'replay';
  readonly fromMs: number;
  readonly throughMs: number;
  readonly firstChunks: readonly number[];
  readonly nextChunks: readonly number[];
}

/** Chunk rows of an epoch below an instant of log time. */
export interface SealedRows {
  readonly epoch: string;
  readonly throughMs: number;
}

/**
 * What the sealer asks of the database. Each call is safe to make again, by several sealers at once, and may have had any
 * part of its effect when it fails. Reads of one call after a write of an earlier one must see that write: on a cluster
 * this takes sequential reads.
 */
export interface SealTables {
  /** Every epoch that was ever recorded, ordered by name. */
  epochs(): Promise<readonly SealEpoch[]>;
  /** Closings of a partition at `fromChunk` and after it, ordered by chunk. */
  closings(page: ClosingsPage): Promise<readonly ChunkClosing[]>;
  /**
   * How many chunks of a stretch have a closing whose rows can all be read: for every spec revision, just as many keys of
   * chunk rows as the closing names.
   */
  readableChunkCount(stretch: SealStretch): Promise<number>;
  /**
   * Sums the chunk rows of a stretch (the highest version of each key) into archive rows of source kind `hour`, levels pane,
   * 5m and 1h, one source per hour of log time. A row's version is the number of rows summed. Rows below an hour pointer that
   * stands already are left out: they may have been dropped, and a zombie may have written some of them anew.
   */
  archiveHours(stretch: SealStretch): Promise<void>;
  /** The oldest sealed hour of the epoch at or after `fromMs` that has archive rows; null without one. */
  firstHourMs(where: { readonly epoch: string; readonly fromMs: number }): Promise<number | null>;
  /**
   * Sums the archive's 1h rows whose source lies in the UTC day that begins at `dayMs` into rows of source kind `day`, level 1d.
   * A row's version is the number of rows summed.
   */
  archiveDay(day: {
    readonly epoch: string;
    readonly clock: 'live' | 'replay';
    readonly dayMs: number;
  }): Promise<void>;
  /** Moves a pointer of the epoch; without effect if one stands there or further. `nextChunks` is empty for a day. */
  movePointer(
    pointer: SealPointer & { readonly epoch: string; readonly kind: 'hour' | 'day' },
  ): Promise<void>;
  /**
   * Epochs that have chunk rows below an hour pointer which has stood for `standingMs` by the database's clock, with the
   * largest such pointer.
   */
  sealedRows(standingMs: number): Promise<readonly SealedRows[]>;
  /** Removes the epoch's chunk rows below `throughMs` of log time, every version of them. */
  dropRows(rows: SealedRows): Promise<void>;
}
