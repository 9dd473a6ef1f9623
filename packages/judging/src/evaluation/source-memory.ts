import { sourceSilence, type SourceLife, type SourceSilence, DAY_MS } from '@burnline/core';
import type { Store } from '@burnline/runtime';

/** Reports are gathered so often; what is newer is read from them one by one. */
const GATHER_MS = 60_000;
/** Reports that the log took so long before the last gathering are gathered again: no clock decides which are new. */
const GATHER_OVERLAP_MS = 600_000;
/** The same at the start: partitions may be so far apart, and reports may have been written while nobody gathered. */
const FIRST_OVERLAP_MS = DAY_MS;

/**
 * Sources of a service and environment that are looked at, those heard of last first: a tick reads some megabytes of them
 * at most. They are remembered for 35 days, in which a fleet that is restarted every hour has some hundreds.
 */
const SOURCES_PER_SERVICE_MAX = 5_000;

/** environment; first and last heard of, epoch seconds; stopped; has fed events. */
type LifeTuple = readonly [string, number, number, boolean, boolean];

const COLUMNS = 'service, environment, instance';
/** SQL over source_reports, columns of source_states. */
const LIVES_SQL = `SELECT ${COLUMNS}, min(kept_since) AS first_heard, max(kept_since) AS last_heard, max(interval_end) AS last_end,
       maxIf(interval_end, is_final) AS final_end, max(acknowledged_count) AS acknowledged
     FROM source_reports WHERE stream = {stream:String} AND kept_since >= fromUnixTimestamp({from:UInt32}) GROUP BY ${COLUMNS}`;

/**
 * Remembers the sources of a live stream for longer than their reports are looked at: which were lost, and which stopped.
 * What it answers follows from the reports alone; the table that it keeps only spares reading weeks of them.
 */
export class SourceMemory {
  readonly #store: Store;
  readonly #stream: string;
  /** Reports before it are in the table, epoch ms; null until the table was asked. */
  #gatheredMs: number | null = null;

  constructor(store: Store, stream: string) {
    this.#store = store;
    this.#stream = stream;
  }

  /**
   * By service, as seen at an instant.
   *
   * @param atMs up to which reports are written, epoch ms
   */
  async silences(atMs: number): Promise<ReadonlyMap<string, SourceSilence>> {
    const gatheredMs = await this.#gather(atMs);
    const rows = await this.#store.query<{
      readonly service: string;
      readonly lives: readonly LifeTuple[];
    }>(
      `SELECT service, groupArray((environment, first_s, last_s, is_stopped, has_fed)) AS lives
       FROM (
         SELECT service, environment, toUnixTimestamp(min(first_heard)) AS first_s, toUnixTimestamp(max(last_heard)) AS last_s,
                max(final_end) >= max(last_end) AS is_stopped, max(acknowledged) > 0 AS has_fed
         FROM (SELECT ${COLUMNS}, first_heard, last_heard, last_end, final_end, acknowledged
               FROM source_states WHERE stream = {stream:String}
               UNION ALL ${LIVES_SQL})
         GROUP BY ${COLUMNS}
         ORDER BY last_s DESC, first_s DESC, instance LIMIT {perService:UInt32} BY service, environment
       )
       GROUP BY service`,
      {
        stream: this.#stream,
        from: secondsBefore(gatheredMs),
        perService: SOURCES_PER_SERVICE_MAX,
      },
    );
    return new Map(rows.map(({ service, lives }) => [service, sourceSilence(lives.map(lifeOf), atMs)]));
  }

  /** Returns from when on reports are to be read one by one. */
  async #gather(atMs: number): Promise<number> {
    const gatheredMs = this.#gatheredMs ?? (await this.#readGathered());
    // A log that has leapt ahead of itself is not waited for.
    const isDue = this.#gatheredMs === null || Math.abs(atMs - gatheredMs) >= GATHER_MS;
    if (!isDue) return gatheredMs;
    await this.#store.command(
      `INSERT INTO source_states (stream, ${COLUMNS}, first_heard, last_heard, last_end, final_end, acknowledged)
       SELECT {stream:String}, * FROM (${LIVES_SQL})`,
      { stream: this.#stream, from: secondsBefore(gatheredMs) },
    );
    this.#gatheredMs = atMs;
    return Math.min(atMs, gatheredMs);
  }

  async #readGathered(): Promise<number> {
    const [row] = await this.#store.query<{ readonly last_s: number }>(
      `SELECT toUnixTimestamp(max(last_heard)) AS last_s FROM source_states WHERE stream = {stream:String}`,
      { stream: this.#stream },
    );
    return (row?.last_s ?? 0) * 1_000 - FIRST_OVERLAP_MS;
  }
}

function secondsBefore(gatheredMs: number): number {
  return Math.max(0, Math.floor((gatheredMs - GATHER_OVERLAP_MS) / 1_000));
}

function lifeOf([environment, firstS, lastS, isStopped, hasFed]: LifeTuple): SourceLife {
  return { environment, firstHeardMs: firstS * 1_000, lastHeardMs: lastS * 1_000, isStopped, hasFed };
}
