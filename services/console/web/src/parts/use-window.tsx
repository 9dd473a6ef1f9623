import { useMemo, type ReactNode } from 'react';
import type { About, Overview } from '../../../src/api/contract/index.ts';
import { useAnswer } from '../api/use-answer.ts';
import { formatDuration } from './format.ts';
import { RangeBar } from './range-bar.tsx';
import { presetsWithin } from './range.ts';
import { rangeOf } from './url-state.ts';
import { useUrlState } from './use-url-state.ts';

export interface TimeWindow {
  readonly stream: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const DAY_MS = 86_400_000;
/** Raw rows are kept no longer, and no question about them may be of more. */
const RAW_ROWS_MS = 35 * DAY_MS;
const MINUTE_MS = 60_000;

/** What every page asks of all streams; asked once, whoever uses it. */
function useStreams(): About | undefined {
  return useAnswer<Overview>('overview', { limit: 1 }).data?.about;
}

/** The stream that a page shows: the address's, else the live one, else the first history. */
function streamOf(about: About, name: string | undefined): About['streams'][number] | undefined {
  return (
    about.streams.find(({ stream }) => stream === name) ??
    about.streams.find(({ clock }) => clock === 'live') ??
    about.streams[0]
  );
}

/**
 * The stream and stretch that a page without an SLO shows: those in its address, else a length up to the last instant that the
 * stream is judged to, so that a history is seen as well as the present. Null until that is known.
 */
export function useWindow(defaultLengthMs = DAY_MS): TimeWindow | null {
  const [state] = useUrlState();
  const about = useStreams();
  const own = rangeOf(state);
  const last = Number(state['last'] ?? Number.NaN);
  const lengthMs = last > 0 ? last : defaultLengthMs;
  const name = state['stream'];
  const [ownFromMs, ownToMs] = [own?.fromMs ?? null, own?.toMs ?? null];
  return useMemo(() => {
    if (about === undefined) return null;
    const chosen = streamOf(about, name);
    const stream = chosen?.stream ?? 'live';
    if (ownFromMs !== null && ownToMs !== null) return { stream, fromMs: ownFromMs, toMs: ownToMs };
    const toMs = endOf(chosen?.evaluatedThroughMs ?? Date.parse(about.asOf));
    return { stream, fromMs: toMs - lengthMs, toMs };
  }, [ownFromMs, ownToMs, about, lengthMs, name]);
}

/** The end of a stretch up to what is judged: whole minutes, so that a question is not another one every second. */
export function endOf(evaluatedThroughMs: number): number {
  return Math.ceil((evaluatedThroughMs + 1) / MINUTE_MS) * MINUTE_MS;
}

/** The controls of that stream and stretch. */
export function WindowBar({
  shown,
  defaultLengthMs = DAY_MS,
  lengthMaxMs = RAW_ROWS_MS,
}: {
  readonly shown: TimeWindow | null;
  readonly defaultLengthMs?: number;
  /** The longest stretch that can be asked for, ms; null: any. As long as raw rows are kept by default. */
  readonly lengthMaxMs?: number | null;
}): ReactNode {
  const [state, change] = useUrlState();
  const streams = useStreams()?.streams ?? [];
  return (
    <>
      {streams.length < 2 ? null : (
        <select
          className="control wide"
          aria-label="Stream"
          value={shown?.stream}
          onChange={(event) => {
            change({ stream: event.target.value, from: null, to: null });
          }}
        >
          {streams.map(({ stream }) => (
            <option key={stream}>{stream}</option>
          ))}
        </select>
      )}
      <RangeBar
        presets={presetsWithin(lengthMaxMs, lengthMaxMs === null ? '' : formatDuration(lengthMaxMs))}
        last={Number(state['last'] ?? defaultLengthMs)}
        range={rangeOf(state)}
        shown={shown}
        onLast={(lengthMs) => {
          change({ last: String(lengthMs), from: null, to: null });
        }}
        onRange={({ fromMs, toMs }) => {
          change({ from: String(fromMs), to: String(toMs), last: null });
        }}
      />
    </>
  );
}
