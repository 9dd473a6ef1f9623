import type { PartitionAppend } from '../event-log.ts';
import { logError } from '../log-errors.ts';
import type { WriteJob } from './group-writer.ts';
import type { LmdbTables } from './lmdb-tables.ts';
import { HEADER_BYTES, MessageKey, writeHeader } from './message-codec.ts';
import { markAfter, type PartitionState, type PartitionTable } from './partition-table.ts';

interface StoredEntry {
  readonly state: PartitionState;
  readonly messages: readonly { readonly stored: Buffer; readonly timestampMs: number }[];
}

/** What LMDB's binding keeps for a queued write until it is done, roughly. */
const QUEUED_WRITE_BYTES = 256;

/** One call of `append`: all of it is in one transaction. */
export class AppendJob implements WriteJob {
  readonly memoryBytes: number;
  readonly firstOffsets: Promise<readonly number[]>;
  readonly #tables: LmdbTables;
  readonly #table: PartitionTable;
  readonly #bytesMax: number;
  readonly #appendMs: number;
  readonly #entries: readonly StoredEntry[];
  readonly #key = new MessageKey();
  #offsets: readonly number[] = [];
  #ends: ReadonlyMap<PartitionState, PartitionState['end']> = new Map();
  #resolve: (offsets: readonly number[]) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(input: {
    readonly tables: LmdbTables;
    readonly table: PartitionTable;
    readonly bytesMax: number;
    readonly appendMs: number;
    readonly batches: readonly PartitionAppend[];
  }) {
    this.#tables = input.tables;
    this.#table = input.table;
    this.#bytesMax = input.bytesMax;
    this.#appendMs = input.appendMs;
    const { entries, memoryBytes } = copyBatches(input.table, input.batches, input.appendMs);
    this.#entries = entries;
    this.memoryBytes = memoryBytes;
    this.firstOffsets = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  write(): void {
    const nexts = new Map<PartitionState, PartitionState['next']>();
    const nextOf = (state: PartitionState) => nexts.get(state) ?? state.next;
    let addedDiskBytes = 0;
    this.#offsets = this.#entries.map(({ state, messages }) => {
      const first = nextOf(state);
      let mark = first;
      for (const { stored, timestampMs } of messages) {
        writeHeader(stored, {
          appendMs: this.#appendMs,
          timestampMs,
          payloadBytesBefore: mark.payloadBytes,
          diskBytesBefore: mark.diskBytes,
        });
        mark = markAfter(mark, stored.byteLength - HEADER_BYTES);
      }
      addedDiskBytes += mark.diskBytes - first.diskBytes;
      nexts.set(state, mark);
      return first.offset;
    });
    this.#checkRoom(addedDiskBytes);
    for (const [state, next] of nexts) this.#table.reserve(state, next);
    this.#ends = nexts;
    this.#putAll();
  }

  committed(): void {
    for (const [state, end] of this.#ends) this.#table.settle(state, end);
    this.#resolve(this.#offsets);
  }

  failed(error: unknown): void {
    for (const state of this.#ends.keys()) this.#table.rollBack(state);
    this.#reject(error);
  }

  #putAll(): void {
    for (const [index, { state, messages }] of this.#entries.entries()) {
      let offset = this.#offsets[index] ?? 0;
      for (const { stored } of messages) {
        const key = this.#key.at(state.topicNumber, state.partition, offset);
        void this.#tables.messages.put(key, stored);
        offset += 1;
      }
    }
  }

  #checkRoom(addedDiskBytes: number): void {
    const diskBytes = this.#table.diskBytes + addedDiskBytes;
    if (diskBytes <= this.#bytesMax) return;
    throw logError(
      'LOG_DISK_FULL',
      `The log would grow to ${Math.ceil(diskBytes)} bytes; it may use ${this.#bytesMax}.`,
      {
        outcome: 'retry',
        remedy: 'Raise bytesMax of the embedded log, or lower the retention of the topics.',
        details: { diskBytes, bytesMax: this.#bytesMax },
      },
    );
  }
}

/**
 * The one copy on the way in, behind room for each header, so that the caller may use its buffers again at once. One
 * allocation for the whole call: LMDB's binding looks up an address per allocation.
 */
function copyBatches(
  table: PartitionTable,
  batches: readonly PartitionAppend[],
  appendMs: number,
): { readonly entries: readonly StoredEntry[]; readonly memoryBytes: number } {
  let slabBytes = 0;
  let messageCount = 0;
  for (const { messages } of batches) {
    for (const { value } of messages) slabBytes += HEADER_BYTES + value.byteLength;
    messageCount += messages.length;
  }
  const slab = Buffer.allocUnsafeSlow(slabBytes);
  let position = 0;
  const entries = batches.map((batch) => ({
    state: table.state(batch),
    messages: batch.messages.map(({ value, timestampMs }) => {
      const stored = slab.subarray(position, position + HEADER_BYTES + value.byteLength);
      stored.set(value, HEADER_BYTES);
      position += stored.byteLength;
      return { stored, timestampMs: timestampMs ?? appendMs };
    }),
  }));
  return { entries, memoryBytes: slabBytes + messageCount * QUEUED_WRITE_BYTES };
}
