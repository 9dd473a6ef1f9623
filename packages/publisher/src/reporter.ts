import type { SourceReport } from '@burnline/core';
import { DROP_REASONS } from './counters.ts';
import type { PublisherCounters } from './counters.ts';

const MICROS_PER_MS = 1_000;

export interface ReporterOptions {
  readonly instance: string;
  readonly service: string;
  readonly environment: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly counters: () => PublisherCounters;
  /** False: the report could not be taken. Its counts then go into the next one. */
  readonly send: (report: SourceReport) => boolean;
}

/** Says what happened since the last report that was taken. */
export function createReporter(options: ReporterOptions): (isFinal: boolean) => void {
  let startMs = options.now();
  let before = options.counters();
  return (isFinal) => {
    const endMs = Math.max(startMs, options.now());
    const after = options.counters();
    const dropped = DROP_REASONS.map(
      (reason) => [reason, after.droppedByReason[reason] - before.droppedByReason[reason]] as const,
    );
    const wasTaken = options.send({
      instance: options.instance,
      service: options.service,
      environment: options.environment,
      interval_start: Math.floor(startMs * MICROS_PER_MS),
      interval_end: Math.floor(endMs * MICROS_PER_MS),
      is_final: isFinal,
      emitted_count: after.emitted - before.emitted,
      acknowledged_count: after.acknowledged - before.acknowledged,
      retried_count: after.retried - before.retried,
      dropped_by_reason: Object.fromEntries(dropped.filter(([, count]) => count > 0)),
    });
    if (!wasTaken) return;
    startMs = endMs;
    before = after;
  };
}
