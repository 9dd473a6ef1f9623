import type { Store } from '@burnline/runtime';

/** A row that was written is seen by whoever asks so much later: what is younger is left to later answers. */
const SETTLED_MS = 10_000;
/** The last millisecond that the tables' times can hold. */
const LAST_MS = 4_294_967_295_000;

/** What was known at a moment. */
export interface Knowledge {
  /** Rows of evaluations count that were written up to here, epoch ms. */
  readonly writtenMs: number;
  /** Specs, policies and activations that were there by then. */
  readonly givenMs: number;
  /** A replay judges every instant up to its last one, and writes down how far it came at the end alone. */
  readonly isReplay: boolean;
}

/**
 * What was known of a stream at a moment, so that the same question has the same answer whenever it is asked. A replay's times are those of its
 * history, and were all written later: of it everything is known.
 */
export async function readKnowledge(store: Store, stream: string, asOfMs: number): Promise<Knowledge> {
  const [row] = await store.query<{ replays: number }>(
    `SELECT countIf(clock = 'replay') AS replays FROM stream_epochs WHERE stream = {stream:String}`,
    { stream },
  );
  return row !== undefined && row.replays > 0
    ? { writtenMs: LAST_MS, givenMs: LAST_MS, isReplay: true }
    : { writtenMs: asOfMs - SETTLED_MS, givenMs: asOfMs, isReplay: false };
}
