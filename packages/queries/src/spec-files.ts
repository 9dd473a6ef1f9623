import type { Store } from '@burnline/runtime';

/** The spec files that a stream was last given. */
export interface GivenFiles {
  /** Epoch ms. */
  readonly givenAtMs: number;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

/** Null: the stream was given none that the tables know of. */
export async function readGivenFiles(store: Store, stream: string): Promise<GivenFiles | null> {
  const [row] = await store.query<{ files: string; given_ms: number }>(
    `SELECT files, toFloat64(toUnixTimestamp64Milli(given_at)) AS given_ms FROM stream_specs FINAL
     WHERE stream = {stream:String}`,
    { stream },
  );
  if (row === undefined) return null;
  const files = (JSON.parse(row.files) as readonly [string, string][]).map(([name, text]) => ({
    name,
    text,
  }));
  return { givenAtMs: row.given_ms, files };
}

/** When the SLOs of a stream came, changed or went. */
export interface SpecChange {
  readonly slo: string;
  /** Epoch ms. */
  readonly atMs: number;
  /** Null: it was removed. */
  readonly specRev: string | null;
}

const CHANGES_MAX = 1_000;

/** Revisions of one SLO that came to be judged in a stretch of wall time, the last 1,000, oldest first. */
export async function readSpecChanges(
  store: Store,
  query: { readonly stream: string; readonly slo: string; readonly fromMs: number; readonly toMs: number },
): Promise<readonly SpecChange[]> {
  const rows = await store.query<{ slo: string; at_ms: number; spec_rev: string }>(
    `SELECT slo, toFloat64(toUnixTimestamp64Milli(activated_at)) AS at_ms, spec_rev FROM active_specs
     WHERE stream = {stream:String} AND slo = {slo:String} AND activated_at >= fromUnixTimestamp64Milli({from:Int64})
       AND activated_at < fromUnixTimestamp64Milli({to:Int64})
     ORDER BY activated_at DESC LIMIT ${CHANGES_MAX}`,
    {
      stream: query.stream,
      slo: query.slo,
      from: Math.max(0, Math.floor(query.fromMs)),
      to: Math.ceil(query.toMs),
    },
  );
  return rows
    .map(({ slo, at_ms, spec_rev }) => ({ slo, atMs: at_ms, specRev: spec_rev === '' ? null : spec_rev }))
    .reverse();
}

/** When each stream was last given specs, epoch ms; one that never was is not in it. */
export async function readGivenTimes(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<{ stream: string; given_ms: number }>(
    'SELECT stream, toFloat64(toUnixTimestamp64Milli(given_at)) AS given_ms FROM stream_specs FINAL',
  );
  return new Map(rows.map(({ stream, given_ms }) => [stream, given_ms]));
}
