import {
  createBatchEncoder,
  partitionOf,
  type BatchEncoder,
  type RecordByKind,
  type SchemaSource,
} from '@burnline/contracts';
import type { EventLog, NewMessage } from '@burnline/runtime';
import { appendParts, type LogPart } from './append-parts.ts';
import type { Prices } from './pricing/prices.ts';

export interface LiveTopics {
  readonly inference: string;
  readonly verdicts: string;
  readonly partitionCount: number;
}

export type EventKind = 'inference' | 'verdict';

interface PartitionBatch<Kind extends EventKind> {
  readonly encoder: BatchEncoder<Kind>;
  readonly messages: NewMessage[];
  /** Positions of its records among those of the request. */
  readonly indexes: number[];
}

/** What is done to the records of a request on their way, and once they are durable. */
interface Finishing<Kind extends EventKind> {
  readonly finish: (record: RecordByKind[Kind]) => RecordByKind[Kind];
  readonly onDurable: () => void;
}

/** Records on their way to the live stream. Each is encoded as it comes, so that no request holds its events as objects. */
export class LiveBatch<Kind extends EventKind> {
  readonly #log: EventLog;
  readonly #newEncoder: () => BatchEncoder<Kind>;
  readonly #finishing: Finishing<Kind> | null;
  /** That its records go to. */
  readonly topic: string;
  readonly #partitionCount: number;
  readonly #partitions = new Map<number, PartitionBatch<Kind>>();

  constructor(parts: {
    readonly log: EventLog;
    readonly newEncoder: () => BatchEncoder<Kind>;
    readonly finishing: Finishing<Kind> | null;
    readonly topic: string;
    readonly partitionCount: number;
  }) {
    this.#log = parts.log;
    this.#newEncoder = parts.newEncoder;
    this.#finishing = parts.finishing;
    this.topic = parts.topic;
    this.#partitionCount = parts.partitionCount;
  }

  /** `index` is its position in the request. Throws what the encoder throws for a record that cannot be written. */
  add(given: RecordByKind[Kind], index: number): void {
    const record = this.#finishing?.finish(given) ?? given;
    const partition = partitionOf(record.event_id, this.#partitionCount);
    const batch = this.#partitions.get(partition) ?? {
      encoder: this.#newEncoder(),
      messages: [],
      indexes: [],
    };
    this.#partitions.set(partition, batch);
    if (!batch.encoder.append(record)) {
      batch.messages.push({ value: batch.encoder.finish() });
      batch.encoder.append(record);
    }
    batch.indexes.push(index);
  }

  /** Resolves once all is durable. Rejects with COLLECTOR_PARTLY_WRITTEN and the like; `ids` are those of the records, by index. */
  async append(ids: ReadonlyMap<number, string>): Promise<void> {
    const parts = [...this.#partitions].map(([partition, { encoder, messages, indexes }]): LogPart => {
      const all = [...messages, { value: encoder.finish() }];
      return { append: { topic: this.topic, partition, messages: all }, indexes };
    });
    await appendParts(this.#log, parts, ids);
    this.#finishing?.onDurable();
  }
}

/** Begins batches for the live stream. Events get their costs here, whichever dialect they came in. */
export class LiveWriter {
  readonly #log: EventLog;
  readonly #schemas: SchemaSource;
  readonly #topics: LiveTopics;
  /** Null: costs are what senders say. */
  readonly prices: Prices | null;

  constructor(
    parts: { readonly log: EventLog; readonly schemas: SchemaSource; readonly prices?: Prices | null },
    topics: LiveTopics,
  ) {
    this.#log = parts.log;
    this.#schemas = parts.schemas;
    this.#topics = topics;
    this.prices = parts.prices ?? null;
  }

  begin<Kind extends EventKind>(kind: Kind): LiveBatch<Kind> {
    const finishings: { readonly [Of in EventKind]: Finishing<Of> | null } = {
      inference: this.#pricing(),
      verdict: null,
    };
    return new LiveBatch({
      log: this.#log,
      finishing: finishings[kind],
      newEncoder: () => createBatchEncoder({ kind, schemas: this.#schemas }),
      topic: kind === 'inference' ? this.#topics.inference : this.#topics.verdicts,
      partitionCount: this.#topics.partitionCount,
    });
  }

  #pricing(): Finishing<'inference'> | null {
    const { prices } = this;
    if (prices === null) return null;
    const tally = prices.begin();
    return {
      finish: (event) => tally.priced(event),
      onDurable: () => {
        prices.tell(tally);
      },
    };
  }
}
