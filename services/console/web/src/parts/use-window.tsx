import { useMemo, type ReactNode } from 'react';
import type { Overview } from '../../../src/api/contract/index.ts';
import { useAnswer } from '../api/use-answer.ts';
import { RangeBar } from './range-bar.tsx';
import { presetsWithin } from './range.ts';
import { rangeOf } from './url-state.ts';
import { useUrlState } from './use-url-state.ts';

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * The stretch that a page without an SLO shows: the one in its address, else a length up to the last instant that any stream
 * is judged to, so that a history is seen as well as the present. Null until that is known.
 */
export function useWindow(defaultLengthMs = DAY_MS): TimeWindow | null {
  const [state] = useUrlState();
  const glance = useAnswer<Overview>('overview', { limit: 1 });
  const own = rangeOf(state);
  const last = Number(state['last'] ?? Number.NaN);
  const lengthMs = last > 0 ? last : defaultLengthMs;
  const about = glance.data?.about;
  const [ownFromMs, ownToMs] = [own?.fromMs ?? null, own?.toMs ?? null];
  return useMemo(() => {
    if (ownFromMs !== null && ownToMs !== null) return { fromMs: ownFromMs, toMs: ownToMs };
    if (about === undefined) return null;
    const live = about.streams.filter(({ clock }) => clock === 'live');
    const judged = (live.length > 0 ? live : about.streams).flatMap(({ evaluatedThroughMs }) =>
      evaluatedThroughMs === null ? [] : [evaluatedThroughMs],
    );
    const endMs = judged.length === 0 ? Date.parse(about.asOf) : Math.max(...judged);
    const toMs = Math.ceil(endMs / MINUTE_MS) * MINUTE_MS;
    return { fromMs: toMs - lengthMs, toMs };
  }, [ownFromMs, ownToMs, about, lengthMs]);
}

/** The controls of that stretch. */
export function WindowBar({
  shown,
  defaultLengthMs = DAY_MS,
}: {
  readonly shown: TimeWindow | null;
  readonly defaultLengthMs?: number;
}): ReactNode {
  const [state, change] = useUrlState();
  return (
    <RangeBar
      presets={presetsWithin(null)}
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
  );
}
