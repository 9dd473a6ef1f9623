import {
  createBatchDecoder,
  createBatchEncoder,
  encodeMark,
  encodeReference,
  loadPackageSchemas,
  partitionOf,
  topicsOf,
} from '@burnline/contracts';
import { AppError, type InferenceEvent, type VerdictReference } from '@burnline/core';
import {
  EPOCH_SETTINGS,
  StreamWorker,
  countedTopics,
  createLogger,
  createMemoryDisk,
  ensureEpoch,
  openMemoryLog,
  referencesTopic,
  systemClock,
  type EventLog,
  type LogConsumer,
  type RunningStream,
  type Store,
} from '@burnline/runtime';
import { createRawWork, createReferenceWork } from '@burnline/sink';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const logger = createLogger({ name: 't', level: 'silent' });
/** How long references wait for their events. */
export const WAIT_MS = 60_000;
const PARTITIONS = 2;
const LIVE = { partitionCount: PARTITIONS, kind: 'live' } as const;
/** Repeats are forgotten after so few messages that every test sees it. */
export const SETTINGS = { ...EPOCH_SETTINGS, repeatWindowMessages: 4 };

/** The sink's own work on a stream: over a database, and a log whose clock a test moves. */
export class ReferenceRig {
  readonly stream: RunningStream;
  readonly log: EventLog;
  nowMs = Date.now();

  readonly #store: Store;

  private constructor(store: Store, stream: RunningStream) {
    this.#store = store;
    this.log = openMemoryLog({ nowMs: () => this.nowMs, disk: createMemoryDisk(), startTimer });
    this.stream = stream;
  }

  static async open(store: Store, name: string): Promise<ReferenceRig> {
    const opened = new ReferenceRig(store, { name, ...LIVE, topics: topicsOf(name, LIVE), epochs: [] });
    const { inference, verdicts, references, deadLetters } = opened.stream.topics;
    await opened.log.ensureTopics([inference, verdicts, references, deadLetters]);
    return opened;
  }

