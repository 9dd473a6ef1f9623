/** Stable codes of the errors that burn and budget arithmetic throws. */
export type BurnErrorCode =
  | 'RATIO_INVALID'
  | 'TARGET_INVALID'
  | 'COUNTS_INVALID'
  | 'TIER_INVALID'
  | 'TIER_UNREACHABLE'
  | 'PERIOD_TOO_SHORT'
  | 'CALENDAR_INVALID'
  | 'WINDOW_INVALID'
  | 'COVERAGE_INVALID';
