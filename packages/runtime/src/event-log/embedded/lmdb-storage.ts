import type {
  CommittedPosition,
  LogMessage,
  PartitionAppend,
  PartitionBounds,
  PartitionId,
  TopicSpec,
} from '../event-log.ts';
import { READ_COUNT_MAX, type LogStorage } from '../in-process/log-storage.ts';
import { AppendJob } from './append-job.ts';
import { checkDirectory, makeDirectory } from './directory-check.ts';
import { lockDirectory, type DirectoryLock } from './directory-lock.ts';
import { GroupWriter } from './group-writer.ts';
import { commitError, openTables, requireRoom, type LmdbTables } from './lmdb-tables.ts';
import { MessageKey, payloadBytesOf, readMessage } from './message-codec.ts';
import { PartitionTable } from './partition-table.ts';
import { ExpireJob, findExpired } from './retention.ts';

export interface StorageOptions {
  readonly directory: string;
  readonly bytesMax: number;
  readonly pendingBytesMax: number;
  readonly nowMs: () => number;
  readonly expiryIntervalMs: number | null;
  readonly onExpiryError: (error: unknown) => void;
}

export class LmdbStorage implements LogStorage {
  readonly #lock: DirectoryLock;
  readonly #tables: LmdbTables;
  readonly #table: PartitionTable;
  readonly #writer: GroupWriter;
  readonly #bytesMax: number;
  readonly #nowMs: () => number;
  readonly #key = new MessageKey();
  readonly #expiryIntervalMs: number | null;
  readonly #onExpiryError: (error: unknown) => void;
  #expiryTimer: NodeJS.Timeout | undefined;
  #isClosing = false;
  /** One run at a time: two would remove the same messages. */
  #expiry: Promise<unknown> = Promise.resolve();

  constructor(input: StorageOptions & { readonly lock: DirectoryLock; readonly tables: LmdbTables }) {
    this.#lock = input.lock;
    this.#tables = input.tables;
    this.#table = new PartitionTable(input.tables);
    this.#writer = new GroupWriter({
      pendingBytesMax: input.pendingBytesMax,
      transact: (write) => {
        requireRoom(input.directory);
        return input.tables.root.batch(write);
      },
      explain: (error) => commitError(error, input.directory),
    });
    this.#bytesMax = input.bytesMax;
    this.#nowMs = input.nowMs;
    this.#expiryIntervalMs = input.expiryIntervalMs;
    this.#onExpiryError = input.onExpiryError;
    this.#scheduleExpiry();
  }

  topic(name: string): TopicSpec | undefined {
    return this.#table.spec(name);
  }

  async putTopics(specs: readonly TopicSpec[]): Promise<void> {
    let number = this.#table.topicCount;
    const changes = specs.flatMap((spec) => {
      const stored = this.#table.changed(spec, number);
      if (stored === null) return [];
      if (stored.number === number) number += 1;
      return [stored];
    });
    if (changes.length === 0) return;
    await this.#write(() => {
      for (const stored of changes) void this.#tables.topics.put(stored.spec.name, stored);
    });
    for (const stored of changes) this.#table.put(stored.spec.name, stored);
  }

  append(batches: readonly PartitionAppend[]): Promise<readonly number[]> {
    const job = new AppendJob({
      tables: this.#tables,
      table: this.#table,
      bytesMax: this.#bytesMax,
      appendMs: this.#nowMs(),
      batches,
    });
    this.#writer.submit(job);
    return job.firstOffsets;
  }

  read(
    from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number },
  ): readonly LogMessage[] {
    const { topicNumber, partition, end } = this.#table.state(from);
    const messages: LogMessage[] = [];
    let readBytes = 0;
    const stop = Math.min(end.offset, from.fromOffset + READ_COUNT_MAX);
    for (let offset = from.fromOffset; offset < stop; offset += 1) {
      const stored = this.#tables.messages.getBinaryFast(this.#key.at(topicNumber, partition, offset));
      if (stored === undefined) break;
      readBytes += payloadBytesOf(stored);
      if (messages.length > 0 && readBytes > from.bytesMax) break;
      messages.push(readMessage(offset, stored));
    }
    return messages;
  }

  bounds({ topic, partition }: PartitionId): PartitionBounds {
    const { start, end } = this.#table.state({ topic, partition });
    return { topic, partition, startOffset: start.offset, endOffset: end.offset };
  }

  commit(group: string, positions: readonly CommittedPosition[]): Promise<void> {
    return this.#write(() => {
      for (const { topic, partition, offset, metadata } of positions) {
        const key: [string, number, number] = [group, this.#table.number(topic), partition];
        void this.#tables.positions.put(key, { offset, metadata });
      }
    });
  }

  committed(group: string, { topic, partition }: PartitionId): CommittedPosition | null {
    const stored = this.#tables.positions.get([group, this.#table.number(topic), partition]);
    return stored === undefined ? null : { topic, partition, ...stored };
  }

  async expire(): Promise<number> {
    const expiry = this.#expiry.then(() => this.#expireAll());
    this.#expiry = Promise.allSettled([expiry]);
    return expiry;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#expiryTimer);
    await this.#expiry;
    await this.#writer.idle();
    await this.#tables.root.close();
    await this.#lock.release();
  }

  /** From the end of one run to the start of the next, so that runs do not pile up. */
  #scheduleExpiry(): void {
    if (this.#expiryIntervalMs === null || this.#isClosing) return;
    this.#expiryTimer = setTimeout(() => {
      void this.expire()
        .then(() => undefined, this.#onExpiryError)
        .then(() => {
          this.#scheduleExpiry();
        });
    }, this.#expiryIntervalMs);
    this.#expiryTimer.unref();
  }

  /** Partitions in parallel: their steps share transactions. */
  async #expireAll(): Promise<number> {
    const nowMs = this.#nowMs();
    const counts = await Promise.all(
      [...this.#table.all()].map(async ({ spec, state }) => {
        const from = state.start.offset;
        while (!this.#isClosing) {
          const newStart = findExpired({ tables: this.#tables, spec, state, nowMs });
          if (newStart === null) break;
          const job = new ExpireJob({ tables: this.#tables, table: this.#table, state, newStart });
          this.#writer.submit(job);
          await job.done;
        }
        return state.start.offset - from;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #write(write: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writer.submit({ memoryBytes: 0, write, committed: resolve, failed: reject });
    });
  }
}

/** Opens what is in the directory, which is made if it is not there. */
export async function openLmdbStorage(options: StorageOptions): Promise<LmdbStorage> {
  const { directory } = options;
  await makeDirectory(directory);
  const lock = await lockDirectory(directory);
  try {
    await checkDirectory(directory);
    return new LmdbStorage({ ...options, lock, tables: openTables(directory, options.bytesMax) });
  } catch (error) {
    await lock.release();
    throw error;
  }
}
