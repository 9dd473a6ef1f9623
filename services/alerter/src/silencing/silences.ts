import { isAlertInScope, type SilenceScope } from '@burnline/core';
import type { DecisionEvidence } from '@burnline/contracts';
import type { Store } from '@burnline/runtime';
import { SilenceClock, type SilenceTimes } from './silence-times.ts';

/** A silence as the audit has it. */
export interface Silence extends SilenceScope, SilenceTimes {
  readonly id: string;
  readonly addedMs: number;
  readonly author: string;
  readonly reason: string;
  /** Before it expired; null: it was not. */
  readonly ended: { readonly atMs: number; readonly author: string; readonly reason: string } | null;
}

/** Silences that are neither expired nor ended, at once. */
export const SILENCES_MAX = 1_000;
/** Of all that there ever were, newest first, so many are listed. */
const LISTED_MAX = 10_000;

interface SilenceRow {
  readonly id: string;
  readonly added_ms: number;
  readonly added_by: string;
  readonly added_for: string;
  readonly slos: readonly string[];
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly severities: readonly string[];
  readonly starts_s: number;
  readonly expires_s: number;
  readonly rule: string;
  readonly time_zone: string;
  readonly length_s: number;
  readonly ended_ms: number;
  readonly ended_by: string;
  readonly ended_for: string;
}

/** Silences, newest first: all that there were, or those alone that are not over at an instant. */
export async function readSilences(
  store: Store,
  { liveAtMs }: { readonly liveAtMs?: number } = {},
): Promise<readonly Silence[]> {
  const rows = await store.query<SilenceRow>(
    `SELECT id, minIf(toUnixTimestamp64Milli(changed_at), action = 'add') AS added_ms,
       anyIf(author, action = 'add') AS added_by, anyIf(reason, action = 'add') AS added_for,
       any(slos) AS slos, toString(any(service)) AS service, any(labels) AS labels, any(severities) AS severities,
       toUnixTimestamp(any(starts_at)) AS starts_s, toUnixTimestamp(any(expires_at)) AS expires_s,
       any(rule) AS rule, toString(any(time_zone)) AS time_zone, any(length_s) AS length_s,
       minIf(toUnixTimestamp64Milli(changed_at), action = 'end') AS ended_ms,
       argMinIf(author, changed_at, action = 'end') AS ended_by, argMinIf(reason, changed_at, action = 'end') AS ended_for
     FROM silences GROUP BY id
     HAVING {live:Int64} = 0 OR (ended_ms = 0 AND expires_s > {live:Int64})
     ORDER BY added_ms DESC, id LIMIT {limit:UInt32}`,
    { live: liveAtMs === undefined ? 0 : Math.floor(liveAtMs / 1_000), limit: LISTED_MAX },
  );
  return rows.map(silenceOf);
}

function silenceOf(row: SilenceRow): Silence {
  const { id, slos, service, labels, severities } = row;
  const ended = { atMs: row.ended_ms, author: row.ended_by, reason: row.ended_for };
  return {
    ...{ id, slos, service, labels, severities },
    ...{ addedMs: row.added_ms, author: row.added_by, reason: row.added_for },
    ...{ startMs: row.starts_s * 1_000, expiresMs: row.expires_s * 1_000 },
    ...{ rule: row.rule === '' ? null : row.rule, timeZone: row.time_zone, lengthMs: row.length_s * 1_000 },
    ended: row.ended_ms === 0 ? null : ended,
  };
}

/** Silences that were read, as the notifier asks about them. */
export class SilenceBook {
  #entries = new Map<string, { readonly silence: Silence; readonly clock: SilenceClock }>();

  /** Those that are not over; what was known of the same ones before is kept. */
  set(silences: readonly Silence[]): void {
    const entries = silences.map(
      (silence) =>
        [silence.id, this.#entries.get(silence.id) ?? { silence, clock: new SilenceClock(silence) }] as const,
    );
    this.#entries = new Map(entries);
  }

  isSilenced(
    alert: Pick<DecisionEvidence, 'slo' | 'service' | 'severity' | 'labels'>,
    nowMs: number,
  ): boolean {
    return [...this.#entries.values()].some(
      ({ silence, clock }) => isAlertInScope(silence, alert) && clock.isInForceAt(nowMs),
    );
  }
}
