import type { EntityTotal } from '@burnline/judging';
import type { StoredPane } from '@burnline/queries';
import { paneCounts, type Counted, type CountedEntity, type CountedSeries } from './counted-series.ts';
import type { OwnCount } from './own-count.ts';

/** By how much the tables hold less than what was acknowledged, and more than everything that was made. */
interface Difference {
  readonly missing: number;
  readonly surplus: number;
}

/** Events of a series by pane, good and bad apart; of an SLO over entities, events by entity. */
export interface PaneComparison extends Difference {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False: other traffic counts in the same series, so nothing is compared. */
  readonly isComparable: boolean;
  readonly panes: number;
  /** Null: the SLO is of events. */
  readonly entities: EntityComparison | null;
}

/** What entities consumed, each by itself. */
interface EntityComparison {
  readonly count: number;
  /** Beyond their envelopes, by the drill's own count. */
  readonly beyond: number;
  /** In the unit of what the SLO counts. */
  readonly consumed: Difference;
}

/** Times as the log counted them (epoch ms), of those events that it set back. */
type StoredTimes = ReadonlyMap<string, number>;

/** Panes by SLO and labels. */
type PanesBySeries = ReadonlyMap<string, readonly StoredPane[]>;

/** What the tables hold of SLOs over entities, by SLO. */
type EntitiesBySlo = ReadonlyMap<string, readonly EntityTotal[]>;

interface Stored {
  readonly panes: PanesBySeries;
  readonly entities: EntitiesBySlo;
  readonly storedTimes: StoredTimes;
}

const seriesKey = (slo: string, labels: Readonly<Record<string, string>>): string =>
  `${slo} ${labelsKey(labels)}`;

export function panesBySeries(panes: readonly StoredPane[]): PanesBySeries {
  const found = new Map<string, StoredPane[]>();
  for (const pane of panes) {
    const key = seriesKey(pane.slo, pane.labels);
    const own = found.get(key);
    if (own === undefined) found.set(key, [pane]);
    else own.push(pane);
  }
  return found;
}

/**
 * Holds panes against the own count. Good and bad are compared apart, so that one cannot hide the other. What was never
 * acknowledged may be counted or not.
 */
export function comparePanes(series: CountedSeries, own: OwnCount, stored: Stored): PaneComparison {
  const { slo, labels, isOwn, entities } = series;
  const named = { slo: slo.slo, labels, isComparable: isOwn };
  if (entities !== null) {
    const found = compareEntities(entities, own, stored.entities.get(slo.slo) ?? []);
    const { events, consumed } = isOwn ? found : { events: NONE, consumed: NONE };
    const beyond = entities.filter(({ isBeyond }) => isBeyond).length;
    const panes = paneCounts(series.counted).size;
    return { ...named, panes, ...events, entities: { count: entities.length, beyond, consumed } };
  }
  const panes = stored.panes.get(seriesKey(slo.slo, labels)) ?? [];
  const found = compareCounts(series.counted, own, { panes, storedTimes: stored.storedTimes });
  const { missing, surplus } = isOwn ? found : NONE;
  return { ...named, panes: found.panes, missing, surplus, entities: null };
}

function compareCounts(
  given: readonly Counted[],
  own: OwnCount,
  { panes, storedTimes }: { readonly panes: readonly StoredPane[]; readonly storedTimes: StoredTimes },
): Difference & { readonly panes: number } {
  const counted = given.map((one) => ({ ...one, atMs: storedTimes.get(one.event.id) ?? one.atMs }));
  const most = paneCounts(counted);
  const least = paneCounts(counted.filter((one) => isAcknowledged(one, own)));
  const found = new Map(panes.map((pane) => [pane.paneMs, pane]));
  const differences = [...new Set([...most.keys(), ...found.keys()])].flatMap((pane) => {
    const [from, to, there] = [least.get(pane), most.get(pane), found.get(pane)].map(apart);
    return (['good', 'bad'] as const).map((kind) =>
      differenceOf(there?.[kind] ?? 0, { least: from?.[kind] ?? 0, most: to?.[kind] ?? 0 }),
    );
  });
  return { panes: most.size, ...sumOf(differences) };
}

/** Each entity by itself, so that one cannot hide another; one that the drill never made is too much as a whole. */
function compareEntities(
  entities: readonly CountedEntity[],
  own: OwnCount,
  stored: readonly EntityTotal[],
): { readonly events: Difference; readonly consumed: Difference } {
  const found = new Map(stored.map((one) => [labelsKey(one.labels), one]));
  const made = new Map(entities.map((one) => [labelsKey(one.labels), one.counted]));
  const differences = [...new Set([...made.keys(), ...found.keys()])].map((key) => {
    const all = made.get(key) ?? [];
    const sure = all.filter((one) => isAcknowledged(one, own));
    const { events = 0, consumed = 0 } = found.get(key) ?? {};
    return {
      events: differenceOf(events, { least: sure.length, most: all.length }),
      consumed: differenceOf(consumed, { least: unitsOf(sure), most: unitsOf(all) }),
    };
  });
  return {
    events: sumOf(differences.map(({ events }) => events)),
    consumed: sumOf(differences.map(({ consumed }) => consumed)),
  };
}

const unitsOf = (counted: CountedEntity['counted']): number =>
  counted.reduce((sum, { units }) => sum + units, 0);

const isAcknowledged = ({ event }: Counted, own: OwnCount): boolean =>
  own.get(event.id)?.isAcknowledged === true;

const NONE: Difference = { missing: 0, surplus: 0 };

const differenceOf = (
  found: number,
  { least, most }: { readonly least: number; readonly most: number },
): Difference => ({ missing: Math.max(0, least - found), surplus: Math.max(0, found - most) });

const sumOf = (differences: readonly Difference[]): Difference =>
  differences.reduce(
    (sum, one) => ({ missing: sum.missing + one.missing, surplus: sum.surplus + one.surplus }),
    NONE,
  );

function apart(counts: { readonly good: number; readonly total: number } | undefined): {
  readonly good: number;
  readonly bad: number;
} {
  const { good, total } = counts ?? { good: 0, total: 0 };
  return { good, bad: total - good };
}

/** The same for the same labels in any order. */
export function labelsKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
