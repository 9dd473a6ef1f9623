import { replayError } from './replay-error.ts';

const DAY_MICROS = 86_400_000_000;
/** Clocks of two machines differ by less; a zone that was read wrongly differs by more. */
const AHEAD_MICROS_MAX = 300_000_000;
/** Records that an empty stretch of so long separates from the others belong together with them only if they are many. */
const GAP_DAYS_MIN = 31;
/** Runs of a benchmark lie months apart, each with its share of the rows; a row whose time was misread stands alone. */
const STRAY_SHARE_MAX = 0.1;
/** Places that a message names. */
const NAMED_MAX = 5;

interface Day {
  count: number;
  readonly line: number;
  readonly atMicros: number;
}

interface Stretch {
  readonly count: number;
  readonly line: number;
  readonly atMicros: number;
  readonly gapDays: number;
}

/**
 * Where the records of a history lie in time. A row from the future, or far from all others, is a misread year, zone or unit
 * far more often than it is meant: it is told before anything is published.
 */
export class TimeSpread {
  readonly #days = new Map<number, Day>();
  readonly #latestMicros: number;
  readonly #ahead: { line: number; atMicros: number }[] = [];
  #aheadCount = 0;
  #count = 0;

  /** `nowMicros`: no record can be after it, epoch microseconds. */
  constructor(nowMicros: number) {
    this.#latestMicros = nowMicros + AHEAD_MICROS_MAX;
  }

  add(atMicros: number, line: number): void {
    this.#count += 1;
    const number = Math.floor(atMicros / DAY_MICROS);
    const day = this.#days.get(number);
    if (day === undefined) this.#days.set(number, { count: 1, line, atMicros });
    else day.count += 1;
    if (atMicros <= this.#latestMicros) return;
    this.#aheadCount += 1;
    if (this.#ahead.length < NAMED_MAX) this.#ahead.push({ line, atMicros });
  }

  /** Throws REPLAY_TIMES_IMPLAUSIBLE, naming lines and times. */
  requirePlausible(file: string): void {
    const strays = this.#strays();
    if (this.#aheadCount === 0 && strays.length === 0) return;
    const lines = [
      ...this.#ahead.map(({ line, atMicros }) => `  line ${line}: ${textOf(atMicros)} is in the future`),
      ...more(this.#aheadCount - this.#ahead.length, 'later than now'),
      ...strays.slice(0, NAMED_MAX).map(strayText),
      ...more(strays.length - NAMED_MAX, 'far from the others'),
    ];
    throw replayError(
      'REPLAY_TIMES_IMPLAUSIBLE',
      `${file} has records at times that are hardly meant:\n${lines.join('\n')}`,
      {
        remedy:
          'Correct the rows, or the format and zone of the time in the mapping; if the times are right, give --any-time.',
        details: { file, aheadCount: this.#aheadCount, strayCount: strays.length },
      },
    );
  }

  /** Stretches of days, apart from the next one, that hold hardly any of the records. */
  #strays(): readonly Stretch[] {
    const days = [...this.#days].sort(([left], [right]) => left - right);
    const starts = days.flatMap(([number], index) => {
      const previous = days[index - 1]?.[0];
      return previous === undefined || number - previous >= GAP_DAYS_MIN ? [index] : [];
    });
    if (starts.length < 2) return [];
    return starts.flatMap((start, index) => {
      const stretch = days.slice(start, starts[index + 1]);
      const count = stretch.reduce((sum, [, day]) => sum + day.count, 0);
      const [first, last] = [stretch[0], stretch.at(-1)];
      if (first === undefined || last === undefined || count >= this.#count * STRAY_SHARE_MAX) return [];
      const gaps = [
        first[0] - (days[start - 1]?.[0] ?? -Infinity),
        (days[start + stretch.length]?.[0] ?? Infinity) - last[0],
      ];
      const { line, atMicros } = first[1];
      // What is in the future was named as such.
      return atMicros > this.#latestMicros ? [] : [{ count, line, atMicros, gapDays: Math.min(...gaps) }];
    });
  }
}

function strayText({ line, atMicros, count, gapDays }: Stretch): string {
  const others = count === 1 ? '' : ` and ${count - 1} more from there on`;
  return `  line ${line}: ${textOf(atMicros)}${others}, ${gapDays} days from the nearest other records`;
}

function more(count: number, what: string): string[] {
  return count <= 0 ? [] : [`  and ${count} more ${what}`];
}

/** Times beyond what a date can say are shown as they are. */
function textOf(atMicros: number): string {
  const date = new Date(Math.floor(atMicros / 1_000));
  return Number.isNaN(date.getTime()) ? `${atMicros} microseconds since 1970` : date.toISOString();
}
