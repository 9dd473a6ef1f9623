import { isAppError, RepeatWindow, clampToLogTime } from '@burnline/core';
import { hashEventId } from '@burnline/contracts';
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
import type { DecodedMessage, MessageDecoder } from './record.ts';
import type { SliSet } from './sli-set.ts';

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
  readonly #slis: SliSet;
  readonly #decode: MessageDecoder;
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
    parts: { settings: EpochSettings; slis: SliSet; decode: MessageDecoder },
  ) {
    this.partition = partition;
    this.#position = start.offset;
    this.#runningMaxMs = start.runningMaxMs;
    this.#settings = parts.settings;
    this.#slis = parts.slis;
    this.#decode = parts.decode;
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
    for (const record of this.#decodeOrSkip(message).records)
      this.#isRepeat(record['event_id'], message.offset);
  }

  apply(message: LogMessage): void {
    const chunk = this.#chunkFor(message);
    const decoded = this.#decodeOrSkip(message);
    this.#position = message.offset + 1;
    this.#lastMessage = message;
    if (decoded.kind === 'mark' || decoded.kind === 'report') return;
    chunk.eventCount += decoded.records.length;
    const timeField = decoded.kind === 'inference' ? 'occurred_at' : 'inference_at';
    for (const record of decoded.records) {
      if (this.#isRepeat(record['event_id'], message.offset)) continue;
      // The table's times begin in 1970; an older event is a wrong clock's and must not stop the stream.
      const timeMicros = Math.max(0, clampToLogTime(record[timeField] as number, message.timestampMs));
      const target = {
        chunk,
        pane: Math.floor(timeMicros / (this.#settings.paneMs * 1_000)),
        nextOffset: this.#position,
      };
      if (decoded.kind === 'inference') this.#slis.countEvent(target, record);
      else this.#slis.countVerdict(target, record);
    }
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

  #isRepeat(eventId: unknown, offset: number): boolean {
    const { hi, lo } = hashEventId(eventId as Uint8Array);
    return this.#repeats.observe(hi, lo, offset);
  }

  /** A message that cannot be read counts nothing, here and for every other reader; the sink keeps its bytes. */
  #decodeOrSkip(message: LogMessage): DecodedMessage {
    try {
      const decoded = this.#decode(message.value);
      return decoded.kind === 'mark' || decoded.kind === 'report'
        ? { kind: decoded.kind, records: [] }
        : decoded;
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
      this.#undecodableCount += 1;
      return { kind: 'mark', records: [] };
    }
  }
}

function copyRow(row: PaneRow): PaneRow {
  return { ...row, sums: [...row.sums], histogram: row.histogram === null ? null : new Map(row.histogram) };
}
