/** ISO 8601 with a zone: a time without one means something else on every machine. */
const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,18}))?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/;
const MICROS_PER_MS = 1_000;
const MS_PER_MINUTE = 60_000;
const FRACTION_DIGITS = 6;

/** 2001-09-09 to 2286-11-20: within it, microseconds cannot be confused with any other unit of a time in this century. */
export const EPOCH_MICROS_MIN = 1e15;
export const EPOCH_MICROS_MAX = 1e16;

export type ParsedTime =
  | { readonly kind: 'time'; readonly epochMicros: number }
  /** What was expected, for the sender of the wrong value. */
  | { readonly kind: 'refused'; readonly expected: string };

const EXPECTED = 'an ISO 8601 time with a zone, or epoch microseconds as an integer';

/** Whether a value is epoch microseconds of a plausible time, as records hold them. */
function isEpochMicros(value: number): boolean {
  return Number.isInteger(value) && value >= EPOCH_MICROS_MIN && value < EPOCH_MICROS_MAX;
}

/** The same as an expression of JavaScript over a variable of any type. */
export function epochMicrosCode(variable: string): string {
  return `Number.isInteger(${variable}) && ${variable} >= ${EPOCH_MICROS_MIN} && ${variable} < ${EPOCH_MICROS_MAX}`;
}

/** What was expected where a value is not that; a time in another unit is told from nonsense. */
export function expectedMicros(value: unknown): string {
  const unit = typeof value === 'number' ? likelyUnit(value) : null;
  return unit === null
    ? 'epoch microseconds as an integer, from 2001-09-09 to 2286-11-20'
    : `epoch microseconds; this looks like ${unit}`;
}

/**
 * Epoch microseconds from JSON. The fraction is read as text, since a Date holds milliseconds only; digits beyond the
 * sixth are cut off. A number in another unit is refused and the likely unit named.
 */
export function parseEpochMicros(value: unknown): ParsedTime {
  if (typeof value === 'number') return parseNumber(value);
  if (typeof value === 'string') return parseIso(value);
  return { kind: 'refused', expected: EXPECTED };
}

function parseNumber(value: number): ParsedTime {
  if (isEpochMicros(value)) return { kind: 'time', epochMicros: value };
  const unit = likelyUnit(value);
  return {
    kind: 'refused',
    expected: unit === null ? EXPECTED : `epoch microseconds; this looks like ${unit}`,
  };
}

/** The unit in which a number would be a time between 2001 and 2286. */
function likelyUnit(value: number): string | null {
  if (value >= 1e9 && value < 1e10) return 'seconds';
  if (value >= 1e12 && value < 1e13) return 'milliseconds';
  if (value >= 1e18 && value < 1e19) return 'nanoseconds';
  return null;
}

function parseIso(text: string): ParsedTime {
  const match = ISO_TIME.exec(text);
  if (match === null) return { kind: 'refused', expected: EXPECTED };
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal =
    local.getUTCMonth() === month - 1 &&
    local.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  const [zoneHours, zoneMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (!isReal || zoneHours > 23 || zoneMinutes > 59) {
    return { kind: 'refused', expected: 'a time that exists in the calendar' };
  }
  const zoneMs = (zoneHours * 60 + zoneMinutes) * MS_PER_MINUTE * (match[8] === '-' ? -1 : 1);
  const fraction = Number((match[7] ?? '').padEnd(FRACTION_DIGITS, '0').slice(0, FRACTION_DIGITS));
  const epochMicros = (local.getTime() - zoneMs) * MICROS_PER_MS + fraction;
  if (!isEpochMicros(epochMicros)) {
    return { kind: 'refused', expected: 'a time between 2001-09-09 and 2286-11-20' };
  }
  return { kind: 'time', epochMicros };
}
