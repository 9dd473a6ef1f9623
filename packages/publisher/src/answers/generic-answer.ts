import { classifyFailure } from '../call-failure.ts';
import type { PartialEventInput } from '../event-input.ts';
import type { AnswerAdapter, Reading } from './answer-adapter.ts';

export interface GenericAnswerOptions<Chunk, Answer = Chunk> {
  /** Whether a chunk carries text, reasoning or a part of a tool call. By default each does: say so if there are others. */
  readonly hasContent?: (chunk: Chunk) => boolean;
  /** What a chunk, or an answer that came at once, says of the event: tokens used, the finish reason, the model served. */
  readonly tells?: (part: Chunk | Answer) => PartialEventInput | null | undefined;
  /**
   * Whether a chunk says that the answer is whole. Without it a stream that ends is taken for whole, however it broke off,
   * and one that its reader leaves for cancelled.
   */
  readonly isWhole?: (chunk: Chunk) => boolean;
  /** The error that a chunk is in place of a part of the answer, if it is one. */
  readonly errorOf?: (part: Chunk | Answer) => unknown;
}

/** For an API without an adapter of its own. What a callback throws costs that callback's word alone. */
export function genericAnswer<Chunk, Answer = Chunk>(
  options: GenericAnswerOptions<Chunk, Answer> = {},
): AnswerAdapter {
  const read = (part: Chunk | Answer): Reading => {
    const error = quietly(() => options.errorOf?.(part));
    const told = quietly(() => options.tells?.(part));
    return {
      ...(told !== null && told !== undefined && { told }),
      ...(error !== null && error !== undefined && { ending: classifyFailure(error) }),
    };
  };
  return {
    marksEnd: options.isWhole !== undefined,
    read: () => ({
      chunk: (value) => {
        const chunk = value as Chunk;
        const isWhole = quietly(() => options.isWhole?.(chunk)) === true;
        const hasContent =
          options.hasContent === undefined || quietly(() => options.hasContent?.(chunk)) === true;
        return { hasContent, ...(isWhole && { ending: 'whole' }), ...read(chunk) };
      },
      answer: (value) => read(value as Answer),
    }),
  };
}

function quietly<Result>(callback: () => Result): Result | undefined {
  try {
    return callback();
  } catch {
    // The caller's own reading of a chunk failed; the answer goes on without it.
    return undefined;
  }
}
