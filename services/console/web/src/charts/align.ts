/** Points of an answer as the columns that a plot draws. Pure: what is a gap, what is open and what stands alone is decided here. */

/** One bucket of time: from included, to not included, epoch ms. */
export interface ChartPoint {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: number | null;
  /** Whether the bucket is still being counted. */
  readonly isOpen?: boolean;
}

/** Sums without events are zero; means, shares and percentiles are not there. */
export type Missing = 'gap' | 'zero';

interface AlignedSeries {
  /** What is counted to its end. */
  readonly closed: readonly (number | null)[];
  /** The open bucket, and the closed one before it, so that a line leads there; null everywhere else. */
  readonly open: readonly (number | null)[];
}

export interface Aligned {
  /** Starts of buckets, epoch seconds. */
  readonly times: readonly number[];
  readonly stepMs: number;
  readonly series: readonly AlignedSeries[];
}

/** What a chart may hold, whatever the answer: beyond that buckets at the old end are left out. */
const BUCKETS_MAX = 20_000;

export interface AlignInput {
  readonly points: readonly ChartPoint[];
  readonly missing: Missing;
  /** Whether the open bucket is led to from the one before: of lines, not of bars. */
  readonly isJoined: boolean;
}

/** The stretch that a chart shows, epoch ms. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * All series over the buckets of one stretch, so that every chart of a page has the same ones. A bucket that a series lacks is
 * null, or 0 for sums between their first and their last bucket: never the value of a neighbour.
 */
export function alignSeries(
  inputs: readonly AlignInput[],
  { stepMs, range }: { readonly stepMs: number; readonly range: TimeRange },
): Aligned {
  const first = inputs.flatMap(({ points }) => points.slice(0, 1))[0];
  if (first === undefined || !(stepMs > 0)) return { times: [], stepMs, series: inputs.map(noColumns) };
  // Buckets need not begin at multiples of their length: those of the answer do not move.
  const wholeSteps = Math.floor((range.fromMs - first.fromMs) / stepMs);
  const earliestMs = first.fromMs + wholeSteps * stepMs;
  const wanted = Math.ceil((range.toMs - earliestMs) / stepMs);
  const count = Math.min(Math.max(wanted, 1), BUCKETS_MAX);
  const firstMs = earliestMs + (wanted - count) * stepMs;
  const times = Array.from({ length: count }, (_, index) => (firstMs + index * stepMs) / 1_000);
  return { times, stepMs, series: inputs.map((input) => columnsOf(input, { firstMs, stepMs, count })) };
}

const noColumns = (): AlignedSeries => ({ closed: [], open: [] });

function columnsOf(
  { points, missing, isJoined }: AlignInput,
  grid: { readonly firstMs: number; readonly stepMs: number; readonly count: number },
): AlignedSeries {
  const closed = new Array<number | null>(grid.count).fill(null);
  const open = new Array<number | null>(grid.count).fill(null);
  const indexOf = (point: ChartPoint): number => Math.round((point.fromMs - grid.firstMs) / grid.stepMs);
  if (missing === 'zero' && points.length > 0) {
    const indexes = points.map(indexOf);
    closed.fill(
      0,
      Math.max(
        indexes.reduce((a, b) => Math.min(a, b)),
        0,
      ),
      indexes.reduce((a, b) => Math.max(a, b)),
    );
  }
  for (const point of points) {
    const index = indexOf(point);
    if (index < 0 || index >= grid.count) continue;
    closed[index] = point.isOpen === true ? null : point.value;
    if (point.isOpen !== true) continue;
    open[index] = point.value;
    const before = index > 0 ? (closed[index - 1] ?? null) : null;
    if (isJoined && index > 0) open[index - 1] = before;
  }
  return { closed, open };
}

/** Indexes of values that have no neighbour to draw a line to: they are drawn as dots. */
export function loneIndexes(values: readonly (number | null | undefined)[]): number[] {
  const isThere = (index: number): boolean => values[index] !== null && values[index] !== undefined;
  return values.flatMap((_, index) =>
    isThere(index) && !isThere(index - 1) && !isThere(index + 1) ? [index] : [],
  );
}

/** Range of the value axis: from zero where areas or bars are filled, else what the values need, with what has to be seen. */
export function valueRange(
  values: readonly (number | null)[],
  { isFilled, include }: { readonly isFilled: boolean; readonly include: readonly number[] },
): readonly [number, number] {
  const seen = [...values.filter((value) => value !== null), ...include, ...(isFilled ? [0] : [])];
  if (seen.length === 0) return [0, 1];
  const [low, high] = [seen.reduce((a, b) => Math.min(a, b)), seen.reduce((a, b) => Math.max(a, b))];
  if (low === high)
    return isFilled && low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + (Math.abs(high) * 0.1 || 1)];
  const room = (high - low) * 0.06;
  return [isFilled && low === 0 ? 0 : low - room, high + room];
}
