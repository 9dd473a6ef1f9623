import type { StoredEvent } from '@burnline/queries';
import type { OwnEvent } from './own-count.ts';

export interface EventComparison {
  readonly made: number;
  readonly acknowledged: number;
  /** Made and never acknowledged: they may be there or not. */
  readonly unacknowledged: number;
  /** Ids that were acknowledged and are not there. */
  readonly lost: readonly string[];
  /** Ids that are there more than once and are not marked as repeats. */
  readonly doubled: readonly string[];
  /** Ids of this drill that it never made. */
  readonly foreign: readonly string[];
  /** Events whose time the log set back, and by how much at most: the drill's clock is ahead of the log's. */
  readonly clamped: { readonly count: number; readonly byMsMax: number };
}

/** Holds what the drill knows against what the database has. */
export function compareEvents(own: readonly OwnEvent[], stored: readonly StoredEvent[]): EventComparison {
  const rowsById = new Map<string, number>();
  for (const { id, rows } of stored) rowsById.set(id, (rowsById.get(id) ?? 0) + rows);
  const known = new Map(own.map((one) => [one.event.id, one]));
  const acknowledged = own.filter((one) => one.isAcknowledged);
  const leads = stored.flatMap(({ id, atMicros }) => {
    const event = known.get(id)?.event;
    return event !== undefined && atMicros < event.record.occurred_at
      ? [(event.record.occurred_at - atMicros) / 1_000]
      : [];
  });
  return {
    made: own.length,
    acknowledged: acknowledged.length,
    unacknowledged: own.length - acknowledged.length,
    lost: acknowledged.map((one) => one.event.id).filter((id) => !rowsById.has(id)),
    doubled: [...rowsById].flatMap(([id, rows]) => (rows > 1 ? [id] : [])),
    foreign: [...rowsById.keys()].filter((id) => !known.has(id)),
    clamped: { count: leads.length, byMsMax: leads.reduce((most, lead) => Math.max(most, lead), 0) },
  };
}

export interface Delays {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Percentiles by nearest rank, ms; null without values. */
export function delaysOf(values: readonly number[]): Delays | null {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
