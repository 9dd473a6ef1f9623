import { RepeatWindow, isAppError } from '@burnline/core';
import {
  commitMetadata,
  type EpochSettings,
  type LogMessage,
  type PartitionId,
  type PartitionStart,
  type PartitionWork,
  type Snapshot,
} from '@burnline/runtime';
import { Chunk, type PaneRow } from './chunk.ts';
import type { EventCounter, IsRepeat } from './event-counter.ts';

/** Rows of one chunk, copied, ready to be written. */
export interface ChunkRows {
  readonly firstOffset: number;
  readonly intervalNumber: number;
  readonly rows: readonly PaneRow[];
}

export interface PartitionSnapshot extends Snapshot {
  readonly chunks: readonly ChunkRows[];
}

/**
 * Counts one partition, message by message. What it holds is a pure function of the log from the chunk's start on
 * (and of the messages that warmed the repeat window): two of them, anywhere, at any time, write equal rows.
 */
export class PartitionCounter implements PartitionWork<PartitionSnapshot> {
  readonly partition: PartitionId;
  readonly #settings: EpochSettings;
  readonly #counter: EventCounter;
  readonly #repeats: RepeatWindow;
  #position: number;
  #runningMaxMs: number;
  #chunk: Chunk | null = null;
  #ended: Chunk[] = [];
  #lastMessage: LogMessage | null = null;
  #undecodableCount = 0;

  constructor(
    partition: PartitionId,
    start: PartitionStart,
    parts: { readonly settings: EpochSettings; readonly counter: EventCounter },
  ) {
    this.partition = partition;
    this.#position = start.offset;
    this.#runningMaxMs = start.runningMaxMs;
    this.#settings = parts.settings;
    this.#counter = parts.counter;
    this.#repeats = new RepeatWindow(parts.settings.repeatWindowMessages);
  }

  get position(): number {
    return this.#position;
  }

  get undecodableCount(): number {
    return this.#undecodableCount;
  }

  /** Rows held in memory, written or not. */
  get held(): number {
    return this.#ended.reduce((sum, chunk) => sum + chunk.rowCount, this.#chunk?.rowCount ?? 0);
  }

  /** Remembers the ids of a message before the start; nothing is counted. */
  warm(message: LogMessage): void {
    this.#countOrSkip(() => {
      this.#counter.rememberMessage(message.value, this.#repeatsAt(message.offset));
      return 0;
    });
  }

  apply(message: LogMessage): void {
    const chunk = this.#chunkFor(message);
    const { timestampMs, offset } = message;
    const target = { chunk, timestampMs, nextOffset: offset + 1, isRepeat: this.#repeatsAt(offset) };
    chunk.eventCount += this.#countOrSkip(() => this.#counter.countMessage(message.value, target));
    this.#position = offset + 1;
    this.#lastMessage = message;
  }

  /** Takes what must be written before `commit` may be committed; null if nothing was read since the last one. */
  takeSnapshot(): PartitionSnapshot | null {
    const [chunk, lastMessage] = [this.#chunk, this.#lastMessage];
    if (chunk === null || lastMessage === null) return null;
    const chunks = [...this.#ended, chunk].map((one) => ({
      firstOffset: one.firstOffset,
      intervalNumber: one.intervalNumber,
      rows: one.takeDirty().map(copyRow),
    }));
    this.#ended = [];
    this.#lastMessage = null;
    return {
      partition: this.partition,
      chunks: chunks.filter((one) => one.rows.length > 0),
      // A restart begins at the chunk in progress and counts it anew.
      commit: { offset: chunk.firstOffset, metadata: commitMetadata(chunk.runningMaxBeforeMs) },
      position: this.#position,
      logTimeMs: this.#runningMaxMs,
      lastMessage,
    };
  }

  #chunkFor(message: LogMessage): Chunk {
    const runningMaxBeforeMs = this.#runningMaxMs;
    this.#runningMaxMs = Math.max(runningMaxBeforeMs, message.timestampMs);
    const intervalNumber = Math.floor(this.#runningMaxMs / this.#settings.intervalMs);
    const current = this.#chunk;
    if (current !== null) {
      const isOver =
        current.intervalNumber !== intervalNumber || current.eventCount >= this.#settings.chunkEventsMax;
      if (!isOver) return current;
      this.#ended.push(current);
    }
    this.#chunk = new Chunk({ firstOffset: message.offset, runningMaxBeforeMs, intervalNumber });
    return this.#chunk;
  }

  #repeatsAt(offset: number): IsRepeat {
    return (high, low) => this.#repeats.observe(high, low, offset);
  }

  /** A message that cannot be read counts nothing, here and for every other reader; the sink keeps its bytes. */
  #countOrSkip(count: () => number): number {
    try {
      return count();
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
      this.#undecodableCount += 1;
      return 0;
    }
  }
}

function copyRow(row: PaneRow): PaneRow {
  return { ...row, sums: [...row.sums], histogram: row.histogram === null ? null : new Map(row.histogram) };
}
