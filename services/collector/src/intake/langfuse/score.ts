import type { Picked, Shape } from '../../records/pick-members.ts';

/** A score's members in the API's spelling and in that of exports. Comments, metadata and who wrote them are not in it. */
const BODY = {
  id: 'scalar',
  timestamp: 'scalar',
  createdAt: 'scalar',
  created_at: 'scalar',
  name: 'scalar',
  value: 'scalar',
  stringValue: 'scalar',
  string_value: 'scalar',
  dataType: 'scalar',
  data_type: 'scalar',
  source: 'scalar',
  traceId: 'scalar',
  trace_id: 'scalar',
  observationId: 'scalar',
  observation_id: 'scalar',
  sessionId: 'scalar',
  session_id: 'scalar',
  datasetRunId: 'scalar',
  dataset_run_id: 'scalar',
} as const satisfies Shape;

/** What is read of a score as Langfuse's API and its blob export write it, or of an event of its ingestion that holds one. */
export const SCORE = {
  ...BODY,
  type: 'scalar',
  body: BODY,
  /** Of a page or a batch among other records. */
  data: 'presence',
  batch: 'presence',
} as const satisfies Shape;

export type Score = Picked<typeof SCORE>;
