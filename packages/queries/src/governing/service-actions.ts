import { serviceActions, type MarkedSeries, type ServiceActions } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readBudgetSpecs } from '../slos/budget-specs.ts';
import { readChangesBefore, type ChangeBefore } from '../traffic/changes-before.ts';
import { labelsThatTell } from '../traffic/label-conditions.ts';
import { readGovernedMoment, readLevelInput } from './level-input.ts';

/** A marked series with what was new within the day before it came to its level. That something was new says nothing of what it did. */
interface RollbackMark extends MarkedSeries {
  readonly candidates: readonly ChangeBefore[];
}

export interface KnownActions extends Omit<ServiceActions, 'marked'> {
  readonly rollback: readonly RollbackMark[];
  /** The last moment that it goes by, epoch ms; null: nothing was evaluated. */
  readonly evaluatedMs: number | null;
}

/** Series that are told with candidates; each takes a statement over a week of raw rows. */
const MARKED_MAX = 20;

/** What the policies of a service ask for beside the gate, as of a moment. Rejects with QUERY_TOO_LARGE. */
export async function readServiceActions(
  store: Store,
  { stream, service, asOfMs }: { readonly stream: string; readonly service: string; readonly asOfMs: number },
): Promise<KnownActions> {
  const { input, isAsked } = await readLevelInput(
    store,
    { moment: await readGovernedMoment(store, { stream, asOfMs }), service },
    ({ sampling, rollbackAt }) => sampling !== null || rollbackAt !== null,
  );
  const { marked, isComplete, samplingRate } = serviceActions(input);
  const specs = marked.length === 0 ? [] : await readBudgetSpecs(store, { stream, asOfMs });
  const rollback: RollbackMark[] = [];
  for (const one of marked.slice(0, MARKED_MAX)) {
    const plan = specs.find(({ slo }) => slo === one.slo)?.sli;
    const range = { fromMs: one.sinceMs, toMs: one.sinceMs + 1_000 };
    const candidates =
      plan === undefined
        ? []
        : await readChangesBefore(store, {
            ...{ stream, plan, service, ...range },
            labels: labelsThatTell(plan, one.labels),
          });
    rollback.push({ ...one, candidates });
  }
  return { samplingRate, rollback, isComplete: !isAsked || isComplete, evaluatedMs: input.evaluatedMs };
}
