import type { EvalVerdict, InferenceEvent, VerdictReference } from '@burnline/core';
import {
  createBatchEncoder,
  encodeReference,
  partitionOf,
  type BatchEncoder,
  type RecordByKind,
  type SchemaSource,
} from '@burnline/contracts';
import type { NewMessage } from '@burnline/runtime';
import type { LogPart } from './append-parts.ts';
import type { Prices } from './pricing/prices.ts';
import { TailSampler, type SamplingRules } from './sampling/tail-sampler.ts';

export interface LiveTopics {
  readonly inference: string;
  readonly verdicts: string;
  /** Verdicts that name what they judge by an id alone. */
  readonly references: string;
  readonly partitionCount: number;
}

type EventKind = 'inference' | 'verdict';

/** Records of a request on their way to the live stream. Each is encoded as it comes: no request holds its events as objects. */
export interface RecordBatch<Item> {
  /** `index` is its position in the request. False: sampling leaves it out. Throws what the encoder throws for a record that cannot be written. */
  add(record: Item, index: number): boolean;
  /** How many it holds. */
  readonly count: number;
  /** How many sampling left out. */
  readonly leftOutCount: number;
  /** What goes to the log; once. */
  parts(): readonly LogPart[];
  /** All of it is there: how many records, by topic. */
  durable(): readonly (readonly [topic: string, count: number])[];
}

interface PartitionBatch<Kind extends EventKind> {
  readonly encoder: BatchEncoder<Kind>;
  readonly messages: NewMessage[];
  /** Positions of its records among those of the request. */
  readonly indexes: number[];
}

/** What is done to the records of a request on their way, and once they are durable. */
interface Finishing<Kind extends EventKind> {
  /** Null: it is left out. */
  readonly finish: (record: RecordByKind[Kind]) => RecordByKind[Kind] | null;
  readonly onDurable: () => void;
}

class LiveBatch<Kind extends EventKind> implements RecordBatch<RecordByKind[Kind]> {
  readonly #newEncoder: () => BatchEncoder<Kind>;
  readonly #finishing: Finishing<Kind> | null;
  readonly #topic: string;
  readonly #partitionCount: number;
  readonly #partitions = new Map<number, PartitionBatch<Kind>>();
  #leftOutCount = 0;

  constructor(parts: {
    readonly newEncoder: () => BatchEncoder<Kind>;
    readonly finishing: Finishing<Kind> | null;
    readonly topic: string;
    readonly partitionCount: number;
  }) {
    this.#newEncoder = parts.newEncoder;
    this.#finishing = parts.finishing;
    this.#topic = parts.topic;
    this.#partitionCount = parts.partitionCount;
  }

  get count(): number {
    return countOf(this.#partitions);
  }

  get leftOutCount(): number {
    return this.#leftOutCount;
  }

  add(given: RecordByKind[Kind], index: number): boolean {
    const record = this.#finishing === null ? given : this.#finishing.finish(given);
    if (record === null) {
      this.#leftOutCount += 1;
      return false;
    }
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
    return true;
  }

  parts(): readonly LogPart[] {
    return [...this.#partitions].map(([partition, { encoder, messages, indexes }]) => {
      const all = [...messages, { value: encoder.finish() }];
      return { append: { topic: this.#topic, partition, messages: all }, indexes };
    });
  }

  durable(): readonly (readonly [string, number])[] {
    this.#finishing?.onDurable();
    return countsOf(this.#topic, this.#partitions);
  }
}

function countsOf(
  topic: string,
  partitions: ReadonlyMap<number, { readonly indexes: readonly number[] }>,
): readonly (readonly [string, number])[] {
  const count = countOf(partitions);
  return count === 0 ? [] : [[topic, count]];
}

function countOf(partitions: ReadonlyMap<number, { readonly indexes: readonly number[] }>): number {
  return [...partitions.values()].reduce((sum, { indexes }) => sum + indexes.length, 0);
}

/** Verdicts that say what they judge, and such as name it by an id: each has its topic. */
class VerdictBatch implements RecordBatch<EvalVerdict | VerdictReference> {
  /** Judgements are few, and sampled where they are made. */
  readonly leftOutCount = 0;
  readonly #topics: LiveTopics;
  readonly #whole: LiveBatch<'verdict'>;
  readonly #references = new Map<number, { readonly messages: NewMessage[]; readonly indexes: number[] }>();

  constructor(topics: LiveTopics, whole: LiveBatch<'verdict'>) {
    this.#topics = topics;
    this.#whole = whole;
  }

  get count(): number {
    return this.#whole.count + countOf(this.#references);
  }

  add(verdict: EvalVerdict | VerdictReference, index: number): boolean {
    if ('inference_at' in verdict) return this.#whole.add(verdict, index);
    const partition = partitionOf(verdict.event_id, this.#topics.partitionCount);
    const own = this.#references.get(partition) ?? { messages: [], indexes: [] };
    this.#references.set(partition, own);
    own.messages.push({ value: encodeReference(verdict) });
    own.indexes.push(index);
    return true;
  }

  parts(): readonly LogPart[] {
    const { references: topic } = this.#topics;
    const references = [...this.#references].map(([partition, { messages, indexes }]) => ({
      append: { topic, partition, messages },
      indexes,
    }));
    return [...this.#whole.parts(), ...references];
  }

  durable(): readonly (readonly [string, number])[] {
    return [...this.#whole.durable(), ...countsOf(this.#topics.references, this.#references)];
  }
}

/** Begins batches for the live stream. Events get their costs here, whichever dialect they came in. */
export class LiveWriter {
  readonly #schemas: SchemaSource;
  readonly #topics: LiveTopics;
  /** Null: costs are what senders say. */
  readonly prices: Prices | null;
  /** Null: every event is kept. */
  readonly sampler: TailSampler | null;

  constructor(
    parts: {
      readonly schemas: SchemaSource;
      readonly prices?: Prices | null;
      readonly sampling?: SamplingRules | null;
    },
    topics: LiveTopics,
  ) {
    this.#schemas = parts.schemas;
    this.#topics = topics;
    this.prices = parts.prices ?? null;
    const { sampling = null } = parts;
    this.sampler = sampling === null || sampling.oneIn === 1 ? null : new TailSampler(sampling);
  }

  beginEvents(): RecordBatch<InferenceEvent> {
    return this.#begin('inference', { topic: this.#topics.inference, finishing: this.#finishing() });
  }

  beginVerdicts(): RecordBatch<EvalVerdict | VerdictReference> {
    const whole = this.#begin('verdict', { topic: this.#topics.verdicts, finishing: null });
    return new VerdictBatch(this.#topics, whole);
  }

  #begin<Kind extends EventKind>(
    kind: Kind,
    given: { readonly topic: string; readonly finishing: Finishing<Kind> | null },
  ): LiveBatch<Kind> {
    return new LiveBatch({
      ...given,
      newEncoder: () => createBatchEncoder({ kind, schemas: this.#schemas }),
      partitionCount: this.#topics.partitionCount,
    });
  }

  #finishing(): Finishing<'inference'> | null {
    const { prices, sampler } = this;
    if (prices === null && sampler === null) return null;
    const tally = prices?.begin();
    return {
      finish: (event) => {
        const kept = sampler === null ? event : sampler.sampled(event);
        return kept === null || tally === undefined ? kept : tally.priced(kept);
      },
      onDurable: () => {
        if (tally !== undefined) prices?.tell(tally);
      },
    };
  }
}
