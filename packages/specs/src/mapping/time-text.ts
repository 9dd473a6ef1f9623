import { decimalToInteger } from './decimal.ts';
import { RowProblem } from './row-problem.ts';
import { fixedOffsetMs, type LocalToUtc } from './time-zone.ts';

/** Reads a time to epoch microseconds, digits beyond the sixth cut off. Throws `RowProblem`. */
export type TimeReader = (text: string) => number;

/** How many places the decimal point moves to turn the unit into microseconds. */
const EPOCH_SHIFTS: Readonly<Record<string, number>> = { epoch_s: 6, epoch_ms: 3, epoch_us: 0, epoch_ns: -3 };
/** The same for time since an origin that the mapping states. */
const ELAPSED_SHIFTS: Readonly<Record<string, number>> = {
  elapsed_s: 6,
  elapsed_ms: 3,
  elapsed_us: 0,
  elapsed_ns: -3,
};

/** Whether texts of this format say how long after an origin they are, and mean nothing without one. */
export function isElapsedFormat(format: string): boolean {
  return format in ELAPSED_SHIFTS;
}
const ISO =
  /^(?<YYYY>\d{4})-(?<MM>\d{2})-(?<DD>\d{2})(?:[T ](?<HH>\d{2}):(?<mm>\d{2})(?::(?<ss>\d{2})(?:[.,](?<f>\d{1,18}))?)?)? ?(?<zone>Z|z|UTC|[+-]\d{2}:?\d{2})?$/;
const TOKENS: Readonly<Record<string, string>> = {
  YYYY: String.raw`(?<YYYY>\d{4})`,
  MM: String.raw`(?<MM>\d{1,2})`,
  DD: String.raw`(?<DD>\d{1,2})`,
  HH: String.raw`(?<HH>\d{1,2})`,
  mm: String.raw`(?<mm>\d{1,2})`,
  ss: String.raw`(?<ss>\d{1,2})`,
  f: String.raw`(?<f>\d{1,18})`,
  Z: String.raw`(?<zone>Z|z|UTC|[+-]\d{2}:?\d{2})`,
};
const TOKEN = /YYYY|MM|DD|HH|mm|ss|f|Z/g;

/** A regular expression for a pattern such as `DD/MM/YYYY HH:mm:ss.f`; `null` where the pattern lacks a whole date. */
function patternExpression(pattern: string): RegExp | null {
  const tokens: string[] = pattern.match(TOKEN) ?? [];
  const isWhole = ['YYYY', 'MM', 'DD'].every((token) => tokens.includes(token));
  if (!isWhole || new Set(tokens).size !== tokens.length) return null;
  const literals = pattern
    .split(TOKEN)
    .map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`));
  const source = literals.map((literal, index) => literal + (TOKENS[tokens[index] ?? ''] ?? '')).join('');
  return new RegExp(`^${source}$`);
}

function wallClock(groups: Readonly<Record<string, string | undefined>>): number | null {
  const at = (token: string) => Number(groups[token] ?? '0');
  const [year, month, day] = [at('YYYY'), at('MM'), at('DD')];
  const [hour, minute, second] = [at('HH'), at('mm'), at('ss')];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(localMs);
  const isReal =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? localMs : null;
}

function clockReader(expression: RegExp, options: { format: string; zone: LocalToUtc | null }): TimeReader {
  return (text) => {
    const groups = expression.exec(text)?.groups;
    if (groups === undefined)
      throw new RowProblem(`${JSON.stringify(text)} is not a time in the format ${options.format}`);
    const localMs = wallClock(groups);
    if (localMs === null) throw new RowProblem(`${JSON.stringify(text)} is not a time that exists`);
    const written = groups['zone'] === undefined ? null : fixedOffsetMs(groups['zone']);
    if (written === null && options.zone === null) {
      throw new RowProblem(`${JSON.stringify(text)} says no zone, and the mapping states none`);
    }
    const utcMs = written === null ? options.zone?.(localMs) : localMs - written;
    if (utcMs === undefined || utcMs === null) {
      throw new RowProblem(`${JSON.stringify(text)} falls into an hour that the zone's clocks skipped`);
    }
    // A JavaScript Date keeps milliseconds only, so the fraction is added as an integer of its own.
    const micros = utcMs * 1000 + Number((groups['f'] ?? '').slice(0, 6).padEnd(6, '0'));
    if (micros < 0) throw new RowProblem(`${JSON.stringify(text)} is before 1970`);
    return micros;
  };
}

/** Epoch microseconds of an instant in ISO 8601 with its zone; `null` where the text is none. */
export function instantMicros(text: string): number | null {
  try {
    return clockReader(ISO, { format: 'iso', zone: null })(text);
  } catch (error) {
    if (error instanceof RowProblem) return null;
    throw error;
  }
}

/**
 * A reader for `iso`, `epoch_s` (`_ms`, `_us`, `_ns`), `elapsed_s` (`_ms`, `_us`, `_ns`: since `originMicros`) or a pattern of
 * YYYY MM DD HH mm ss f Z. `zone` is for texts that say none. `null`: there is no such format.
 */
export function timeReader(options: {
  format: string;
  zone: LocalToUtc | null;
  originMicros?: number;
}): TimeReader | null {
  const elapsedShift = ELAPSED_SHIFTS[options.format];
  if (elapsedShift !== undefined) {
    return (text) => {
      const elapsed = decimalToInteger(text, { shift: elapsedShift, remainder: 'floor' });
      const micros = (options.originMicros ?? 0) + elapsed;
      if (micros < 0) throw new RowProblem(`${JSON.stringify(text)} after the origin is before 1970`);
      return micros;
    };
  }
  const shift = EPOCH_SHIFTS[options.format];
  if (shift !== undefined) {
    return (text) => {
      const micros = decimalToInteger(text, { shift, remainder: 'floor' });
      if (micros < 0) throw new RowProblem(`${JSON.stringify(text)} is before 1970`);
      return micros;
    };
  }
  const expression = options.format === 'iso' ? ISO : patternExpression(options.format);
  return expression === null ? null : clockReader(expression, options);
}
