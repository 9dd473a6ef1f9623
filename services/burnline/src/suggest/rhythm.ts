import type { HourOfWeek } from '@burnline/queries';

/** Above it the traffic of the fullest hour of the week, held against the emptiest one, is a rhythm. */
const PEAK_RATIO_MIN = 3;
/** Share of the bad events that the worst hours are named for. */
const BUDGET_SHARE = 0.5;
const HOURS_OF_WEEK = 168;
/** With fewer bad events the hours in which they fell are chance. */
const BAD_MIN = 50;

export interface Rhythm {
  /** Events of the fullest hour of the week, and of the emptiest one, in an average week. */
  readonly peak: number;
  readonly trough: number;
  /** The fewest hours that hold half of the bad events, most bad events first; null with too few to tell. */
  readonly worst: readonly HourOfWeek[] | null;
  readonly bad: number;
  /** By hour of the week, Monday 0:00 UTC first; hours without events are zeros. */
  readonly hours: readonly { readonly bad: number; readonly total: number }[];
}

/** The rhythm of an SLI's traffic; null where there is none. Whole weeks are to be given. */
export function rhythmOf(hours: readonly HourOfWeek[], weeks: number): Rhythm | null {
  const all = Array.from({ length: HOURS_OF_WEEK }, () => ({ bad: 0, total: 0 }));
  for (const { day, hour, bad, total } of hours) all[(day - 1) * 24 + hour] = { bad, total };
  const totals = all.map(({ total }) => total);
  const [peak, trough] = [Math.max(...totals), Math.min(...totals)];
  const bad = all.reduce((sum, one) => sum + one.bad, 0);
  const worst = bad < BAD_MIN ? null : worstOf(hours, bad);
  const isUneven = worst !== null && PEAK_RATIO_MIN * worst.length <= HOURS_OF_WEEK * BUDGET_SHARE;
  if (peak <= PEAK_RATIO_MIN * trough && !isUneven) return null;
  return { peak: peak / weeks, trough: trough / weeks, worst, bad, hours: all };
}

function worstOf(hours: readonly HourOfWeek[], bad: number): readonly HourOfWeek[] {
  const sorted = [...hours].sort((a, b) => b.bad - a.bad);
  let sum = 0;
  const end = sorted.findIndex((one) => (sum += one.bad) >= BUDGET_SHARE * bad);
  return sorted.slice(0, end + 1);
}

/**
 * The week as a table of text: a line for each day, and for each of its hours (UTC) how many percent of its events were bad, 99 for
 * more, `<1` for less than one, `.` for none, and `-` where there were no events. Where a line of 24 hours does not fit into
 * `columns`, the hours before noon stand above those after it.
 */
export function weekLines({ hours }: Pick<Rhythm, 'hours'>, columns = WHOLE_DAY_COLUMNS): readonly string[] {
  const cells = hours.map(({ bad, total }) => {
    if (total === 0 || bad === 0) return total === 0 ? '-' : '.';
    const percent = Math.floor((100 * bad) / total);
    return percent < 1 ? '<1' : String(Math.min(99, percent));
  });
  const line = (name: string, texts: readonly string[]): string =>
    `${name} ${texts.map((text) => text.padStart(2)).join(' ')}`;
  const part = (from: number, to: number): readonly string[] => [
    line(
      '   ',
      Array.from({ length: to - from }, (_, index) => String(from + index)),
    ),
    ...DAYS.map((day, index) => line(day, cells.slice(index * 24 + from, index * 24 + to))),
  ];
  return columns < WHOLE_DAY_COLUMNS ? [...part(0, 12), ...part(12, 24)] : part(0, 24);
}

/** Of a day's name and 24 hours, each with a space before it. */
const WHOLE_DAY_COLUMNS = 3 + 24 * 3;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** `Mon 9-11, Thu 22`: hours that follow each other are one stretch. */
export function hoursText(hours: readonly Pick<HourOfWeek, 'day' | 'hour'>[]): string {
  const sorted = [...hours].sort((a, b) => a.day - b.day || a.hour - b.hour);
  const stretches: { readonly day: number; readonly from: number; to: number }[] = [];
  for (const { day, hour } of sorted) {
    const last = stretches.at(-1);
    if (last?.day === day && last.to === hour - 1) last.to = hour;
    else stretches.push({ day, from: hour, to: hour });
  }
  return stretches
    .map(({ day, from, to }) => `${DAYS[day - 1] ?? ''} ${from === to ? from : `${from}-${to}`}`)
    .join(', ');
}
