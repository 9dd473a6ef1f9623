import { logError, type LogError } from '../log-errors.ts';

export interface WriteJob {
  /** What it holds in memory until it is written; 0 for what must not be refused: commits and expiry, which few await. */
  readonly memoryBytes: number;
  /** Queues its writes in the transaction being built. Throws before its first write to fail alone. */
  write(): void;
  /** The transaction is on the disk. */
  committed(): void;
  /** Nothing of the transaction is in the log. */
  failed(error: unknown): void;
}

/** About 60 ms of a disk that takes 250 MB/s: long enough to make flushes rare, short enough for a commit in between. */
const TRANSACTION_BYTES_MAX = 16 * 1024 * 1024;
/** LMDB blocks the event loop beyond 300,000 outstanding writes; a job of tiny messages may hold ten thousand. */
const TRANSACTION_JOBS_MAX = 1024;

/**
 * Group commit: while a transaction is being written and flushed, what arrives waits, and the next transaction takes all of
 * it, in order. One transaction at a time, so a failed one leaves nothing after it to take back.
 */
export class GroupWriter {
  readonly #pendingBytesMax: number;
  readonly #transact: (write: () => void) => Promise<unknown>;
  readonly #explain: (error: unknown) => Promise<LogError>;
  #queue: WriteJob[] = [];
  #pendingBytes = 0;
  #running: Promise<void> | null = null;

  constructor(input: {
    readonly pendingBytesMax: number;
    /** Runs `write`, at once, and resolves when what it queued is durable; all of it or nothing. */
    readonly transact: (write: () => void) => Promise<unknown>;
    /** Turns the rejection of a transaction into what its jobs fail with. */
    readonly explain: (error: unknown) => Promise<LogError>;
  }) {
    this.#pendingBytesMax = input.pendingBytesMax;
    this.#transact = input.transact;
    this.#explain = input.explain;
  }

  /** Throws LOG_BUSY if more waits than memory may hold; a job alone is always taken. */
  submit(job: WriteJob): void {
    if (
      job.memoryBytes > 0 &&
      this.#pendingBytes > 0 &&
      this.#pendingBytes + job.memoryBytes > this.#pendingBytesMax
    ) {
      throw logError('LOG_BUSY', `${this.#pendingBytes} bytes wait to be written to the log.`, {
        outcome: 'retry',
        remedy: 'Send again after a moment; if it persists the disk is slower than the input.',
        details: { pendingBytes: this.#pendingBytes, pendingBytesMax: this.#pendingBytesMax },
      });
    }
    this.#queue.push(job);
    this.#pendingBytes += job.memoryBytes;
    this.#running ??= this.#run();
  }

  /** Resolves when everything submitted before has been written or has failed. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    // What is submitted in the same turn shares the first transaction.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#writeGroup(this.#takeGroup());
    this.#running = null;
  }

  #takeGroup(): readonly WriteJob[] {
    let count = 0;
    let groupBytes = 0;
    for (const { memoryBytes } of this.#queue) {
      groupBytes += memoryBytes;
      if (count > 0 && (groupBytes > TRANSACTION_BYTES_MAX || count === TRANSACTION_JOBS_MAX)) break;
      count += 1;
    }
    const group = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return group;
  }

  async #writeGroup(group: readonly WriteJob[]): Promise<void> {
    const written: WriteJob[] = [];
    const refused = new Set<WriteJob>();
    try {
      await this.#transact(() => {
        for (const job of group) {
          try {
            job.write();
            written.push(job);
          } catch (error) {
            refused.add(job);
            job.failed(error);
          }
        }
      });
      for (const job of written) job.committed();
    } catch (error) {
      const reason = await this.#explain(error);
      // A transaction that never began has written nothing of any job.
      for (const job of group) if (!refused.has(job)) job.failed(reason);
    } finally {
      for (const { memoryBytes } of group) this.#pendingBytes -= memoryBytes;
    }
  }
}
