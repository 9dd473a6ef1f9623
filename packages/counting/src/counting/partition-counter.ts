import { RepeatWindow, isAppError } from '@burnline/core';
import {
  commitMetadata,
  type EpochSettings,
  type LogMessage,
  type PartitionId,
  type PartitionStart,
  type PartitionWork,
  type Snapshot,
  type Unreadable,
} from '@burnline/runtime';
import type { ReadSpecChange } from '../specs/spec-marks.ts';
import type { SpecSet } from '../specs/spec-set.ts';
import { Chunk } from './chunk.ts';
import type { CounterOf } from './counters.ts';
import type { FindRepeats } from './event-counter.ts';
import { copyRow, type PaneRow } from './pane-row.ts';

/** Rows of one chunk, copied, ready to be written. */
interface ChunkRows {
  readonly firstOffset: number;
  readonly intervalNumber: number;
  readonly rows: readonly PaneRow[];
}

/** A chunk that has ended: nothing is added to it any more. */
interface ChunkClosing {
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly intervalNumber: number;
  /** Rows of the chunk, by spec revision. */
  readonly rowCounts: Readonly<Record<string, number>>;
}

export interface SpecBegin {
  readonly revision: string;
  /** First offset that the revision counts. */
  readonly offset: number;
}

export interface PartitionSnapshot extends Snapshot {
  readonly chunks: readonly ChunkRows[];
  readonly closings: readonly ChunkClosing[];
  readonly specBegins: readonly SpecBegin[];
  /** The set that the commit names. */
  readonly specSet: SpecSet;
}

/** Where counting begins, and with what. */
export interface CounterStart extends Pick<PartitionStart, 'offset' | 'runningMaxMs'> {
  readonly specSet: SpecSet;
}

export interface CountingParts {
  readonly settings: EpochSettings;
  readonly readSpecChange: ReadSpecChange;
  readonly counterOf: CounterOf;
}

/**
 * Counts one partition, message by message. What it holds is a pure function of the log from the chunk's start on
 * (and of the messages that warmed the repeat window): two of them, anywhere, at any time, write equal rows.
 */
export class PartitionCounter implements PartitionWork<PartitionSnapshot> {
  readonly partition: PartitionId;
  readonly #parts: CountingParts;
  readonly #repeats: RepeatWindow;
  #position: number;
  #runningMaxMs: number;
  #specSet: SpecSet;
  #chunk: Chunk | null = null;
  #ended: Chunk[] = [];
  #specBegins: SpecBegin[] = [];
  #lastMessage: LogMessage | null = null;

  constructor(partition: PartitionId, start: CounterStart, parts: CountingParts) {
    this.partition = partition;
    this.#position = start.offset;
    this.#runningMaxMs = start.runningMaxMs;
    this.#specSet = start.specSet;
    this.#parts = parts;
    this.#repeats = new RepeatWindow(parts.settings.repeatWindowMessages);
  }

  get position(): number {
    return this.#position;
  }

  /**
   * Rows that the next snapshot takes out of memory or has to write: those of chunks that have ended, and in the chunk in
   * progress those that are not written yet. Its written rows stay whatever is flushed, so waiting for a flush frees none.
   */
  get held(): number {
    return this.#ended.reduce((sum, chunk) => sum + chunk.rowCount, this.#chunk?.dirtyCount ?? 0);
  }

  /** Remembers the ids of a message before the start; nothing is counted. */
  warm(message: LogMessage): Unreadable | null {
    return this.#unlessUnreadable(() => {
      const counter = this.#parts.counterOf(this.#specSet);
      counter.rememberMessage(message.value, this.#repeatsAt(message.offset));
    });
  }

  apply(message: LogMessage): Unreadable | null {
    const chunk = this.#chunkFor(message);
    const { timestampMs, offset } = message;
    const target = { chunk, timestampMs, nextOffset: offset + 1, findRepeats: this.#repeatsAt(offset) };
    const counter = this.#parts.counterOf(this.#specSet);
    const unreadable = this.#unlessUnreadable(() => {
      chunk.eventCount += counter.countMessage(message.value, target);
    });
    this.#position = offset + 1;
    this.#lastMessage = message;
    return unreadable;
  }

  /** Takes what must be written before `commit` may be committed; null if nothing was read since the last one. */
  takeSnapshot(): PartitionSnapshot | null {
    const [chunk, lastMessage] = [this.#chunk, this.#lastMessage];
    if (chunk === null || lastMessage === null) return null;
    const all = [...this.#ended, chunk];
    const chunks = all.map((one) => ({ ...one.start, rows: one.takeDirty().map(copyRow) }));
    const closings = this.#ended.map((one, index): ChunkClosing => {
      const { firstOffset, intervalNumber } = one.start;
      const nextOffset = all[index + 1]?.start.firstOffset ?? firstOffset;
      return { firstOffset, nextOffset, intervalNumber, rowCounts: one.rowCounts() };
    });
    const specBegins = this.#specBegins;
    this.#ended = [];
    this.#specBegins = [];
    this.#lastMessage = null;
    const { firstOffset, runningMaxBeforeMs, specSetBefore } = chunk.start;
    return {
      partition: this.partition,
      chunks: chunks.filter((one) => one.rows.length > 0),
      closings,
      specBegins,
      specSet: specSetBefore,
      // A restart begins at the chunk in progress and counts it anew.
      commit: { offset: firstOffset, metadata: commitMetadata(runningMaxBeforeMs, specSetBefore.id) },
      position: this.#position,
      logTimeMs: this.#runningMaxMs,
      lastMessage,
    };
  }

  /** An announcement that changes what is counted begins a chunk: so a revision has whole chunks, and the log says which. */
  #chunkFor(message: LogMessage): Chunk {
    const { intervalMs, chunkEventsMax } = this.#parts.settings;
    const runningMaxBeforeMs = this.#runningMaxMs;
    this.#runningMaxMs = Math.max(runningMaxBeforeMs, message.timestampMs);
    const intervalNumber = Math.floor(this.#runningMaxMs / intervalMs);
    const specSetBefore = this.#specSet;
    this.#announce(message);
    const current = this.#chunk;
    if (current !== null) {
      const isOver =
        current.start.intervalNumber !== intervalNumber ||
        current.eventCount >= chunkEventsMax ||
        this.#specSet !== specSetBefore;
      if (!isOver) return current;
      this.#ended.push(current);
    }
    const firstOffset = message.offset;
    this.#chunk = new Chunk({ firstOffset, runningMaxBeforeMs, intervalNumber, specSetBefore });
    return this.#chunk;
  }

  #announce(message: LogMessage): void {
    const change = this.#parts.readSpecChange(message.value);
    if (change === null) return;
    const before = this.#specSet;
    this.#specSet = before.after(change);
    for (const revision of this.#specSet.revisions) {
      if (!before.revisions.includes(revision)) this.#specBegins.push({ revision, offset: message.offset });
    }
  }

  #repeatsAt(offset: number): FindRepeats {
    return (ids, repeated) => {
      this.#repeats.observeAll(ids, offset, repeated);
    };
  }

  /** A message that cannot be read counts nothing, here and for every other reader; the sink keeps its bytes. */
  #unlessUnreadable(read: () => void): Unreadable | null {
    try {
      read();
      return null;
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
      return { code: error.code, reason: error.message };
    }
  }
}
