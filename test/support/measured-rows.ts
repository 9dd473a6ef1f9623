/** The sum that rows of tests keep beside their counts. */
export const MEASURED_SUM = 'measures.value @1';

/** What the events of a row measure, made from the row alone: histories need not say it, and their sums are sums of it. */
export interface Measured {
  readonly valueSum: number;
  /** Events without a value. */
  readonly missing: number;
  /** Bucket to number of events. */
  readonly histogram: Readonly<Record<string, number>>;
  readonly zeroCount: number;
}

interface Row {
  readonly paneMs: number;
  readonly good: number;
  readonly total: number;
}

/** Values that drift: those of good and of bad events lie apart, and both move on with time. */
export function measuredOf({ paneMs, good, total }: Row): Measured {
  const bad = total - good;
  const pane = Math.floor(paneMs / 10_000);
  const [place, hour] = [(pane % 3) - 1, Math.floor(paneMs / 3_600_000) % 4];
  const isZero = pane % 4 === 0;
  const counts = isZero
    ? [[place + hour, good]]
    : [
        [place + hour, good],
        [place + 3, bad],
      ];
  const histogram: Record<string, number> = {};
  for (const [bucket, count] of counts as [number, number][])
    if (count > 0) histogram[bucket] = (histogram[bucket] ?? 0) + count;
  return {
    valueSum: good * (5 + hour) - bad * 6,
    missing: pane % 5 === 0 ? bad : 0,
    histogram,
    zeroCount: isZero ? bad : 0,
  };
}

export function plusMeasured(one: Measured, other: Measured): Measured {
  const histogram: Record<string, number> = { ...one.histogram };
  for (const [bucket, count] of Object.entries(other.histogram))
    histogram[bucket] = (histogram[bucket] ?? 0) + count;
  return {
    valueSum: one.valueSum + other.valueSum,
    missing: one.missing + other.missing,
    histogram,
    zeroCount: one.zeroCount + other.zeroCount,
  };
}

export const NOTHING_MEASURED: Measured = { valueSum: 0, missing: 0, histogram: {}, zeroCount: 0 };

/** The columns of sli_panes and sli_archive; `extra` is what each event stands for beyond itself, thousandths. */
export function measuredColumns({ valueSum, missing, histogram, zeroCount }: Measured, extra = 0): object {
  const times = Object.entries(histogram).map(([bucket, count]) => [bucket, count * extra] as const);
  return {
    sums: { [MEASURED_SUM]: valueSum },
    sums_extra: { [MEASURED_SUM]: valueSum * extra },
    missing: { [MEASURED_SUM]: missing },
    missing_extra: { [MEASURED_SUM]: missing * extra },
    histogram,
    histogram_extra: Object.fromEntries<number>(times),
    zero_count: zeroCount,
    zero_extra: zeroCount * extra,
  };
}
