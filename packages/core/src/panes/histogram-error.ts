/** Stable codes of the errors that histograms throw. */
export type HistogramErrorCode =
  | 'HISTOGRAM_SCALE_INVALID'
  | 'HISTOGRAM_VALUE_INVALID'
  | 'HISTOGRAM_COUNT_INVALID'
  | 'HISTOGRAM_SCALES_DIFFER'
  | 'HISTOGRAM_QUANTILE_INVALID';
