import { HISTOGRAM_SCALE_MAX } from '@burnline/core';
import { z } from 'zod';

/** Dimensions of one SLI: every further one multiplies the series. */
const DIMENSION_COUNT_MAX = 8;
/** Sums of one SLI: each is a column's worth of integers in every pane row. */
const SUM_COUNT_MAX = 16;
/** Series of one SLI in one chunk: each is a row per pane, partition and flush. */
const SERIES_COUNT_MAX = 10_000;

/** A whole number between bounds, both included. */
export const integer = (min: number, max: number): z.ZodNumber => {
  const expected = `a whole number from ${min} to ${max}`;
  return z.number(expected).int(expected).min(min, expected).max(max, expected);
};

export const STREAM_SHAPE = z.enum(['inference', 'verdicts']).optional();

/** A field, or a list of fields that are added up. */
const FIELDS = `a field, or a list of 1 to ${SUM_COUNT_MAX} fields`;
export const FIELDS_SHAPE = z.union(
  [z.string(), z.array(z.string()).min(1, FIELDS).max(SUM_COUNT_MAX, FIELDS)],
  FIELDS,
);

/** `metricSource.spec` of a leaf of type burnline that says what is counted. */
export const COUNTED_SHAPE = z.strictObject({
  where: z.string().optional(),
  scope: z.string().optional(),
  stream: STREAM_SHAPE,
  by: z.array(z.string()).max(DIMENSION_COUNT_MAX, `at most ${DIMENSION_COUNT_MAX} dimensions`).optional(),
  seriesMax: integer(1, SERIES_COUNT_MAX).optional(),
  sum: z.array(z.string()).max(SUM_COUNT_MAX, `at most ${SUM_COUNT_MAX} fields`).optional(),
  histogram: z
    .strictObject({ field: z.string(), scale: integer(0, HISTOGRAM_SCALE_MAX).optional() })
    .optional(),
});
