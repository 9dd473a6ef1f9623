const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
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
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function ianaFormat(zone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return null;
  }
}

function wallClockMs(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts = new Map(format.formatToParts(utcMs).map((part) => [part.type, Number(part.value)]));
  const at = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
}

/** A local time that occurs twice (clocks set back) is the first of the two. */
function ianaToUtc(format: Intl.DateTimeFormat): LocalToUtc {
  const resolve = (localMs: number): number | null => {
    const candidates = [localMs - DAY_MS, localMs + DAY_MS]
      .map((nearMs) => localMs - (wallClockMs(format, nearMs) - nearMs))
      .filter((utcMs) => wallClockMs(format, utcMs) === localMs);
    return candidates.length === 0 ? null : Math.min(...candidates);
  };
  const shifts = new Map<number, number | null>();
  return (localMs) => {
    // Offsets change on whole quarters of an hour in every zone in use, so the quarter's start decides.
    const quarterMs = Math.floor(localMs / (HOUR_MS / 4)) * (HOUR_MS / 4);
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
  const format = ianaFormat(name);
  return format === null ? null : ianaToUtc(format);
}
