/** The sum that rows of tests keep beside their counts. */
export const MEASURED_SUM = 'measures.value @1';

/** And those of its bins of confidence. */
export const GAP_SUMS = [0, 1, 2].map((place) => `score - passed @1 [${place}/3]`);

/** What they use, and the quota that some of them say. */
export const USED_SUM = 'output_tokens';
export const QUOTA_SUM = 'measures.quota';

/** What the events of a row measure, made from the row alone: histories need not say it, and their sums are sums of it. */
export interface Measured {
  readonly valueSum: number;
  /** By bin, what was stated less what came true. */
  readonly gaps: readonly number[];
  readonly used: number;
  readonly quotaSum: number;
  readonly quotaMissing: number;
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
  const quotaMissing = pane % 3 === 0 ? total : bad;
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
    gaps: [3 * bad - good * (pane % 3), hour * bad - 2 * good, isZero ? 5 * bad : -bad],
    used: 7 * good + bad,
    quotaSum: (total - quotaMissing) * (30 + 5 * hour),
    quotaMissing,
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
    gaps: one.gaps.map((gap, place) => gap + (other.gaps[place] ?? 0)),
    used: one.used + other.used,
    quotaSum: one.quotaSum + other.quotaSum,
    quotaMissing: one.quotaMissing + other.quotaMissing,
    missing: one.missing + other.missing,
    histogram,
    zeroCount: one.zeroCount + other.zeroCount,
  };
}

export const NOTHING_MEASURED: Measured = measuredOf({ paneMs: 0, good: 0, total: 0 });

/** The columns of sli_panes and sli_archive; `extra` is what each event stands for beyond itself, thousandths. */
export function measuredColumns(
  { valueSum, gaps, used, quotaSum, quotaMissing, missing, histogram, zeroCount }: Measured,
  extra = 0,
): object {
  const sumsOf = (times: number): Record<string, number> => ({
    [MEASURED_SUM]: valueSum * times,
    [USED_SUM]: used * times,
    [QUOTA_SUM]: quotaSum * times,
    ...Object.fromEntries(GAP_SUMS.map((name, place) => [name, (gaps[place] ?? 0) * times])),
  });
  const times = Object.entries(histogram).map(([bucket, count]) => [bucket, count * extra] as const);
  return {
    sums: sumsOf(1),
    sums_extra: sumsOf(extra),
    missing: { [MEASURED_SUM]: missing, [QUOTA_SUM]: quotaMissing },
    missing_extra: { [MEASURED_SUM]: missing * extra, [QUOTA_SUM]: quotaMissing * extra },
    histogram,
    histogram_extra: Object.fromEntries<number>(times),
    zero_count: zeroCount,
    zero_extra: zeroCount * extra,
  };
}
