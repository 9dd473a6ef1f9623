import { invariant, type SloPlan } from '@burnline/core';
import type { QueryParams, Store } from '@burnline/runtime';
import type { DerivedSql } from '@burnline/specs';
import { readForBudgets } from './budget-reading.ts';
import { countedRowsSql } from './derived-rows.ts';
import { leftOutSql } from './left-out.ts';
import { derivedOf, oldestCountedOf, type RowsWanted } from './rows-wanted.ts';
import { edgeOf, seconds } from './window-levels.ts';
import { rowParams } from './window-rows.ts';
import { SETTINGS } from './window-sums.ts';

/** A look at what an SLO of a derived kind is judged by, in a window of event time. */
export interface LookQuery {
  readonly plan: Pick<SloPlan, 'sli'>;
  readonly stream: string;
  /** Epoch ms: from included, to not included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly paneMs: number;
  readonly timeoutMs: number;
}

/** The parts of a statement over the same rows that the SLO is judged on. */
interface Look {
  readonly derived: DerivedSql;
  /** SELECT of the counted rows. */
  readonly counted: string;
  /** From the first pane of the window to its end, epoch seconds. */
  readonly range: { readonly fromS: number; readonly toS: number };
  /** SQL over sli, series and p: whether the window has a row, and budgets do not leave it out. */
  readonly isIn: string;
  readonly settings: string;
  readonly params: QueryParams;
}

export async function lookInto(store: Store, query: LookQuery): Promise<Look> {
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
  invariant(derived !== null, 'only what is made from counted rows is looked into');
  const reading = await readForBudgets(store, query.stream);
  const leftOut = leftOutSql(wanted, reading) ?? '0';
  return {
    derived,
    counted: countedRowsSql(wanted, reading, { derived, atS }),
    range: { fromS: oldestCountedOf(wanted), toS: atS },
    isIn: `p >= ${edgeOf(window, atS, paneS)} AND NOT ${leftOut}`,
    settings: `${SETTINGS}, max_execution_time = ${Math.ceil(query.timeoutMs / 1_000)}`,
    params: rowParams(wanted, reading),
  };
}

/** The labels of numbers, of a table that keeps them; those that it does not know are not in it. */
export async function labelsOf(
  store: Store,
  { table, sli, series }: LabelsQuery,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const rows = await store.query<{
    readonly series_text: string;
    readonly labels: Readonly<Record<string, string>>;
  }>(
    `SELECT toString(series) AS series_text, labels FROM ${table}
     WHERE slo = {slo:String} AND spec_rev = {rev:String}
       AND series IN (SELECT toUInt64(arrayJoin({series:Array(String)})))`,
    { slo: sli.slo, rev: sli.specRev, series },
  );
  return new Map(rows.map((row) => [row.series_text, row.labels]));
}

interface LabelsQuery {
  readonly table: 'entities' | 'series';
  readonly sli: SloPlan['sli'];
  readonly series: readonly string[];
}
