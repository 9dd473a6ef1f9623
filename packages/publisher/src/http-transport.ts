import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { BATCH_FRAMES_CONTENT_TYPE, BATCH_FRAMES_PATH, encodeBatchFrames } from '@burnline/contracts';
import { AppError, parseRetryAfter } from '@burnline/core';
import type { PublisherErrorCode } from './publisher-error.ts';
import { PARTITION_COUNT_MAX } from './publisher-options.ts';
import type { PublisherTransport, TransportBatch } from './transport.ts';

export interface HttpTransportOptions {
  /** The collector, without the path. */
  readonly url: string;
  /** Credentials above all. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
  /** For a whole request; afterwards it is given up and tried again. */
  readonly timeoutMs?: number;
  /**
   * `gzip` where the line to the collector costs more than CPU time does; by default bodies go as they are. What it saves
   * and costs is in docs/performance.md.
   */
  readonly compression?: 'none' | 'gzip';
}

const TIMEOUT_MS = 10_000;
/** Beside the service's own work, on a thread of the pool. */
const gzipped = promisify(gzip);
/**
 * Answers about the body itself: it will never be taken. Every other one says something of the way (a proxy without its
 * collector, a key that was changed), and that can be mended while the body waits.
 */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422]);
const WRONG_WAY = 'Check the URL: what answers there is no collector.';
const REMEDIES: ReadonlyMap<number, string> = new Map([
  [401, 'Give the collector’s key: headers: { authorization: "Bearer ..." }.'],
  [403, 'Check that the collector’s key is one that may send events.'],
  [404, WRONG_WAY],
  [405, WRONG_WAY],
]);
/** Of an answer's text, for the message of the error. */
const ANSWER_CHARS_MAX = 200;

/**
 * Sends batches to a collector's POST /v1/batches. A 2xx answer means that the log has them, and says how many partitions
 * there are; the collector puts what was cut for another number where it belongs.
 *
 * Rejects with PUBLISHER_HTTP_REFUSED (dead-letter) for 400, 413, 415 and 422, which are about the body, and with
 * PUBLISHER_HTTP_UNAVAILABLE (retry; `details.retryAfterMs` from Retry-After) for every other failure. What fetch itself throws passes through and is tried again.
 */
export function httpTransport(options: HttpTransportOptions): PublisherTransport {
  const target = options.url.replace(/\/+$/, '') + BATCH_FRAMES_PATH;
  const isGzip = options.compression === 'gzip';
  const headers = {
    ...options.headers,
    'content-type': BATCH_FRAMES_CONTENT_TYPE,
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  };
  const post = options.fetch ?? fetch;
  let partitionCount: number | null = null;
  return {
    partitionCount: () => partitionCount,
    send: async (batches) => {
      const whole = bodyOf(batches);
      const body = isGzip ? await gzipped(whole, { level: constants.Z_BEST_SPEED }) : whole;
      const response = await post(target, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
      });
      // The body is read either way: an unread one keeps its connection from being used again.
      const text = await response.text();
      if (!response.ok) throw failure(response, text);
      partitionCount = readPartitionCount(text) ?? partitionCount;
    },
  };
}

function bodyOf(batches: readonly TransportBatch[]): Uint8Array<ArrayBuffer> {
  const frames = batches.flatMap(({ topic, partition, messages }) =>
    messages.map(({ value }) => ({ topic, partition, value })),
  );
  return encodeBatchFrames(frames);
}

/** `null`: an older collector, which does not say, or something in between that answers for it. */
function readPartitionCount(answer: string): number | null {
  try {
    const { partitions } = JSON.parse(answer) as { readonly partitions?: unknown };
    const isCount = typeof partitions === 'number' && Number.isInteger(partitions);
    return isCount && partitions >= 1 && partitions <= PARTITION_COUNT_MAX ? partitions : null;
  } catch {
    return null;
  }
}

function failure(response: Response, text: string): AppError<PublisherErrorCode> {
  const { status } = response;
  const message = `The collector answered ${status}: ${text.slice(0, ANSWER_CHARS_MAX)}`;
  if (REFUSALS.has(status)) {
    return new AppError('PUBLISHER_HTTP_REFUSED', message, {
      outcome: 'dead-letter',
      remedy: 'Check that publisher and collector have compatible versions.',
      details: { status },
    });
  }
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  return new AppError('PUBLISHER_HTTP_UNAVAILABLE', message, {
    outcome: 'retry',
    remedy: REMEDIES.get(status) ?? 'Look at the collector: it, or the log behind it, cannot take events.',
    details: retryAfterMs === null ? { status } : { status, retryAfterMs },
  });
}
