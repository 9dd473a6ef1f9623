import { policiesOf, type BudgetPolicy, type LevelInput } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readGovernedSlos, readGovernedThrough } from './governed-slos.ts';
import { readKnowledge, type Knowledge } from './known-by.ts';
import { readPolicies } from './policies.ts';

/** What the policies of all services of a stream go by at a moment: read once, whichever services are then asked about. */
export interface GovernedMoment {
  readonly stream: string;
  /** Epoch ms. */
  readonly asOfMs: number;
  readonly known: Knowledge;
  /** Of all services. */
  readonly policies: readonly BudgetPolicy[];
  /** The last moment that was evaluated, epoch ms; null: none was. */
  readonly evaluatedMs: number | null;
}

export async function readGovernedMoment(
  store: Store,
  { stream, asOfMs }: Pick<GovernedMoment, 'stream' | 'asOfMs'>,
): Promise<GovernedMoment> {
  const known = await readKnowledge(store, stream, asOfMs);
  const policies = await readPolicies(store, { stream, givenMs: known.givenMs });
  const evaluatedMs = await readGovernedThrough(store, { stream, asOfMs, known });
  return { stream, asOfMs, known, policies, evaluatedMs };
}

/** What the levels of a service's policies follow from at a moment; without SLOs where none of them asks. Rejects with QUERY_TOO_LARGE. */
export async function readLevelInput(
  store: Store,
  { moment, service }: { readonly moment: GovernedMoment; readonly service: string },
  isAsked: (policy: BudgetPolicy) => boolean,
): Promise<{ readonly input: LevelInput; readonly isAsked: boolean }> {
  const { stream, asOfMs, known, policies, evaluatedMs } = moment;
  const own = policiesOf(policies, service);
  // Nobody asks for anything: the history of budgets need not be read.
  const slos = own.some(isAsked)
    ? await readGovernedSlos(store, { stream, service, asOfMs, known, policies: own })
    : [];
  return { input: { service, asOfMs, policies, slos, evaluatedMs }, isAsked: own.some(isAsked) };
}
