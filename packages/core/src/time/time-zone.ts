import { floorTo, HOUR_MS, SECOND_MS } from './units.ts';

/**
 * Half the stretch around a wall time in which its instant lies: no zone was ever 16 hours from UTC (Manila was -15:56),
 * and no zone changes its offset twice within twice this (checked over the zones of the runtime, 1970 to 2035).
 */
const OFFSET_MS_MAX = 16 * HOUR_MS;

/** Wall-clock milliseconds (as if the wall clock were UTC) minus the instant, for an instant in whole seconds. */
export type OffsetAt = (instantMs: number) => number;

/** Of an IANA zone such as `Europe/Berlin`; null where the runtime knows none of that name. */
export function zoneOffsets(timeZone: string): OffsetAt | null {
  const format = dateTimeFormat(timeZone);
  if (format === null) return null;
  return (instantMs) => {
    const wholeMs = floorTo(instantMs, SECOND_MS);
    const parts = new Map<string, number>();
    for (const { type, value } of format.formatToParts(wholeMs)) parts.set(type, Number(value));
    const part = (type: string): number => parts.get(type) ?? 0;
    const wallMs = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return wallMs - wholeMs;
  };
}

function dateTimeFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    return null;
  }
}

/**
 * The first instant at which the wall clock reads `wallMs` or later: of a time that occurs twice in autumn the first,
 * for a time that spring leaves out the instant of the change.
 */
export function instantOf(wallMs: number, offsetAt: OffsetAt): number {
  let [before, after] = [wallMs - OFFSET_MS_MAX, wallMs + OFFSET_MS_MAX];
  const [offsetBefore, offsetAfter] = [offsetAt(before), offsetAt(after)];
  if (offsetBefore === offsetAfter) return wallMs - offsetBefore;
  while (after - before > SECOND_MS) {
    const middle = before + floorTo((after - before) / 2, SECOND_MS);
    if (offsetAt(middle) === offsetBefore) before = middle;
    else after = middle;
  }
  const changeMs = after;
  const inOldOffset = wallMs - offsetBefore;
  return inOldOffset < changeMs ? inOldOffset : Math.max(changeMs, wallMs - offsetAfter);
}
