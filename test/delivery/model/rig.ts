import { loadPackageSchemas } from '@burnline/contracts';
import {
  StreamWorker,
  commitMetadata,
  createLogger,
  createMemoryDisk,
  openMemoryLog,
  startOf,
  type EventLog,
  type LogMessage,
  type MemoryDisk,
  type PartitionWork,
  type Snapshot,
  type Store,
  type StreamTopic,
  type StreamWork,
  type WorkerOptions,
} from '@burnline/runtime';
import { SETTINGS } from './slos.ts';
import { VirtualTime } from './virtual-time.ts';

export const TOPIC = 'burnline.live.inference';
export const schemas = loadPackageSchemas();
const logger = createLogger({ name: 'rig', level: 'silent' });

type Row = Readonly<Record<string, unknown>>;

/** The two tables that a worker itself reads and writes, and a hook for failures. */
class TinyStore implements Store {
  epochs: Row[] = [];
  watermarks = new Map<string, Row>();
  onInsert: (table: string) => Promise<void> | void = () => undefined;

  query<R>(sql: string, params: Readonly<Record<string, unknown>> = {}): Promise<R[]> {
    if (sql.includes('FROM watermarks')) {
      const row = this.watermarks.get(`${String(params['consumer'])}|${String(params['partition'])}`);
      return Promise.resolve((row === undefined ? [] : [row]) as R[]);
    }
    return Promise.resolve(this.epochs.map((row) => ({ ...row, created_ms: 0 })) as R[]);
  }

  async insertRows(table: string, rows: readonly object[]): Promise<void> {
    await this.onInsert(table);
    for (const row of rows as readonly Row[]) {
      if (table === 'stream_epochs') this.epochs.push(row);
      if (table === 'watermarks')
        this.watermarks.set(`${String(row['consumer'])}|${String(row['partition'])}`, row);
    }
  }

  command(): Promise<void> {
    return Promise.resolve();
  }

  insertBytes(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export interface OffsetsSnapshot extends Snapshot {
  readonly offsets: readonly number[];
}

/** Holds offsets alone: enough to see what is written, when, and how often. */
export class OffsetsWork implements StreamWork<OffsetsSnapshot> {
  readonly consumer = 'sink';
  readonly writesMarks: boolean;
  readonly heldMax: number;
  readonly written: number[][] = [];
  onWrite: (snapshots: readonly OffsetsSnapshot[]) => Promise<void> | void = () => undefined;
  appliedCount = 0;

  constructor(options: { readonly writesMarks?: boolean; readonly heldMax?: number } = {}) {
    this.writesMarks = options.writesMarks ?? false;
    this.heldMax = options.heldMax ?? 1_000;
  }

  open: StreamWork<OffsetsSnapshot>['open'] = (assigned, epoch) => {
    const start = startOf(assigned, epoch);
    let offsets: number[] = [];
    let last: LogMessage | null = null;
    let [position, runningMaxMs] = [start.offset, start.runningMaxMs];
    const partition = { topic: assigned.topic, partition: assigned.partition };
    const apply = (message: LogMessage): null => {
      this.appliedCount += 1;
      offsets.push(message.offset);
      last = message;
      position = message.offset + 1;
      runningMaxMs = Math.max(runningMaxMs, message.timestampMs);
      return null;
    };
    const work: PartitionWork<OffsetsSnapshot> = {
      partition,
      get position() {
        return position;
      },
      get held() {
        return offsets.length;
      },
      warm: () => null,
      apply,
      takeSnapshot: () => {
        if (last === null) return null;
        const commit = { offset: position, metadata: commitMetadata(runningMaxMs) };
        const snapshot = { partition, position, logTimeMs: runningMaxMs, lastMessage: last, commit, offsets };
        [offsets, last] = [[], null];
        return snapshot;
      },
    };
    return Promise.resolve(work);
  };

  async write(snapshots: readonly OffsetsSnapshot[]): Promise<void> {
    this.written.push(snapshots.flatMap((snapshot) => snapshot.offsets));
    await this.onWrite(snapshots);
  }
}

export interface RunningWorker {
  readonly stop: AbortController;
  /** Null while it runs; then its error, or 'ended'. */
  outcome: unknown;
}

/** A log, a store and virtual time for one promise at a time. */
export class Rig {
  readonly time = new VirtualTime();
  readonly store = new TinyStore();
  readonly log: EventLog;
  readonly topic: StreamTopic;

  constructor(options: { partitionCount?: number; clock?: 'live' | 'replay'; disk?: MemoryDisk } = {}) {
    const nowMs = (): number => this.time.nowMs;
    const disk = options.disk ?? createMemoryDisk();
    this.log = openMemoryLog({ nowMs, disk, startTimer: this.time.startTimer });
    const { partitionCount = 1, clock = 'live' } = options;
    this.topic = { stream: 'live', topic: TOPIC, clock, partitionCount };
  }

  async open(): Promise<void> {
    await this.log.ensureTopics([
      {
        name: TOPIC,
        partitionCount: this.topic.partitionCount,
        timestamps: this.topic.clock === 'live' ? 'append' : 'create',
        retentionMs: null,
        retentionBytes: null,
        messagesKeptMin: 0,
        messageBytesMax: 1_000_000,
      },
    ]);
  }

  async append(texts: readonly string[], partition = 0): Promise<void> {
    for (const text of texts) {
      const message = { value: Buffer.from(text) };
      const timestampMs = this.time.nowMs;
      const messages = [this.topic.clock === 'live' ? message : { ...message, timestampMs }];
      await this.log.append([{ topic: TOPIC, partition, messages }]);
    }
  }

  start<S extends Snapshot>(
    work: StreamWork<S>,
    options: { readonly log?: EventLog; readonly over?: Partial<WorkerOptions> } = {},
  ): RunningWorker {
    const stop = new AbortController();
    const log = options.log ?? this.log;
    const parts = { log, store: this.store, clock: this.time.clock, logger, schemas };
    const worker = new StreamWorker(work, parts, {
      group: 'g',
      topics: [this.topic],
      settings: SETTINGS,
      flushIntervalMs: 200,
      ...options.over,
    });
    const running: RunningWorker = { stop, outcome: null };
    worker.run(stop.signal).then(
      () => (running.outcome = 'ended'),
      (error: unknown) => (running.outcome = error),
    );
    return running;
  }

  async committed(partition = 0): Promise<number | null> {
    const all = await this.log.committed('g', [TOPIC]);
    return all.find((one) => one.partition === partition)?.offset ?? null;
  }
}
