import { clampToLogTime, type IdHashes } from '@burnline/core';
import { hashEventId } from '@burnline/contracts';
import type { Chunk } from './chunk.ts';
import type { DecodedRecord, MessageDecoder } from './record.ts';
import type { SliSet } from './sli-set.ts';

/**
 * Remembers the event ids of a message, in their order, at the message's offset: `repeated[i]` becomes 1 where id `i` is a
 * repeat, else 0.
 */
export type FindRepeats = (ids: IdHashes, repeated: Uint8Array) => void;

/** Where the events of one message count. */
export interface MessageTarget {
  readonly chunk: Chunk;
  /** The message's append time, epoch ms. */
  readonly timestampMs: number;
  /** The message's offset plus one: the version of the rows it changes. */
  readonly nextOffset: number;
  readonly findRepeats: FindRepeats;
}

/**
 * Counts whole messages. Both methods throw what a MessageDecoder throws, before any id is remembered or anything is
 * counted.
 */
export interface EventCounter {
  /** Adds what a message holds to the chunk; the number of its events and verdicts, repeats included. */
  countMessage(value: Uint8Array, target: MessageTarget): number;
  /** Remembers the ids of a message and counts nothing. */
  rememberMessage(value: Uint8Array, findRepeats: FindRepeats): void;
}

/**
 * The pane of an event: its time, but not after the message that carries it, and not before 1970, where the table's times
 * begin (an older one is a wrong clock's and must not stop the stream).
 */
export function paneOf(timeMicros: number, timestampMs: number, paneMicros: number): number {
  return Math.floor(Math.max(0, clampToLogTime(timeMicros, timestampMs)) / paneMicros);
}

/** The definition of counting: one decoded object per event, one SLI after another. */
export class PlainEventCounter implements EventCounter {
  readonly #decode: MessageDecoder;
  readonly #slis: SliSet;
  readonly #paneMicros: number;

  constructor(parts: {
    readonly decode: MessageDecoder;
    readonly slis: SliSet;
    readonly settings: { readonly paneMs: number };
  }) {
    this.#decode = parts.decode;
    this.#slis = parts.slis;
    this.#paneMicros = parts.settings.paneMs * 1_000;
  }

  countMessage(value: Uint8Array, target: MessageTarget): number {
    const { kind, records } = this.#decode(value);
    if (kind === 'mark' || kind === 'report') return 0;
    const { chunk, nextOffset } = target;
    const timeField = kind === 'inference' ? 'occurred_at' : 'inference_at';
    const repeated = repeatsAmong(records, target.findRepeats);
    for (const [index, record] of records.entries()) {
      if (repeated[index] === 1) continue;
      const pane = paneOf(record[timeField] as number, target.timestampMs, this.#paneMicros);
      const row = { chunk, pane, nextOffset };
      if (kind === 'inference') this.#slis.countEvent(row, record);
      else this.#slis.countVerdict(row, record);
    }
    return records.length;
  }

  rememberMessage(value: Uint8Array, findRepeats: FindRepeats): void {
    const { kind, records } = this.#decode(value);
    if (kind === 'mark' || kind === 'report') return;
    repeatsAmong(records, findRepeats);
  }
}

function repeatsAmong(records: readonly DecodedRecord[], findRepeats: FindRepeats): Uint8Array {
  const count = records.length;
  const [highs, lows, repeated] = [new Uint32Array(count), new Uint32Array(count), new Uint8Array(count)];
  for (const [index, record] of records.entries()) {
    const { hi, lo } = hashEventId(record['event_id'] as Uint8Array);
    highs[index] = hi;
    lows[index] = lo;
  }
  findRepeats({ highs, lows, count }, repeated);
  return repeated;
}
