import { AppError, backoffMs as backoffCeilingMs } from '@burnline/core';
import type { DropReason } from './counters.ts';
import type { PublisherTransport } from './transport.ts';

/** One encoded message on its way; settled once, by acknowledgement or by a drop. */
export interface Outgoing {
  readonly value: Uint8Array;
  readonly recordCount: number;
  /** When its first record was emitted, monotonic milliseconds. */
  readonly bornAtMs: number;
  isSettled: boolean;
  /** Called when it settles; flushes wait here. */
  readonly waiters: (() => void)[];
}

/** Messages of one partition that travel together. */
export interface Load {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Outgoing[];
}

export interface RetryOptions {
  /** How old a message may grow before it is given up. Until then it is tried again, for as long as the buffer holds it. */
  readonly ageMsMax: number;
  /** The wait before attempt n + 1 is random between 0 and backoffMs x 2^(n - 1), at most backoffMsMax ("full jitter"). */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
}

/** A send that failed and is tried again. */
export interface RetryNotice {
  /** Records that wait for it. */
  readonly count: number;
  /** Attempts made so far. */
  readonly attempts: number;
  readonly waitMs: number;
  readonly error: unknown;
}

export interface DeliveryEvents {
  onSent(messages: readonly Outgoing[], attempt: number): void;
  onAcknowledged(message: Outgoing): void;
  /** Messages that failed wait, then go again. */
  onRetry(retry: RetryNotice): void;
  onDropped(message: Outgoing, drop: { readonly reason: DropReason; readonly error: unknown }): void;
}

export interface DeliveryOptions {
  readonly transport: PublisherTransport;
  readonly retry: RetryOptions;
  /** In [0, 1). */
  readonly random: () => number;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
  readonly events: DeliveryEvents;
}

/** A server may ask for a longer wait than ours, but not for ever: the buffer fills meanwhile. */
const RETRY_AFTER_MS_MAX = 60_000;

/**
 * Sends loads until every message of them is settled; never rejects.
 *
 * The first attempt sends all loads together. If it fails, each partition goes on alone, so that one without a leader
 * does not hold up the rest; and if what fails will never be taken, each message goes alone, so that a bad one does not
 * take its neighbours with it. `onLoadDone` says when a partition is free again.
 */
export async function deliver(
  loads: readonly Load[],
  options: DeliveryOptions,
  onLoadDone: (load: Load) => void,
): Promise<void> {
  const failure = await attempt(loads, 1, options);
  await Promise.all(
    loads.map(async (load) => {
      if (failure !== null) await afterFailure(load, { ...failure, isShared: loads.length > 1 }, options);
      onLoadDone(load);
    }),
  );
}

interface Failure {
  readonly error: unknown;
  /** Attempts made so far. */
  readonly attempts: number;
}

async function afterFailure(
  load: Load,
  failure: Failure & { readonly isShared: boolean },
  options: DeliveryOptions,
): Promise<void> {
  let { error, attempts } = failure;
  let isShared = failure.isShared;
  for (;;) {
    const open = load.messages.filter((message) => !message.isSettled);
    if (open.length === 0) return;
    const canRetry = isRetryable(error);
    if (!canRetry && !isShared) {
      await rejectOrSplit({ ...load, messages: open }, { error, attempts }, options);
      return;
    }
    if (canRetry) {
      const waiting = dropExpired(open, error, options);
      if (waiting.length === 0) return;
      const waitMs = waitMsOf(error, attempts, options);
      const count = waiting.reduce((sum, message) => sum + message.recordCount, 0);
      options.events.onRetry({ count, attempts, waitMs, error });
      await pause(waitMs);
    }
    attempts += 1;
    isShared = false;
    const next = await attempt([load], attempts, options);
    if (next === null) return;
    error = next.error;
  }
}

/** What is left once the messages that are too old are given up. */
function dropExpired(
  messages: readonly Outgoing[],
  error: unknown,
  options: DeliveryOptions,
): readonly Outgoing[] {
  const oldestMs = options.monotonicMs() - options.retry.ageMsMax;
  const isExpired = ({ bornAtMs }: Outgoing): boolean => bornAtMs <= oldestMs;
  for (const message of messages.filter(isExpired))
    options.events.onDropped(message, { reason: 'expired', error });
  return messages.filter((message) => !isExpired(message));
}

/** A lone message that will never be taken is dropped; of several, each is tried alone, in order. */
async function rejectOrSplit(load: Load, failure: Failure, options: DeliveryOptions): Promise<void> {
  const [first, ...rest] = load.messages;
  if (first === undefined) return;
  if (rest.length === 0) {
    options.events.onDropped(first, { reason: 'rejected', error: failure.error });
    return;
  }
  for (const message of load.messages) {
    const alone = { ...load, messages: [message] };
    const next = await attempt([alone], failure.attempts + 1, options);
    if (next !== null) await afterFailure(alone, { ...next, isShared: false }, options);
  }
}

/** `null`: acknowledged. Messages that were settled meanwhile (by a close that ran out of time) are left out. */
async function attempt(
  loads: readonly Load[],
  attempts: number,
  options: DeliveryOptions,
): Promise<Failure | null> {
  const open = loads
    .map((load) => ({ ...load, messages: load.messages.filter((message) => !message.isSettled) }))
    .filter((load) => load.messages.length > 0);
  if (open.length === 0) return null;
  const messages = open.flatMap((load) => load.messages);
  options.events.onSent(messages, attempts);
  try {
    await options.transport.send(
      open.map(({ topic, partition, messages: ofLoad }) => ({
        topic,
        partition,
        messages: ofLoad.map(({ value }) => ({ value })),
      })),
    );
  } catch (error) {
    return { error, attempts };
  }
  for (const message of messages) options.events.onAcknowledged(message);
  return null;
}

/** An unknown error may be anything, a broken connection above all: it is tried again. */
function isRetryable(error: unknown): boolean {
  return !(error instanceof AppError) || error.outcome === 'retry';
}

function waitMsOf(error: unknown, attempts: number, options: DeliveryOptions): number {
  const { backoffMs, backoffMsMax } = options.retry;
  const ceiling = backoffCeilingMs({ delayMsFirst: backoffMs, delayMsMax: backoffMsMax }, attempts);
  const asked = error instanceof AppError ? error.details['retryAfterMs'] : undefined;
  const least = typeof asked === 'number' ? Math.min(asked, RETRY_AFTER_MS_MAX) : 0;
  return least + options.random() * ceiling;
}

/** Does not keep the process alive: a service that ends without close loses what is buffered, and no more. */
function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs).unref();
  });
}
