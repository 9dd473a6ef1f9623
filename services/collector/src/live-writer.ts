import {
  createBatchEncoder,
  partitionOf,
  type BatchEncoder,
  type RecordByKind,
  type SchemaSource,
} from '@burnline/contracts';
import type { EventLog, NewMessage, PartitionAppend } from '@burnline/runtime';

export interface LiveTopics {
  readonly inference: string;
  readonly verdicts: string;
  readonly partitionCount: number;
}

/** Appends records to the live stream; what it resolves for is durable. */
export class LiveWriter {
  readonly #log: EventLog;
  readonly #schemas: SchemaSource;
  readonly #topics: LiveTopics;

  constructor(parts: { readonly log: EventLog; readonly schemas: SchemaSource }, topics: LiveTopics) {
    this.#log = parts.log;
    this.#schemas = parts.schemas;
    this.#topics = topics;
  }

  async write<Kind extends 'inference' | 'verdict'>(
    kind: Kind,
    records: readonly (RecordByKind[Kind] & { readonly event_id: Uint8Array })[],
  ): Promise<void> {
    const topic = kind === 'inference' ? this.#topics.inference : this.#topics.verdicts;
    const encoders = new Map<number, { encoder: BatchEncoder<Kind>; messages: NewMessage[] }>();
    for (const record of records) {
      const partition = partitionOf(record.event_id, this.#topics.partitionCount);
      const target = encoders.get(partition) ?? {
        encoder: createBatchEncoder({ kind, schemas: this.#schemas }),
        messages: [],
      };
      encoders.set(partition, target);
      if (target.encoder.append(record)) continue;
      target.messages.push({ value: target.encoder.finish() });
      target.encoder.append(record);
    }
    const appends: PartitionAppend[] = [...encoders].map(([partition, { encoder, messages }]) => ({
      topic,
      partition,
      messages: [...messages, { value: encoder.finish() }],
    }));
    if (appends.length > 0) await this.#log.append(appends);
  }
}
