import { isAppError, RepeatWindow, clampToLogTime } from '@burnline/core';
import { hashEventId, type BatchDecoder } from '@burnline/contracts';
import type { LogMessage } from '@burnline/runtime';
import type { PendingDatum, PendingMessage } from './pending-message.ts';

interface Identified {
  readonly schemaId: number;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly ids: readonly Uint8Array[];
  readonly timesMicros: readonly number[];
}

/** Reads only identity and time of each event; its bytes go to the database as they are. */
function createIdentityReader(
  decoder: BatchDecoder,
): Record<'inference' | 'verdict', (value: Uint8Array) => Identified> {
  const readEvents = decoder.createProjectedDecoder('inference', ['event_id', 'occurred_at']);
  const readVerdicts = decoder.createProjectedDecoder('verdict', ['event_id', 'inference_at']);
  return {
    inference: (value) => {
      const batch = readEvents(value);
      const ids = batch.records.map((one) => one.event_id);
      return { ...batch, ids, timesMicros: batch.records.map((one) => one.occurred_at) };
    },
    verdict: (value) => {
      const batch = readVerdicts(value);
      const ids = batch.records.map((one) => one.event_id);
      return { ...batch, ids, timesMicros: batch.records.map((one) => one.inference_at) };
    },
  };
}

/** Turns messages of one partition into what is to be written, by the same rules of repeats and time as the panes. */
export class MessageReader {
  readonly #decoder: BatchDecoder;
  readonly #identify: Record<'inference' | 'verdict', (value: Uint8Array) => Identified>;
  readonly #repeats: RepeatWindow;

  constructor(decoder: BatchDecoder, repeatWindowMessages: number) {
    this.#decoder = decoder;
    this.#identify = createIdentityReader(decoder);
    this.#repeats = new RepeatWindow(repeatWindowMessages);
  }

  /** Null for a mark: it carries the time alone. Throws for a schema that is not known here: the sink must halt. */
  read(message: LogMessage): PendingMessage | null {
    try {
      return this.#read(message);
    } catch (error) {
      if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
      return { kind: 'bad', message, code: error.code, reason: error.message };
    }
  }

  #read(message: LogMessage): PendingMessage | null {
    const layout = this.#decoder.walkBatch(message.value);
    switch (layout.kind) {
      case 'mark':
        return null;
      case 'report': {
        const batch = this.#decoder.decodeBatch(message.value);
        return { kind: 'report', message, reports: batch.kind === 'report' ? batch.records : [] };
      }
      case 'inference':
      case 'verdict': {
        const identified = this.#identify[layout.kind](message.value);
        const datums = identified.ids.map((eventId, index) =>
          this.#datum(identified, eventId, index, message),
        );
        return { kind: layout.kind, message, schemaId: identified.schemaId, datums };
      }
    }
  }

  #datum(batch: Identified, eventId: Uint8Array, index: number, message: LogMessage): PendingDatum {
    const { hi, lo } = hashEventId(eventId);
    return {
      start: batch.starts[index] ?? 0,
      end: batch.ends[index] ?? 0,
      eventId,
      // As in the panes: not before 1970.
      timeMicros: Math.max(0, clampToLogTime(batch.timesMicros[index] ?? 0, message.timestampMs)),
      isRepeat: this.#repeats.observe(hi, lo, message.offset),
    };
  }
}
