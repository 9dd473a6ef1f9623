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
