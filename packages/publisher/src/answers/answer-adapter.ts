import type { CallFailure } from '../call-failure.ts';
import type { PartialEventInput } from '../event-input.ts';

/** What one chunk of a streamed answer, or an answer that came at once, says. */
export interface Reading {
  /** It carries text, reasoning or a part of a tool call; the first such chunk is what `ttft_ms` measures. */
  readonly hasContent?: boolean;
  /** Fields of the event that it states. Later ones win; null and undefined state nothing. */
  readonly told?: PartialEventInput;
  /**
   * `whole`: the provider has said how the answer ended, and nothing but figures about it may follow. `open`: it goes on
   * after all. `aborted`: it was stopped by the caller. A failure: an error in place of the rest.
   */
  readonly ending?: 'whole' | 'open' | 'aborted' | CallFailure;
}

/** Reads one answer; may keep what it needs from chunk to chunk. */
export interface AnswerReader {
  readonly chunk: (chunk: unknown) => Reading;
  /** An answer that came at once. One that says nothing of its ending is whole. */
  readonly answer: (answer: unknown) => Reading;
}

/** Knows one provider's API. */
export interface AnswerAdapter {
  /** Whether this API says in the stream that an answer is whole; if not, a stream that ends is taken for whole. */
  readonly marksEnd: boolean;
  readonly read: () => AnswerReader;
}
