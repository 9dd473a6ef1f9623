/**
 * The records of the event log as programs see them. Those of inferences and verdicts are made from their tables of fields.
 * Absent is `null`, never zero.
 */
export type { EvalVerdict, InferenceEvent, InlineVerdict } from './records.ts';

/** What a publisher says of itself every 10 s: it tells a silent source from one without traffic, and shows loss. */
export interface SourceReport {
  /** Unique per running publisher. */
  readonly instance: string;
  readonly service: string;
  readonly environment: string;
  /** Epoch microseconds, half open: [interval_start, interval_end). */
  readonly interval_start: number;
  readonly interval_end: number;
  /** The source's last report: it stopped on purpose. */
  readonly is_final: boolean;
  /** Counts of events within the interval. */
  readonly emitted_count: number;
  readonly acknowledged_count: number;
  readonly retried_count: number;
  readonly dropped_by_reason: Readonly<Record<string, number>>;
}

/** The clock in the log: a message without events that moves a partition's log time, or tells of spec revisions. */
export interface Mark {
  /** Who wrote it: an idle partition's owner, a replay, or a rollout of specs. */
  readonly kind: 'idle' | 'tick' | 'end' | 'specs';
  /** Epoch microseconds by the writer's clock; in a replay, the data's time. */
  readonly marked_at: number;
  /** Spec revisions that are counted from this message on. */
  readonly begun_specs: readonly string[];
  /** Spec revisions that are not counted any more, from this message on. */
  readonly ended_specs: readonly string[];
}

export type StreamRecordKind = 'inference' | 'verdict' | 'report' | 'mark';
