import { HOUR_MS, floorTo, type SloPlan } from '@burnline/core';
import { otherSeriesOf } from '@burnline/counting';
import { EPOCH_SETTINGS, type Store, type WrittenPartition } from '@burnline/runtime';

/** Series that a look reads by their names, in each of six SELECTs of a statement of 256 KiB at most; of more than that it reads all. */
const TOUCHED_SERIES_MAX = 1_000;

/** SLOs with series that may have begun to burn. */
export interface Touched {
  readonly slos: ReadonlySet<string>;
  /** Series of these SLOs, and what their evidence needs of others; null: all. */
  readonly series: readonly string[] | null;
}

interface TouchedRow {
  readonly spec_rev: string;
  readonly series_text: string;
}

/**
 * What was written since some positions that can make a series burn: rows with bad events of what is judged as it is
 * counted, and any row of a derived kind. A series that begins to burn only because good events leave its windows waits for
 * the tick. A row's version says up to where in its partition it sums, so the table itself names what a flush touched,
 * whichever process made it.
 */
export async function readTouched(
  store: Store,
  stream: string,
  query: { readonly plans: readonly SloPlan[]; readonly since: readonly WrittenPartition[] },
): Promise<Touched> {
  const { plans, since } = query;
  const epochs = [...new Set(since.map(({ epoch }) => epoch))];
  if (epochs.length === 0 || plans.length === 0) return { slos: new Set(), series: [] };
  const positionsOf = epochs.map((epoch) => {
    const own = since.filter((one) => one.epoch === epoch);
    const positions = Array.from({ length: Math.max(...own.map(({ partition }) => partition)) + 1 }, () => 0);
    for (const { partition, position } of own) positions[partition] = position;
    return positions;
  });
  const isNewer = epochs.map(
    (_, index) =>
      `(stream_epoch = {epoch${index}:String} AND version > {positions${index}:Array(UInt64)}[partition + 1])`,
  );
  const rows = await store.query<TouchedRow>(
    `SELECT DISTINCT spec_rev, toString(series) AS series_text FROM sli_panes
     WHERE stream = {stream:String} AND log_interval >= fromUnixTimestamp({from:UInt32})
       AND slo IN {slos:Array(String)} AND spec_rev IN {revs:Array(String)} AND (${isNewer.join(' OR ')})
       AND (total > good OR spec_rev IN {derived:Array(String)})
     LIMIT {limit:UInt32}`,
    {
      stream,
      from: firstIntervalS(since),
      slos: plans.map(({ slo }) => slo),
      revs: plans.map(({ sli }) => sli.specRev),
      derived: plans.filter(({ sli }) => (sli.derivation ?? null) !== null).map(({ sli }) => sli.specRev),
      limit: TOUCHED_SERIES_MAX + 1,
      ...Object.fromEntries(epochs.map((epoch, index) => [`epoch${index}`, epoch])),
      ...Object.fromEntries(positionsOf.map((positions, index) => [`positions${index}`, positions])),
    },
  );
  if (rows.length > TOUCHED_SERIES_MAX) return { slos: new Set(plans.map(({ slo }) => slo)), series: null };
  const byRev = new Map(plans.map((plan) => [plan.sli.specRev, plan]));
  const touched = new Set(rows.flatMap(({ spec_rev }) => byRev.get(spec_rev) ?? []));
  // What the cap on series left over makes each of them doubtful.
  const others = [...touched].flatMap(({ sli }) => otherSeriesOf(sli.groupBy.dimensions) ?? []);
  return {
    slos: new Set([...touched].map(({ slo }) => slo)),
    series: [...new Set([...rows.map((row) => row.series_text), ...others])],
  };
}

/** Whether nothing was written in between. */
export function isSamePlace(
  written: readonly WrittenPartition[],
  before: readonly WrittenPartition[] | undefined,
): boolean {
  return (
    before?.length === written.length &&
    written.every(({ epoch, partition, position }, index) => {
      const last = before[index];
      return last?.epoch === epoch && last.partition === partition && last.position === position;
    })
  );
}

/**
 * Start of the first interval of log time whose rows may have grown since, epoch seconds. A partition that stands still for
 * hours must not make every look read them; what it says then waits for the tick.
 */
function firstIntervalS(since: readonly WrittenPartition[]): number {
  const times = since.map(({ logTimeMs }) => logTimeMs);
  const firstMs = Math.max(Math.min(...times), Math.max(...times) - HOUR_MS);
  return Math.max(0, floorTo(firstMs, EPOCH_SETTINGS.intervalMs) / 1_000);
}
