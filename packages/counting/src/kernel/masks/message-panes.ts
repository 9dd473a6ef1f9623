import { paneOf } from '../../counting/event-counter.ts';
import { COLUMN_LENGTH } from '../columns.ts';
import { BITS_PER_WORD, MASK_WORDS } from './event-masks.ts';

/** Messages whose events fall into more panes are counted event by event. */
const PANES_MAX = 8;

/** When the events of a message happened, and where none of them counts. */
export interface EventTimes {
  /** Epoch microseconds. */
  readonly times: Float64Array;
  readonly repeated: Uint8Array;
  /** The message's append time, epoch ms. */
  readonly timestampMs: number;
  readonly paneMicros: number;
}

/** The events of a message that are no repeats, by pane. */
export class MessagePanes {
  /** By event; what is said of repeats is of another message. */
  readonly ofEvents = new Float64Array(COLUMN_LENGTH);
  /** The panes that have events. */
  readonly panes: number[] = [];
  /** The events of each pane, and of all panes. */
  readonly masks = new Int32Array(PANES_MAX * MASK_WORDS);
  readonly live = new Int32Array(MASK_WORDS);

  /** False where there are too many panes. */
  fill(count: number, { times, repeated, timestampMs, paneMicros }: EventTimes): boolean {
    this.panes.length = 0;
    this.live.fill(0);
    let [pane, at] = [-1, 0];
    for (let index = 0; index < count; index += 1) {
      if (repeated[index] === 1) continue;
      const own = paneOf(times[index] ?? 0, timestampMs, paneMicros);
      this.ofEvents[index] = own;
      if (own !== pane) {
        const place = this.#placeOf(own);
        if (place === PANES_MAX) return false;
        [pane, at] = [own, place * MASK_WORDS];
      }
      const word = Math.floor(index / BITS_PER_WORD);
      this.masks[at + word] = (this.masks[at + word] ?? 0) | (1 << index);
      this.live[word] = (this.live[word] ?? 0) | (1 << index);
    }
    return true;
  }

  #placeOf(pane: number): number {
    const known = this.panes.indexOf(pane);
    if (known >= 0) return known;
    const place = this.panes.length;
    if (place === PANES_MAX) return place;
    this.panes.push(pane);
    this.masks.fill(0, place * MASK_WORDS, (place + 1) * MASK_WORDS);
    return place;
  }
}
