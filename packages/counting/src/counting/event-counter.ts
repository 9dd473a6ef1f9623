import { clampToLogTime } from '@burnline/core';
import { hashEventId } from '@burnline/contracts';
import type { Chunk } from './chunk.ts';
import type { MessageDecoder } from './record.ts';
import type { SliSet } from './sli-set.ts';

/** Remembers an occurrence of an event id (its 64-bit hash) at the message's offset; true if it is a repeat. */
export type IsRepeat = (hi: number, lo: number) => boolean;

/** Where the events of one message count. */
export interface MessageTarget {
  readonly chunk: Chunk;
  /** The message's append time, epoch ms. */
  readonly timestampMs: number;
  /** The message's offset plus one: the version of the rows it changes. */
  readonly nextOffset: number;
  readonly isRepeat: IsRepeat;
}

/**
 * Counts whole messages. Both methods throw what a MessageDecoder throws, before any id is remembered or anything is
 * counted.
 */
export interface EventCounter {
  /** Adds what a message holds to the chunk; the number of its events and verdicts, repeats included. */
  countMessage(value: Uint8Array, target: MessageTarget): number;
  /** Remembers the ids of a message and counts nothing. */
  rememberMessage(value: Uint8Array, isRepeat: IsRepeat): void;
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
    for (const record of records) {
      if (isRepeated(record['event_id'], target.isRepeat)) continue;
      const pane = paneOf(record[timeField] as number, target.timestampMs, this.#paneMicros);
      const row = { chunk, pane, nextOffset };
      if (kind === 'inference') this.#slis.countEvent(row, record);
      else this.#slis.countVerdict(row, record);
    }
    return records.length;
  }

  rememberMessage(value: Uint8Array, isRepeat: IsRepeat): void {
    const { kind, records } = this.#decode(value);
    if (kind === 'mark' || kind === 'report') return;
    for (const record of records) isRepeated(record['event_id'], isRepeat);
  }
}

function isRepeated(eventId: unknown, isRepeat: IsRepeat): boolean {
  const { hi, lo } = hashEventId(eventId as Uint8Array);
  return isRepeat(hi, lo);
}
