import type { StreamProgress } from '@burnline/queries';
import { consoleError } from '../../console-error.ts';
import type { About, StreamAbout } from '../contract/index.ts';
import type { BookPage } from './judged-book.ts';

/** As often as streams are evaluated: what is behind by less is not behind. */
const LAG_STEP_MS = 5_000;

/** What an answer says of itself, of one stream or of all. */
export function aboutOf({ progress, readAtMs }: BookPage, stream: string | null): About {
  const streams = progress.map((one) => streamAboutOf(one, readAtMs));
  const own = stream === null ? streams : streams.filter((one) => one.stream === stream);
  const coverages = own.flatMap(({ coverage }) => (coverage === null ? [] : [coverage]));
  const lags = own.flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]));
  return {
    asOf: new Date(readAtMs).toISOString(),
    stream,
    coverage: coverages.length === 0 ? null : Math.min(...coverages),
    lagMs: lags.length === 0 ? null : Math.max(...lags),
    streams,
  };
}

function streamAboutOf(
  { stream, clock, evaluatedThroughMs, coverage }: StreamProgress,
  nowMs: number,
): StreamAbout {
  const isBehind = clock === 'live' && evaluatedThroughMs !== null;
  const lagMs = isBehind
    ? Math.max(0, Math.floor((nowMs - evaluatedThroughMs) / LAG_STEP_MS) * LAG_STEP_MS)
    : null;
  return { stream, clock, evaluatedThroughMs, coverage, lagMs };
}

/** The stream that is named, null for all where none is. Throws CONSOLE_NOT_FOUND. */
export function checkedStream({ progress }: BookPage, stream: string | undefined): string | null {
  if (stream === undefined) return null;
  if (progress.some((one) => one.stream === stream)) return stream;
  throw consoleError('CONSOLE_NOT_FOUND', `There is no stream ${stream.slice(0, 200)}`, {
    remedy: `There is ${progress.map((one) => one.stream).join(', ') || 'none yet'}.`,
  });
}

/** The stream that is named, else `live`, else the first. Throws CONSOLE_NOT_FOUND, also where there is none. */
export function oneStream(page: BookPage, stream: string | undefined): StreamProgress {
  const name = checkedStream(page, stream) ?? 'live';
  const found = page.progress.find((one) => one.stream === name) ?? page.progress[0];
  if (found !== undefined) return found;
  throw consoleError('CONSOLE_NOT_FOUND', 'There is no stream yet', {
    remedy: 'Start `burnline up` or `burnline replay`: a stream is there from its first start on.',
  });
}

/** Up to where a stream can be asked about, epoch ms: now, or the end of a history. */
export const endOf = ({ clock, evaluatedThroughMs }: StreamProgress, { readAtMs }: BookPage): number =>
  clock === 'live' || evaluatedThroughMs === null ? readAtMs : evaluatedThroughMs;
