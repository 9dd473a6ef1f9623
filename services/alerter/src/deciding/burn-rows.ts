import { SHARD_SQL, type QueryParams, type ShardShare, type Store } from '@burnline/runtime';

/** One row of burn_rates, as the decider reads it. */
export interface BurnRow {
  readonly slo: string;
  readonly specRev: string;
  readonly series: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly atMs: number;
  readonly windowsMs: readonly number[];
  readonly bad: readonly number[];
  readonly total: readonly number[];
  /** Bad events seen, each of which may stand for several. */
  readonly badSeen: readonly number[];
  /** Events seen, good and bad, likewise. */
  readonly totalSeen: readonly number[];
  readonly coverage: number;
  /** Whether silence of the series is rest, see burn_rates. */
  readonly isHeard: boolean;
  /** When the newest source was last heard of whose data is missing, epoch ms; null if none is. */
  readonly lostAtMs: number | null;
  /** Index of dispersion that evidence is judged by, see burn_rates. */
  readonly dispersion: number;
}

/** How far one shard of a stream's SLOs is evaluated and judged. */
export interface StreamEvaluation {
  readonly stream: string;
  readonly shard: number;
  readonly evaluatedThroughMs: number;
  readonly decidedThroughMs: number;
  /** Nobody waits for a replay's pages: what is known beside a decision is told with it. */
  readonly isReplay: boolean;
}

/**
 * Says which shards of streams have evaluations that have not been judged yet. Asked again while nothing was evaluated since
 * all of it was judged, it asks for a few hundred rows and joins nothing.
 *
 * A replay is judged as far as its raw rows are written too: the evidence of a decision names where bad events came from,
 * and must not depend on which service was faster. A live page does not wait for that.
 */
export class UndecidedReader {
  readonly #store: Store;
  readonly #share: ShardShare;
  /** By stream and shard: how far it was evaluated when all of that was judged, epoch seconds. */
  #judgedS = new Map<string, number>();

  constructor(store: Store, share: ShardShare) {
    this.#store = store;
    this.#share = share;
  }

