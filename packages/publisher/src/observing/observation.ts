import { WITHHELD } from '@burnline/core';
import type { AnswerAdapter, AnswerReader, Reading } from '../answers/answer-adapter.ts';
import { stated } from '../answers/structure.ts';
import { classifyFailure } from '../call-failure.ts';
import type { CallFailure } from '../call-failure.ts';
import type { PartialEventInput } from '../event-input.ts';
import type { Publisher } from '../publisher.ts';

export interface TimeOptions {
  readonly publisher: Pick<Publisher, 'emit'>;
  /**
   * What is known beforehand: `model_requested` at least, since a call that is refused names no model. What the answer says
   * wins; `measures` of both are kept.
   */
  readonly event: PartialEventInput;
  /** Knows the provider's API: `openAiChat`, `openAiResponses`, `anthropicMessages`, `aiSdk` or a `genericAnswer`. */
  readonly adapter: AnswerAdapter;
  /** The signal given to the call, if one is: an abort by `AbortSignal.timeout` is then a `timeout`, not `cancelled`. */
  readonly signal?: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** When the request was sent, by `now`; the moment of the call by default. */
  readonly startedAtMs?: number;
}

type Outcome = Pick<PartialEventInput, 'status' | 'refused_by' | 'error_type' | 'http_status' | 'measures'>;

/**
 * What becomes of one call, as it is seen from outside; ends in one event, whoever reports the end first. No method
 * throws: a mistake in here must not reach the answer. It knows nothing of the stream, so that a stream which nobody
 * holds any more can be noticed.
 */
export interface Observation {
  /** A stream has come: content is waited for. `signal` is the SDK's own way to abort it. */
  readonly streams: (signal?: unknown) => void;
  readonly chunk: (chunk: unknown) => void;
  /** The stream has ended by itself. */
  readonly ended: () => void;
  /** Nobody reads on. */
  readonly left: (how?: 'consumer_left' | 'abandoned') => void;
  readonly failed: (error: unknown) => void;
  /** An answer came at once. */
  readonly answered: (answer: unknown) => void;
  /** Headers came, and what follows is read elsewhere. */
  readonly answeredWith: (httpStatus: number, headers: unknown, url: unknown) => void;
}

export function observe(options: TimeOptions): Observation {
  const seen = begin(options);
  const quietly =
    <Args extends readonly unknown[]>(note: (...args: Args) => void) =>
    (...args: Args): void => {
      try {
        note(...args);
      } catch {
        // Whoever calls a model is not to be disturbed by being measured.
      }
    };
  return {
    streams: quietly((signal) => {
      seen?.streams(signal);
    }),
    chunk: quietly((chunk) => {
      seen?.chunk(chunk);
    }),
    ended: quietly(() => {
      seen?.ended();
    }),
    left: quietly((how = 'consumer_left') => {
      seen?.left(how);
    }),
    failed: quietly((error) => {
      seen?.failed(error);
    }),
    answered: quietly((answer) => {
      seen?.answered(answer);
    }),
    answeredWith: quietly((httpStatus, headers, url) => {
      seen?.answeredWith(httpStatus, headers, url);
    }),
  };
}

/** `null`: the service's own clock or adapter failed, and its call goes on unmeasured. */
function begin(options: TimeOptions): SeenAnswer | null {
  try {
    return new SeenAnswer(options);
  } catch {
    return null;
  }
}

class SeenAnswer {
  readonly #options: TimeOptions;
  readonly #now: () => number;
  readonly #startedAtMs: number;
  readonly #reader: AnswerReader;
  #told: PartialEventInput = {};
  #ending: Exclude<Reading['ending'], 'open'>;
  #isStream = false;
  #abortSignal: unknown;
  #contentAtMs: number | null = null;
  #lastChunkAtMs: number | null = null;
  #isOver = false;

  constructor(options: TimeOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#startedAtMs = options.startedAtMs ?? this.#now();
    this.#reader = options.adapter.read();
  }

  streams(signal: unknown): void {
    this.#isStream = true;
    this.#abortSignal = signal;
  }