  async opened(): Promise<RunningStream> {
    const parts = { log: this.log, store: this.#store, nowMs: this.nowMs };
    const epochs = [];
    for (const topic of countedTopics(this.stream)) epochs.push(await ensureEpoch(parts, topic, SETTINGS));
    return { ...this.stream, epochs };
  }

  async addEvents(...events: readonly InferenceEvent[]): Promise<void> {
    for (const event of events) {
      const encoder = createBatchEncoder({ kind: 'inference', schemas });
      encoder.append(event);
      const partition = partitionOf(event.event_id, PARTITIONS);
      const messages = [{ value: encoder.finish() }];
      await this.log.append([{ topic: this.stream.topics.inference.name, partition, messages }]);
    }
  }

  async addReferences(...references: readonly VerdictReference[]): Promise<void> {
    for (const reference of references)
      await this.addRaw(encodeReference(reference), partitionOf(reference.event_id, PARTITIONS));
  }

  async addRaw(value: Uint8Array, partition = 0): Promise<void> {
    await this.log.append([{ topic: this.stream.topics.references.name, partition, messages: [{ value }] }]);
  }

  /** Messages of no event in every partition: log time moves on, and repeats are forgotten. */
  async addMarks(count = 1): Promise<void> {
    const value = encodeMark({ kind: 'idle', marked_at: this.nowMs * 1_000 }, schemas);
    const { inference, verdicts } = this.stream.topics;
    for (let number = 0; number < count; number += 1)
      for (const { name: topic } of [inference, verdicts])
        for (let partition = 0; partition < PARTITIONS; partition += 1)
          await this.log.append([{ topic, partition, messages: [{ value }] }]);
  }

  /** The sink, until it has written all that is there. */
  async sink(): Promise<void> {
    const topics = countedTopics(this.stream);
    const work = createRawWork({ ...this.#parts(), repeatWindowMessages: SETTINGS.repeatWindowMessages });
    await this.#runUntil({ work, topics, group: 'sink', settings: SETTINGS }, this.log, async () => {
      const names = topics.map(({ topic }) => topic);
      const [ends, done] = [await this.log.bounds(names), await this.log.committed('sink', names)];
      return ends.every(({ topic, partition, endOffset }) =>
        done.some((one) => one.topic === topic && one.partition === partition && one.offset === endOffset),
      );
    });
  }

  /** The resolver, until `isOver`; rejects where the log does. */
  async resolve(isOver: () => Promise<boolean>, log = this.log): Promise<void> {
    const stream = await this.opened();
    const stopping = new AbortController().signal;
    const work = createReferenceWork({
      ...this.#parts(),
      log,
      clock: systemClock,
      stream,
      stopping,
      eventWaitMs: WAIT_MS,
    });
    const settings = { ...SETTINGS, repeatWindowMessages: 0 };
    const topics = [referencesTopic(stream)];
    await this.#runUntil({ work, topics, group: 'resolver', settings }, log, isOver);
  }

  async #runUntil(
    how: {
      readonly work: ConstructorParameters<typeof StreamWorker>[0];
      readonly topics: ReturnType<typeof countedTopics>;
      readonly group: string;
      readonly settings: typeof EPOCH_SETTINGS;
    },
    log: EventLog,
    isOver: () => Promise<boolean>,
  ): Promise<void> {
    const { work, ...options } = how;
    const stop = new AbortController();
    const worker = new StreamWorker(
      work,
      { log, store: this.#store, clock: systemClock, logger, schemas },
      { ...options, flushIntervalMs: 20 },
    );
    const running = worker.run(stop.signal);
    let failure: unknown = null;
    void running.catch((error: unknown) => (failure = error));
    while (failure === null && !(await isOver())) await systemClock.sleep(10);
    stop.abort();
    await running;
  }

  #parts() {
    return { store: this.#store, log: this.log, logger, decoder, schemas };
  }

  /** How many references nobody has to look at any more. */
  async settled(): Promise<number> {
    const done = await this.log.committed('resolver', [this.stream.topics.references.name]);
    return done.reduce((sum, { offset }) => sum + offset, 0);
  }

  /** Verdicts as they count. */
  verdicts(): Promise<readonly VerdictRow[]> {
    return this.#store.query<VerdictRow>(
      `SELECT toString(event_id) AS id, toUnixTimestamp64Micro(inference_at) AS inference_at, request_id, service, tenant,
              model_served, evaluator, dimension, passed, attributes
       FROM eval_verdicts FINAL WHERE stream = {stream:String} AND NOT is_repeat ORDER BY id`,
      { stream: this.stream.name },
    );
  }

  letters(): Promise<readonly { readonly code: string; readonly reason: string }[]> {
    return this.#store.query(
      `SELECT code, reason FROM dead_letters FINAL WHERE topic = {topic:String} ORDER BY partition, offset`,
      { topic: this.stream.topics.references.name },
    );
  }
}

export interface VerdictRow {
  readonly id: string;
  readonly [column: string]: unknown;
}

function startTimer(waitMs: number, done: () => void): () => void {
  const timer = setTimeout(done, waitMs);
  return () => {
    clearTimeout(timer);
  };
}

/** A log that dies at the n-th append or commit: before it, or after it was made and nobody heard of it. */
export function dyingLog(log: EventLog, death: { readonly at: number; readonly isMade: boolean }): EventLog {
  let left = death.at;
  const dying = async <T>(act: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left !== 0) return act();
    if (death.isMade) await act();
    throw new AppError('CRASH', 'here');
  };
  return {
    ensureTopics: (specs) => log.ensureTopics(specs),
    append: (batches) => dying(() => log.append(batches)),
    consume: async (options) => {
      const inner = await log.consume(options);
      const consumer: LogConsumer = {
        next: (waitMsMax) => inner.next(waitMsMax),
        // The first commit of all begins the partition.
        commit: (positions) =>
          positions.some(({ offset }) => offset > 0)
            ? dying(() => inner.commit(positions))
            : inner.commit(positions),
        pause: (partitions) => {
          inner.pause(partitions);
        },
        resume: (partitions) => {
          inner.resume(partitions);
        },
        close: () => inner.close(),
      };
      return consumer;
    },
    read: (from) => log.read(from),
    bounds: (names) => log.bounds(names),
    committed: (group, names) => log.committed(group, names),
    close: () => log.close(),
  };
}
