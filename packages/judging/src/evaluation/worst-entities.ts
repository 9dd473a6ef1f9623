import { invariant } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { labelsOf, lookInto, type LookQuery } from './look-into.ts';

/** An entity, and what it consumed. */
export interface WorstEntity {
  /** The fields that name it, and their values. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the unit of what the SLO counts, rounded down. */
  readonly consumed: number;
  readonly allowed: number;
}

/** An entity that was judged, and how it stands. */
interface StandingEntity extends WorstEntity {
  readonly isWithin: boolean;
}

/** What was counted of one entity, within its envelope or not. */
export interface EntityTotal {
  readonly labels: Readonly<Record<string, string>>;
  readonly events: number;
  /** In the unit of what the SLO counts, rounded down. */
  readonly consumed: number;
}

export interface StandingEntities {
  /** Those beyond their envelopes first, then those that consumed most of what they are allowed. */
  readonly entities: readonly StandingEntity[];
  /** Of all that were judged, those that are not listed too. */
  readonly judgedCount: number;
  readonly beyondCount: number;
}

type EntitiesQuery = LookQuery & { readonly countMax: number };

interface EntityRow {
  readonly series: string;
  readonly used: number;
  readonly allowance: number;
  readonly within: number;
  readonly judged: number;
  readonly beyond: number;
}

/**
 * Entities beyond their envelopes whose last event lies in a window, those that consumed most first; over the same rows that
 * the SLO is judged on.
 */
export async function worstEntities(store: Store, query: EntitiesQuery): Promise<readonly WorstEntity[]> {
  const { entities } = await readEntities(store, query, { which: 'NOT is_within', order: 'used DESC' });
  return entities.map(({ labels, consumed, allowed }) => ({ labels, consumed, allowed }));
}

/**
 * Entities whose last event lies in a window, with how they stand; over the same rows. Those of which it is not known what they consumed
 * or were allowed are not judged, and not among them.
 */
export const standingEntities = (store: Store, query: EntitiesQuery): Promise<StandingEntities> =>
  readEntities(store, query, {
    which: '1',
    order: 'is_within, if(allowed > 0, used / toFloat64(allowed), used) DESC',
  });

async function readEntities(
  store: Store,
  query: EntitiesQuery,
  { which, order }: { readonly which: string; readonly order: string },
): Promise<StandingEntities> {
  const { derived, counted, isIn, settings, params } = await lookInto(store, query);
  invariant(derived.entities !== undefined, 'only an SLO over entities is asked for them');
  const rows = await store.query<EntityRow>(
    `SELECT toString(entity) AS series, toFloat64(intDiv(consumed_sum, 1000)) AS used, toFloat64(allowed) AS allowance,
       toUInt8(is_within) AS within, toFloat64(count() OVER ()) AS judged, toFloat64(countIf(NOT is_within) OVER ()) AS beyond
     FROM (${derived.entities(counted)}) WHERE ${isIn} AND ${which}
     ORDER BY ${order}, entity LIMIT ${query.countMax} ${settings}`,
    params,
  );
  const { sli } = query.plan;
  const labels = await labelsOf(store, { table: 'entities', sli, series: rows.map(({ series }) => series) });
  return {
    entities: rows.map(({ series, used, allowance, within }) => ({
      labels: labels.get(series) ?? {},
      consumed: used,
      allowed: allowance,
      isWithin: within === 1,
    })),
    judgedCount: rows[0]?.judged ?? 0,
    beyondCount: rows[0]?.beyond ?? 0,
  };
}

/** What was counted of entities of which a name begins with a text, over the same rows that the SLO is judged on. */
export async function entityTotals(
  store: Store,
  query: LookQuery & { readonly nameStart: string },
): Promise<readonly EntityTotal[]> {
  const { slo, specRev } = query.plan.sli;
  const { counted, range, settings, params } = await lookInto(store, query);
  return store.query<EntityTotal>(
    `SELECT n.named AS labels, toFloat64(c.events) AS events, toFloat64(c.used) AS consumed
     FROM (SELECT series, sum(total) AS events, intDiv(sum(consumed), 1000) AS used
           FROM (${counted}) WHERE p >= ${range.fromS} GROUP BY series) AS c
     INNER JOIN (SELECT series, any(labels) AS named FROM entities
                 WHERE slo = {slo:String} AND spec_rev = {rev:String}
                   AND arrayExists(name -> startsWith(name, {name_start:String}), mapValues(labels))
                 GROUP BY series) AS n ON n.series = c.series
     ${settings}`,
    { ...params, slo, rev: specRev, name_start: query.nameStart },
  );
}
