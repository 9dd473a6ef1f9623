import { invariant, type SloPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
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

/**
 * Entities beyond their envelopes whose last event lies in a window, those that consumed most first; over the same rows that
 * the SLO is judged on.
 */
export async function worstEntities(
  store: Store,
  query: {
    readonly plan: Pick<SloPlan, 'sli'>;
    readonly stream: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly paneMs: number;
    readonly countMax: number;
    readonly timeoutMs: number;
  },
): Promise<readonly WorstEntity[]> {
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
  const leftOut = leftOutSql(wanted, reading) ?? '0';
  const worst = await store.query<{
    readonly series: string;
    readonly used: number;
    readonly allowance: number;
  }>(
    `SELECT toString(entity) AS series, toFloat64(intDiv(consumed_sum, 1000)) AS used, toFloat64(allowed) AS allowance
     FROM (${derived.entities(counted)}) WHERE p >= ${edgeOf(window, atS, paneS)} AND NOT ${leftOut}
     ORDER BY used DESC, entity LIMIT ${query.countMax}
     ${SETTINGS}, max_execution_time = ${Math.ceil(query.timeoutMs / 1_000)}`,
    rowParams(wanted, reading),
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
