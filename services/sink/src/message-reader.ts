import { isAppError, RepeatWindow, clampToLogTime } from '@burnline/core';
import {
  checkPlace,
  checkReportClaims,
  hashEventId,
  schemaIdOf,
  type BatchDecoder,
  type SchemaSource,
} from '@burnline/contracts';
import type { LogMessage } from '@burnline/runtime';
import type { IdentityReader } from './identity-walk.ts';
import { type Identities } from './identity-walk.ts';
import { RAW_TABLES } from './native/raw-columns.ts';
import type { PendingMessage } from './pending-message.ts';
import type { RawMessage } from './raw-item.ts';

type RawKind = RawMessage['kind'];

/** Ids and times as the plain path reads them: by avsc, from any message that is whole. */
type PlainIdentities = Identities & { readonly count: number };

function createPlainIdentities(
  decoder: BatchDecoder,
): Record<RawKind, (value: Uint8Array) => PlainIdentities> {
  const readEvents = decoder.createProjectedDecoder('inference', ['event_id', 'occurred_at']);
  const readVerdicts = decoder.createProjectedDecoder('verdict', ['event_id', 'inference_at']);
  return {
    inference: (value) => {
      const { records } = readEvents(value);
      return identitiesOf(records, (record) => record.occurred_at);
    },
    verdict: (value) => {
      const { records } = readVerdicts(value);
      return identitiesOf(records, (record) => record.inference_at);
    },
  };
}

function identitiesOf<Projected extends { readonly event_id: Uint8Array }>(
  records: readonly Projected[],
  timeOf: (record: Projected) => number,
): PlainIdentities {
  const hashes = records.map((record) => hashEventId(record.event_id));
  return {
    count: records.length,
    timesMicros: Float64Array.from(records, timeOf),
    idsHigh: Uint32Array.from(hashes, ({ hi }) => hi),
    idsLow: Uint32Array.from(hashes, ({ lo }) => lo),
  };
}

/** Turns messages of one partition into what is to be written, by the same rules of repeats and time as the panes. */
export class MessageReader {
  readonly #topic: string;
  readonly #decoder: BatchDecoder;
  readonly #schemas: SchemaSource;
  readonly #identities: IdentityReader;
  readonly #plainIdentities: Record<RawKind, (value: Uint8Array) => PlainIdentities>;
  readonly #repeats: RepeatWindow;

  /** The reader of identities serves any number of partitions. */
  constructor(parts: {
    /** What does not belong into it is set aside. */
    readonly topic: string;
    readonly decoder: BatchDecoder;
    readonly schemas: SchemaSource;
    readonly identities: IdentityReader;
    readonly repeatWindowMessages: number;
  }) {
    this.#topic = parts.topic;
    this.#decoder = parts.decoder;
    this.#schemas = parts.schemas;
    this.#identities = parts.identities;
    this.#plainIdentities = createPlainIdentities(parts.decoder);
    this.#repeats = new RepeatWindow(parts.repeatWindowMessages);
  }

  /** Null for a mark: it carries the time alone. Throws for a schema that is not known here: the sink must halt. */
  read(message: LogMessage): PendingMessage | null {
    try {
      return this.#readQuickly(message) ?? this.#readPlainly(message);
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
      return { kind: 'bad', message, code: error.code, reason: error.message };
    }
  }

  /** Null for what is no batch of events, or an unusual or broken one. */
  #readQuickly(message: LogMessage): PendingMessage | null {
    const writer = this.#schemas.schemaOf(schemaIdOf(message.value));
    if (writer !== null) checkPlace(this.#topic, writer.kind);
    if (writer === null || (writer.kind !== 'inference' && writer.kind !== 'verdict')) return null;
    const count = this.#identities.read(message.value, writer, RAW_TABLES[writer.kind].timeField);
    if (count === null) return null;
    return this.#decide({ kind: writer.kind, schemaId: writer.id, count }, this.#identities, message);
  }

  #readPlainly(message: LogMessage): PendingMessage | null {
    const { kind, schemaId } = this.#decoder.walkBatch(message.value);
    switch (kind) {
      case 'mark':
        return null;
      case 'report': {
        const batch = this.#decoder.decodeBatch(message.value);
        const reports = batch.kind === 'report' ? batch.records : [];
        checkReportClaims(reports);
        return { kind: 'report', message, reports };
      }
      case 'inference':
      case 'verdict': {
        const identities = this.#plainIdentities[kind](message.value);
        return this.#decide({ kind, schemaId, count: identities.count }, identities, message);
      }
    }
  }

  #decide(
    batch: Pick<RawMessage, 'kind' | 'schemaId' | 'count'>,
    { timesMicros, idsHigh, idsLow }: Identities,
    message: LogMessage,
  ): RawMessage {
    const times = new Float64Array(batch.count);
    const repeats = new Uint8Array(batch.count);
    for (let index = 0; index < batch.count; index += 1) {
      // As in the panes: not before 1970.
      times[index] = Math.max(0, clampToLogTime(timesMicros[index] ?? 0, message.timestampMs));
    }
    this.#repeats.observeAll({ highs: idsHigh, lows: idsLow, count: batch.count }, message.offset, repeats);
    return { ...batch, message, timesMicros: times, repeats };
  }
}
