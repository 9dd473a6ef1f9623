import type { Chunk } from '../counting/chunk.ts';
import type { PaneRow } from '../counting/pane-row.ts';

/** Panes of one group that are at hand without a look-up: those of neighbouring times differ in their last bits. */
export const PANES_AT_HAND = 4;

/** Rows found before, per SLI, at `group * PANES_AT_HAND + pane % PANES_AT_HAND`; a row tells which pane is its own. */
export type RowsAtHand = (PaneRow | undefined)[][];

/** The event being counted; one object serves all of a message. */
export interface CountedEvent {
  /** Its index in the columns. */
  i: number;
  pane: number;
  readonly chunk: Chunk;
  readonly nextOffset: number;
  readonly rows: RowsAtHand;
}

/** The row of an SLI for the event's pane and a group, from those at hand or from the chunk. */
export type FindRow = (sliIndex: number, group: number, event: CountedEvent) => PaneRow;
