import type { Publisher } from './publisher.ts';
import type { PartialEventInput } from './event-input.ts';
import { classifyFailure } from './stream-failure.ts';

export interface TimeStreamOptions<Chunk> {
  readonly publisher: Pick<Publisher, 'emit'>;
  /** What is known beforehand. */
  readonly event: PartialEventInput;
  /** What a chunk says of the whole: tokens used, the finish reason, the model served. Later chunks win. */
  readonly usage?: (chunk: Chunk) => PartialEventInput | null | undefined;
  /** Whether a chunk carries a token; all do by default. */
  readonly isToken?: (chunk: Chunk) => boolean;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** When the request was sent, by `now`; the moment of the call by default. */
  readonly startedAtMs?: number;
}

/**
 * Passes a streamed answer through unchanged, errors included, and emits one event when it ends: complete, failed, or
 * left by its consumer (`cancelled`).
 *
 * - The clock starts at the call; make it when you send the request, or give `startedAtMs`.
 * - `ttft_ms` is the first token's arrival, null when none came. `duration_ms` reaches to the end of the stream and
 *   includes the time that the consumer took between chunks.
 * - `output_tokens` is what `usage` tells, else the number of chunks with a token.
 * - Nothing is emitted before iteration starts: a stream that nobody reads is not known to have run.
 * - Callbacks that throw are ignored: telemetry does not break an answer.
 */
export function timeStream<Chunk>(
  source: AsyncIterable<Chunk>,
  options: TimeStreamOptions<Chunk>,
): AsyncGenerator<Chunk, void, undefined> {
  const now = options.now ?? (() => performance.now());
  return pass(source, { ...options, now, startedAtMs: options.startedAtMs ?? now() });
}

type TimedOptions<Chunk> = TimeStreamOptions<Chunk> &
  Required<Pick<TimeStreamOptions<Chunk>, 'now' | 'startedAtMs'>>;

interface Progress {
  firstTokenAtMs: number | null;
  tokenCount: number;
  told: PartialEventInput;
}

async function* pass<Chunk>(
  source: AsyncIterable<Chunk>,
  options: TimedOptions<Chunk>,
): AsyncGenerator<Chunk, void, undefined> {
  const progress: Progress = { firstTokenAtMs: null, tokenCount: 0, told: {} };
  // What stands if the consumer leaves: the generator is then ended from outside, at a `yield`.
  let outcome: PartialEventInput = { status: 'cancelled', error_type: 'consumer_left' };
  try {
    for await (const chunk of source) {
      note(chunk, progress, options);
      yield chunk;
    }
    outcome = {};
  } catch (error) {
    outcome = classifyFailure(error);
    throw error;
  } finally {
    emitOnce(progress, outcome, options);
  }
}

function note<Chunk>(chunk: Chunk, progress: Progress, options: TimedOptions<Chunk>): void {
  try {
    if (options.isToken?.(chunk) ?? true) {
      progress.firstTokenAtMs ??= options.now();
      progress.tokenCount += 1;
    }
    const told = options.usage?.(chunk);
    if (told !== null && told !== undefined) progress.told = { ...progress.told, ...stated(told) };
  } catch {
    // The caller's own reading of a chunk failed; the answer goes on without it.
  }
}

/** Without properties that are undefined: they must not wipe out what an earlier chunk told. */
function stated(told: PartialEventInput): PartialEventInput {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}

function emitOnce<Chunk>(progress: Progress, outcome: PartialEventInput, options: TimedOptions<Chunk>): void {
  const { startedAtMs, event } = options;
  const told = { ...stated(event), ...progress.told, ...outcome };
  options.publisher.emit({
    output_tokens: progress.tokenCount,
    ...told,
    status: told.status ?? 'ok',
    streaming: true,
    ttft_ms: progress.firstTokenAtMs === null ? null : progress.firstTokenAtMs - startedAtMs,
    duration_ms: options.now() - startedAtMs,
  });
}
