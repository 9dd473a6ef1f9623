/** Where events may come from: what inferences and verdicts both say. */
export const ATTRIBUTION_DIMENSIONS = [
  'provider',
  'model_requested',
  'model_served',
  'deployment',
  'region',
  'endpoint',
  'prompt_version',
  'tenant',
  'variant',
] as const;

/** How an inference went; a verdict says none of these. */
export const ATTRIBUTION_OUTCOMES = ['status', 'error_type', 'http_status'] as const;
