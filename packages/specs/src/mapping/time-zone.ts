import { floorTo, HOUR_MS, instantOf, MINUTE_MS, zoneOffsets, type OffsetAt } from '@burnline/core';

const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;
/** Local quarters of an hour whose offset is remembered: over three months of them, then the memory is emptied. */
const CACHED_QUARTERS_MAX = 10_000;

/** Turns a local wall-clock time, given as if it were UTC, into UTC milliseconds; `null` where that time never was. */
export type LocalToUtc = (localMs: number) => number | null;

/** `+02:00` in milliseconds; `Z` and `UTC` are 0; `null` where the text is no offset. */
export function fixedOffsetMs(text: string): number | null {
  if (text === 'Z' || text === 'z' || text === 'UTC') return 0;
  const match = OFFSET.exec(text);
  if (match === null) return null;
  const hours = Number(match[2]);
  const minutes = Number(match[3]);
  if (hours > 18 || minutes > 59) return null;
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS;
}

/** A local time that occurs twice (clocks set back) is the first of the two. */
function ianaToUtc(offsetAt: OffsetAt): LocalToUtc {
  const resolve = (localMs: number): number | null => {
    const utcMs = instantOf(localMs, offsetAt);
    return utcMs + offsetAt(utcMs) === localMs ? utcMs : null;
  };
  const shifts = new Map<number, number | null>();
  return (localMs) => {
    // Offsets change on whole quarters of an hour in every zone in use, so the quarter's start decides.
    const quarterMs = floorTo(localMs, HOUR_MS / 4);
    let shift = shifts.get(quarterMs);
    if (shift === undefined) {
      const utcMs = resolve(quarterMs);
      shift = utcMs === null ? null : utcMs - quarterMs;
      if (shifts.size >= CACHED_QUARTERS_MAX) shifts.clear();
      shifts.set(quarterMs, shift);
    }
    return shift === null ? null : localMs + shift;
  };
}

/** `UTC`, `+02:00` or an IANA name such as `Europe/Berlin`. `null`: there is no such zone. */
export function timeZone(name: string): LocalToUtc | null {
  const offsetMs = fixedOffsetMs(name);
  if (offsetMs !== null) return (localMs) => localMs - offsetMs;
  const offsetAt = zoneOffsets(name);
  return offsetAt === null ? null : ianaToUtc(offsetAt);
}
