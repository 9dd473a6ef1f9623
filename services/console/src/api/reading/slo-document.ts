import type { SliPlan, SloPlan } from '@burnline/core';
import type { SloFacts } from '@burnline/queries';
import { predicateText } from '@burnline/specs';
import type { z } from 'zod';
import type { sloDocument } from '../contract/index.ts';

/** What counts, and what of it is good, as the spec's own conditions. */
function sliText(sli: SliPlan): string {
  if (sli.composite !== undefined)
    return `the burn rates of ${sli.composite.map(({ slo }) => slo).join(', ')}, added up`;
  const lines = [
    ['scope', sli.scope],
    ['counts', sli.total],
    [sli.verdict.kind, sli.verdict.where],
  ] as const;
  const conditions = lines.flatMap(([name, node]) =>
    node === null ? [] : [`${name}: ${predicateText(node)}`],
  );
  const made = sli.derivation === undefined ? [] : [`judged by: ${sli.derivation.kind}`];
  return [...conditions, ...made].join('\n');
}

/** By the document that the stream was given, where there is one, and by what the tables keep of every revision. */
export function documentOf(
  facts: SloFacts,
  sli: SliPlan,
  plan: SloPlan | undefined,
): z.input<typeof sloDocument> {
  return {
    description: plan?.description ?? '',
    runbook: plan?.runbook ?? null,
    specRev: facts.specRev,
    sli: sliText(sli),
    period: facts.periodText,
    dimensions: [...sli.groupBy.dimensions],
    file: plan?.source.file ?? null,
  };
}