  async read(): Promise<readonly StreamEvaluation[]> {
    const evaluated = await this.#store.query<EvaluatedRow>(EVALUATED_SQL, { held: this.#share.held });
    if (evaluated.every((row) => this.#judgedS.get(keyOf(row)) === row.evaluated)) return [];
    const rows = await this.#store.query<UndecidedRow>(UNDECIDED_SQL, { held: this.#share.held });
    this.#judgedS = new Map(
      rows.filter((row) => row.decided >= row.evaluated).map((row) => [keyOf(row), row.evaluated]),
    );
    return rows
      .filter((row) => row.ready > row.decided)
      .map((row) => ({
        stream: row.stream,
        shard: row.shard,
        evaluatedThroughMs: row.ready * 1_000,
        decidedThroughMs: row.decided * 1_000,
        isReplay: row.clock !== 'live',
      }));
  }
}

interface EvaluatedRow {
  readonly stream: string;
  readonly shard: number;
  /** Epoch seconds, like all below. */
  readonly evaluated: number;
}

interface UndecidedRow extends EvaluatedRow {
  readonly clock: string;
  /** How far it may be judged by now. */
  readonly ready: number;
  readonly decided: number;
}

const keyOf = ({ stream, shard }: Pick<EvaluatedRow, 'stream' | 'shard'>): string => `${stream}|${shard}`;

const EVALUATED_SQL = `SELECT stream, shard, toUnixTimestamp(max(evaluated_through)) AS evaluated FROM evaluation_hours
   WHERE shard IN {held:Array(UInt16)} GROUP BY stream, shard`;

const UNDECIDED_SQL = `SELECT e.stream AS stream, e.shard AS shard, r.stream_clock AS clock, e.evaluated AS evaluated,
       least(e.evaluated, r.raw_written) AS ready, p.decided AS decided
   FROM (${EVALUATED_SQL}) AS e
   INNER JOIN (
     SELECT stream, any(clock) AS stream_clock, if(any(clock) = 'live', toUInt32(4294967295),
                       if(sum(written) < sum(expected), 0, toUInt32(min(log_time)))) AS raw_written
     FROM (SELECT stream, stream_epoch, clock, partition_count AS expected FROM stream_epochs FINAL) AS epoch
     LEFT JOIN (SELECT stream_epoch, count() AS written, min(toUnixTimestamp64Milli(log_time)) / 1000 AS log_time
                FROM watermarks FINAL WHERE consumer = 'sink' GROUP BY stream_epoch) AS sunk
       ON sunk.stream_epoch = epoch.stream_epoch
     GROUP BY stream
   ) AS r ON r.stream = e.stream
   LEFT JOIN (SELECT stream, shard, toUnixTimestamp(max(decided_through)) AS decided FROM alert_progress
              GROUP BY stream, shard) AS p
     ON p.stream = e.stream AND p.shard = e.shard
   ORDER BY stream, shard`;

/**
 * Rows of one shard of a stream with evaluation times in (from, to], in the order of time: about `limit`, and all rows of the last time
 * among them (as many as there are series), so that the next read can go on behind that time.
 */
export async function readBurnRows(
  store: Store,
  query: {
    readonly stream: string;
    readonly shard: number;
    readonly shardCount: number;
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
  },
): Promise<readonly BurnRow[]> {
  const inner = `SELECT * FROM burn_rates FINAL
           WHERE stream = {stream:String} AND ${SHARD_SQL} AND evaluated_at > fromUnixTimestamp({from:UInt32})
             AND evaluated_at <= fromUnixTimestamp({to:UInt32})
           ORDER BY evaluated_at LIMIT {limit:UInt32} WITH TIES`;
  return readRows(store, inner, {
    stream: query.stream,
    shard: query.shard,
    shardCount: query.shardCount,
    from: Math.floor(query.fromMs / 1_000),
    to: Math.floor(query.toMs / 1_000),
    limit: query.limit,
  });
}

/** The row of each of some series that holds at a moment. */
export async function readLatestRows(
  store: Store,
  query: {
    readonly stream: string;
    readonly series: readonly { readonly slo: string; readonly series: string }[];
    readonly atMs: number;
  },
): Promise<readonly BurnRow[]> {
  if (query.series.length === 0) return [];
  const inner = `SELECT * FROM burn_rate_rows
           WHERE stream = {stream:String} AND slo IN {slos:Array(String)}
             AND has({keys:Array(String)}, concat(slo, '|', toString(series))) AND evaluated_at <= fromUnixTimestamp({at:UInt32})
           ORDER BY evaluated_at DESC LIMIT 1 BY slo, series`;
  return readRows(store, inner, {
    stream: query.stream,
    slos: [...new Set(query.series.map(({ slo }) => slo))],
    keys: query.series.map(({ slo, series }) => `${slo}|${series}`),
    at: Math.floor(query.atMs / 1_000),
  });
}

async function readRows(store: Store, inner: string, params: QueryParams): Promise<readonly BurnRow[]> {
  const rows = await store.query<{
    slo: string;
    spec_rev: string;
    series_text: string;
    labels: Record<string, string>;
    at: number;
    window_s: number[];
    bad: number[];
    total: number[];
    bad_seen: number[];
    total_seen: number[];
    coverage: number;
    is_heard: boolean;
    lost_s: number;
    dispersion: number;
  }>(
    `SELECT b.slo AS slo, b.spec_rev AS spec_rev, toString(b.series) AS series_text, s.labels AS labels,
            toUnixTimestamp(b.evaluated_at) AS at, b.window_s AS window_s, b.bad AS bad, b.total AS total, b.bad_seen AS bad_seen,
            b.total_seen AS total_seen,
            b.coverage AS coverage, b.is_heard AS is_heard, toUnixTimestamp(b.lost_at) AS lost_s,
            b.dispersion AS dispersion
     FROM (${inner}) AS b
     LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series
                PREWHERE (slo, spec_rev, series) IN (SELECT slo, spec_rev, series FROM (${inner}))
                GROUP BY slo, spec_rev, series) AS s
       ON s.slo = b.slo AND s.spec_rev = b.spec_rev AND s.series = b.series
     ORDER BY at, slo, series_text`,
    params,
  );
  return rows.map((row) => ({
    slo: row.slo,
    specRev: row.spec_rev,
    series: row.series_text,
    labels: row.labels,
    atMs: row.at * 1_000,
    windowsMs: row.window_s.map((lengthS) => lengthS * 1_000),
    bad: row.bad,
    total: row.total,
    badSeen: row.bad_seen,
    totalSeen: row.total_seen,
    coverage: row.coverage,
    isHeard: row.is_heard,
    lostAtMs: row.lost_s === 0 ? null : row.lost_s * 1_000,
    dispersion: row.dispersion,
  }));
}
