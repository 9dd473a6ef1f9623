import { AppError, DAY_MS } from '@burnline/core';
import { readEvaluatedThrough, readStreams, type TimeRange } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { checkStream } from './known-names.ts';

export interface RangeOptions {
  readonly stream?: string;
  /** Epoch ms. */
  readonly from?: number;
  readonly to?: number;
}

const LIVE = 'live';

/**
 * The stream that is asked about: the one that is named, else `live`, else the only one there is.
 *
 * Rejects with CLI_STREAM_UNKNOWN or CLI_SELECTION_INVALID.
 */
export async function askedStream(store: Store, stream: string | undefined): Promise<string> {
  const streams = await readStreams(store);
  if (stream !== undefined) {
    checkStream(stream, streams);
    return stream;
  }
  const [only, ...others] = streams;
  if (streams.includes(LIVE)) return LIVE;
  if (only !== undefined && others.length === 0) return only;
  throw new AppError(
    'CLI_SELECTION_INVALID',
    only === undefined ? 'There is no stream yet' : `There are several streams: ${streams.join(', ')}`,
    {
      remedy:
        only === undefined ? 'Send events to a pipeline, or replay a history.' : 'Name one with --stream.',
    },
  );
}

/** What was asked for, or the day up to the last evaluation of the stream. Rejects with CLI_SELECTION_INVALID. */
export async function askedRange(
  store: Store,
  stream: string,
  { from, to }: Omit<RangeOptions, 'stream'>,
): Promise<TimeRange> {
  const toMs = to ?? (await readEvaluatedThrough(store, { stream, asOfMs: null })) ?? Date.now();
  const fromMs = from ?? toMs - DAY_MS;
  if (fromMs < toMs) return { fromMs, toMs };
  throw new AppError('CLI_SELECTION_INVALID', 'The stretch of time ends before it begins', {
    remedy: 'Give --from before --to.',
  });
}
