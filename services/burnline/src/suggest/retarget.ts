import { invariant, parseExactRatio, type SloPlan } from '@burnline/core';
import { loadSpecs, type SpecFile } from '@burnline/specs';
import { parseAllDocuments, type Document } from 'yaml';

/**
 * The plans that spec files have with other targets, by the SLOs' names: everything that follows from a target (windows that
 * it cannot reach, guards) is made as if it were written there. An SLO whose alert policies do not fit the target is left out.
 */
export function retargeted(
  files: readonly SpecFile[],
  plans: readonly SloPlan[],
  targets: ReadonlyMap<string, string>,
): readonly SloPlan[] {
  const wanted = plans.filter(({ slo }) => targets.has(slo));
  // One by one: a target that one SLO does not bear is no mistake of the others.
  return wanted.flatMap((plan) => {
    const target = targets.get(plan.slo) ?? '';
    const loaded = loadSpecs(withTarget(files, plans, { plan, target }), { mode: 'tolerant' });
    const made = loaded.plans.find(({ slo }) => slo === plan.slo);
    if (loaded.issues.length > 0 || made === undefined) return [];
    const { numerator, denominator } = parseExactRatio(target);
    const isTaken = made.target.numerator === numerator && made.target.denominator === denominator;
    invariant(isTaken && made.sli.specRev === plan.sli.specRev, 'another target changes the target alone');
    return [made];
  });
}

function withTarget(
  files: readonly SpecFile[],
  plans: readonly SloPlan[],
  { plan, target }: { readonly plan: SloPlan; readonly target: string },
): readonly SpecFile[] {
  const isSame = ({ source, sli }: SloPlan): boolean =>
    sli.composite === undefined &&
    source.file === plan.source.file &&
    source.document === plan.source.document;
  const objective = plans.filter(isSame).indexOf(plan);
  return files.map(({ file, text }) => {
    if (file !== plan.source.file) return { file, text };
    const documents = parseAllDocuments(text) as readonly Document[];
    const document = documents[plan.source.document - 1];
    invariant(document !== undefined, 'a plan names the document that it was read from');
    const place = ['spec', 'objectives', objective];
    document.deleteIn([...place, 'targetPercent']);
    document.setIn([...place, 'target'], Number(target));
    // Each document begins with its own marker, as it was read.
    return { file, text: documents.map(String).join('') };
  });
}
