import type { SliPlan } from '@burnline/core';
import { readSliPlan } from '@burnline/queries';
import type { ConsoleParts } from '../../console-parts.ts';
import { KeptAnswers } from './kept-answers.ts';

/** Those of the pages that are looked at again and again. */
const PLANS_MAX = 1_000;
const keptPlans = new KeptAnswers<SliPlan | null>(PLANS_MAX);

/** What a revision counts, which is never anything else; null where the tables know no such one. */
export const planOf = (
  { book, store }: Pick<ConsoleParts, 'book' | 'store'>,
  { slo, specRev }: { readonly slo: string; readonly specRev: string },
): Promise<SliPlan | null> =>
  keptPlans.of(book, JSON.stringify([slo, specRev]), () => readSliPlan(store, { slo, specRev }));
