import { invariant, type SloPlan } from '@burnline/core';
import type { QueryParams, Store } from '@burnline/runtime';
import { readForBudgets } from './budget-reading.ts';
import { leftOutSql } from './left-out.ts';
import { countedRowsSql } from './derived-rows.ts';
import { SETTINGS } from './window-sums.ts';
import { edgeOf, seconds } from './window-levels.ts';
import { derivedOf, type RowsWanted } from './rows-wanted.ts';
import { rowParams } from './window-rows.ts';

/** An entity that is beyond its envelope. */
export interface WorstEntity {
  /** The fields that name it, and their values. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the unit of what the SLO counts, rounded down. */
  readonly consumed: number;
  readonly allowed: number;
}

/** What was counted of one entity, within its envelope or not. */
export interface EntityTotal {
  readonly labels: Readonly<Record<string, string>>;
  readonly events: number;
  /** In the unit of what the SLO counts, rounded down. */
  readonly consumed: number;
}

/** An SLO over entities, and a range of event time, epoch ms. */
interface EntitiesQuery {
  readonly plan: Pick<SloPlan, 'sli'>;
  readonly stream: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly paneMs: number;
}

/**
 * Entities beyond their envelopes whose last event lies in a window, those that consumed most first; over the same rows that
 * the SLO is judged on.
 */
export async function worstEntities(
  store: Store,
  query: EntitiesQuery & { readonly countMax: number; readonly timeoutMs: number },
): Promise<readonly WorstEntity[]> {
  const { sli } = query.plan;
  const { entities, leftOut, fromS, params } = await countedEntities(store, query);
  const worst = await store.query<{
    readonly series: string;
    readonly used: number;
    readonly allowance: number;
  }>(
    `SELECT toString(entity) AS series, toFloat64(intDiv(consumed_sum, 1000)) AS used, toFloat64(allowed) AS allowance
     FROM (${entities}) WHERE p >= ${fromS} AND NOT ${leftOut}
     ORDER BY used DESC, entity LIMIT ${query.countMax}
     ${SETTINGS}, max_execution_time = ${Math.ceil(query.timeoutMs / 1_000)}`,
    params,
  );
  const names = await store.query<{ readonly series_text: string; readonly labels: WorstEntity['labels'] }>(
    `SELECT toString(series) AS series_text, labels FROM entities
     WHERE slo = {slo:String} AND spec_rev = {rev:String} 
       AND series IN (SELECT toUInt64(arrayJoin({series:Array(String)})))`,
    { slo: sli.slo, rev: sli.specRev, series: worst.map(({ series }) => series) },
  );
  const labelsOf = new Map(names.map((row) => [row.series_text, row.labels]));
  return worst.map(({ series, used, allowance }) => ({
    labels: labelsOf.get(series) ?? {},
    consumed: used,
    allowed: allowance,
  }));
}

/** What was counted of entities of which a name begins with a text, over the same rows that the SLO is judged on. */
export async function entityTotals(
  store: Store,
  query: EntitiesQuery & { readonly nameStart: string },
): Promise<readonly EntityTotal[]> {
  const { slo, specRev } = query.plan.sli;
  const { counted, fromS, params } = await countedEntities(store, query);
  return store.query<EntityTotal>(
    `SELECT n.named AS labels, toFloat64(c.events) AS events, toFloat64(c.used) AS consumed
     FROM (SELECT series, sum(total) AS events, intDiv(sum(consumed), 1000) AS used
           FROM (${counted}) WHERE p >= ${fromS} GROUP BY series) AS c
     INNER JOIN (SELECT series, any(labels) AS named FROM entities
                 WHERE slo = {slo:String} AND spec_rev = {rev:String}
                   AND arrayExists(name -> startsWith(name, {name_start:String}), mapValues(labels))
                 GROUP BY series) AS n ON n.series = c.series
     ${SETTINGS}`,
    { ...params, slo, rev: specRev, name_start: query.nameStart },
  );
}

/** SQL of what is counted of entities, row by row, and of those that are beyond their envelopes. */
async function countedEntities(
  store: Store,
  query: EntitiesQuery,
): Promise<{
  readonly counted: string;
  readonly entities: string;
  readonly leftOut: string;
  /** The first pane, epoch seconds. */
  readonly fromS: number;
  readonly params: QueryParams;
}> {
  const { sli } = query.plan;
  const [atS, paneS] = [seconds(query.toMs), seconds(query.paneMs)];
  const window = { kind: 'rolling', lengthMs: query.toMs - query.fromMs } as const;
  const group = {
    slis: [{ slo: sli.slo, specRev: sli.specRev }],
    windows: [window],
    derivation: sli.derivation ?? null,
  };
  const wanted: RowsWanted = { stream: query.stream, group, fromS: atS, toS: atS, paneS };
  const derived = derivedOf(wanted);
  invariant(derived?.entities !== undefined, 'only an SLO over entities is asked for them');
  const reading = await readForBudgets(store, query.stream);
  const counted = countedRowsSql(wanted, reading, { derived, atS });
  return {
    ...{ counted, entities: derived.entities(counted), fromS: edgeOf(window, atS, paneS) },
    ...{ leftOut: leftOutSql(wanted, reading) ?? '0', params: rowParams(wanted, reading) },
  };
}
