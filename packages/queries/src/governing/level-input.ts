import { policiesOf, type BudgetPolicy, type LevelInput } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readGovernedSlos, readGovernedThrough } from './governed-slos.ts';
import { readKnowledge } from './known-by.ts';
import { readPolicies } from './policies.ts';

/** What the levels of a service's policies follow from, as of a moment; without SLOs where none of them asks. Rejects with QUERY_TOO_LARGE. */
export async function readLevelInput(
  store: Store,
  { stream, service, asOfMs }: { readonly stream: string; readonly service: string; readonly asOfMs: number },
  isAsked: (policy: BudgetPolicy) => boolean,
): Promise<{ readonly input: LevelInput; readonly isAsked: boolean }> {
  const known = await readKnowledge(store, stream, asOfMs);
  const policies = await readPolicies(store, { stream, givenMs: known.givenMs });
  const evaluatedMs = await readGovernedThrough(store, { stream, asOfMs, known });
  const own = policiesOf(policies, service);
  // Nobody asks for anything: the history of budgets need not be read.
  const slos = own.some(isAsked)
    ? await readGovernedSlos(store, { stream, service, asOfMs, known, policies: own })
    : [];
  return { input: { service, asOfMs, policies, slos, evaluatedMs }, isAsked: own.some(isAsked) };
}