  chunk(chunk: unknown): void {
    if (this.#isOver) return;
    this.#lastChunkAtMs = this.#now();
    const reading = this.#reader.chunk(chunk);
    if (reading.hasContent === true) this.#contentAtMs ??= this.#lastChunkAtMs;
    this.#note(reading);
  }

  ended(): void {
    if (this.#ending === undefined && isAborted(this.#abortSignal)) this.#ending = 'aborted';
    // A stream that ended without the mark that its API promises was cut where nobody noticed: by a proxy, by a server.
    if (this.#ending === undefined && this.#options.adapter.marksEnd) this.#close(UNFINISHED);
    else this.#closeAsTold();
  }

  left(how: string): void {
    if (this.#ending === undefined) this.#close({ status: 'cancelled', error_type: how, http_status: 0 });
    else this.#closeAsTold();
  }

  failed(error: unknown): void {
    const failure = classifyFailure(error);
    // An SDK's helper reports its reader's leaving as an abort, also where the answer was whole by then.
    if (failure.status === 'cancelled' && this.#ending === 'whole') this.#closeAsTold();
    else this.#close(this.#outcomeOf(failure));
  }

  answered(answer: unknown): void {
    this.#note(this.#reader.answer(answer));
    this.#closeAsTold();
  }

  answeredWith(httpStatus: number, headers: unknown, url: unknown): void {
    if (httpStatus < 400) this.#close({ http_status: httpStatus });
    else this.failed({ status: httpStatus, headers, url });
  }

  /** The first failure stands: what follows one is its consequence. */
  #note({ told, ending }: Reading): void {
    if (told !== undefined) this.#told = merged(this.#told, told);
    if (ending === undefined || typeof this.#ending === 'object') return;
    this.#ending = ending === 'open' ? undefined : ending;
  }

  #closeAsTold(): void {
    if (this.#ending === 'aborted') this.#close(this.#outcomeOf(ABORTED));
    else if (typeof this.#ending === 'object') this.#close(this.#outcomeOf(this.#ending));
    else this.#close({});
  }

  #outcomeOf({ status, retry_after_ms, ...failure }: CallFailure): Outcome {
    const isTimeout = status === 'cancelled' && isTimedOut(this.#options.signal);
    return {
      ...failure,
      status: isTimeout ? 'timeout' : status,
      ...(retry_after_ms !== null && { measures: { retry_after_ms } }),
    };
  }

  #close(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // What a reader does after the last chunk of a whole answer is not the provider's time.
    const isWhole = this.#ending === 'whole' && outcome.status === undefined;
    const endedAtMs = (isWhole ? this.#lastChunkAtMs : null) ?? this.#now();
    const sofar = consistent(merged(stated(this.#options.event), this.#told));
    const event = merged(sofar, outcome);
    // An answer that ended well may have been withheld all the same.
    const withheldBy = outcome.status === undefined ? WITHHELD.get(event.finish_reason ?? '') : undefined;
    this.#options.publisher.emit({
      ...event,
      status: withheldBy === undefined ? (event.status ?? 'ok') : 'content_filtered',
      refused_by: withheldBy ?? event.refused_by,
      streaming: this.#isStream || (this.#options.event.streaming ?? false),
      ttft_ms: this.#contentAtMs === null ? null : this.#contentAtMs - this.#startedAtMs,
      duration_ms: endedAtMs - this.#startedAtMs,
    });
  }
}

const UNFINISHED: Outcome = { status: 'error', error_type: 'unfinished', http_status: 0 };
const ABORTED: CallFailure = {
  status: 'cancelled',
  refused_by: 'none',
  error_type: 'aborted',
  http_status: 0,
  retry_after_ms: null,
};

function merged(before: PartialEventInput, added: PartialEventInput): PartialEventInput {
  const measures = { ...before.measures, ...added.measures };
  return { ...before, ...stated(added), ...(Object.keys(measures).length > 0 && { measures }) };
}

/** A part that exceeds its whole comes from a provider that counts otherwise: then the part is not known. */
function consistent(event: PartialEventInput): PartialEventInput {
  const { cached_input_tokens: cached, cache_write_input_tokens: written, input_tokens: input } = event;
  const { reasoning_tokens: reasoning, output_tokens: output } = event;
  return {
    ...event,
    ...(exceeds(cached, input) && { cached_input_tokens: undefined }),
    ...(exceeds((written ?? 0) + (cached ?? 0), input) && { cache_write_input_tokens: undefined }),
    ...(exceeds(reasoning, output) && { reasoning_tokens: undefined }),
  };
}

function exceeds(part: number | null | undefined, whole: number | null | undefined): boolean {
  return typeof part === 'number' && typeof whole === 'number' && part > whole;
}

function isAborted(signal: unknown): boolean {
  return signal instanceof AbortSignal && signal.aborted;
}

function isTimedOut(signal: AbortSignal | undefined): boolean {
  const reason: unknown = signal?.aborted === true ? signal.reason : undefined;
  return reason instanceof Error && reason.name === 'TimeoutError';
}
