import { didYouMean, type SloPlan } from '@burnline/core';
import type { SpecContext } from '../documents/spec-context.ts';
import type { IssueDetails, SpecDocument } from '../documents/spec-document.ts';
import { ANNOTATION_PREFIX } from './spec-annotations.ts';

const PATH = ['metadata', 'annotations', `${ANNOTATION_PREFIX}within`];

/** What an SLO's document said, and the plans that came of it. */
interface ReadSlo {
  readonly document: SpecDocument;
  readonly plans: readonly SloPlan[];
}

/**
 * Checks what SLOs say they are within: an SLO that is there and adds up the same thing over the same period, by no more groups.
 * Only then is what the part has spent a part of what the whole has. Mistakes are reported, once per document.
 */
export function checkNesting(context: SpecContext, read: readonly ReadSlo[]): void {
  const plans = new Map(read.flatMap((one) => one.plans).map((plan) => [plan.slo, plan]));
  for (const { document, plans: own } of read) {
    const [part] = own;
    const name = part?.within;
    if (part === undefined || name === undefined) continue;
    const whole = plans.get(name);
    const mistake =
      whole === undefined
        ? unknownOf(context, name, [...plans.keys()])
        : (own.map((plan) => mismatchOf(plan, whole)).find((one) => one !== null) ?? cycleOf(part, plans));
    if (mistake !== null) context.report(document, PATH, mistake);
  }
}

/** Null where its document is there, and has a mistake of its own. */
function unknownOf(context: SpecContext, name: string, known: readonly string[]): IssueDetails | null {
  const objectives = known.filter((one) => one.startsWith(`${name}/`));
  const isFaulty = context.named('SLO').has(name.split('/')[0] ?? '');
  if (isFaulty && objectives.length === 0 && !name.includes('/')) return null;
  return {
    expected: 'the name of another SLO of these files, with its objective where it has several',
    message: `No SLO in these files is named ${name.slice(0, 130)}.`,
    remedy:
      objectives.length > 0
        ? `Name one of its objectives: ${objectives.slice(0, 5).join(', ')}.`
        : (didYouMean(name, known) ?? 'Define it, or load the file that does.'),
  };
}

const unitOf = ({ sli: { stream, weight } }: SloPlan): string => JSON.stringify([stream, weight ?? null]);

function mismatchOf(part: SloPlan, whole: SloPlan): IssueDetails | null {
  const apart = [part, whole].find(({ sli }) => sli.derivation !== undefined || sli.composite !== undefined);
  if (apart !== undefined)
    return {
      expected: 'two SLOs that count events, or what they weigh',
      message: `${apart.slo} does not count events one by one, and slices, entities and composites are no parts of each other.`,
      remedy: 'Nest SLOs of budgetingMethod Occurrences; weight: cost_nano_usd makes budgets of money.',
    };
  if (unitOf(part) !== unitOf(whole))
    return {
      expected: 'an SLO over the same stream with the same weight',
      message: `${part.slo} and ${whole.slo} do not count the same thing: their streams or weights differ.`,
      remedy: 'Give both the same stream and the same weight.',
    };
  if (JSON.stringify(part.period) !== JSON.stringify(whole.period))
    return {
      expected: `the period of ${whole.slo}, ${whole.period.text}`,
      message: `${part.slo} and ${whole.slo} have different periods: what one has spent says nothing of the other.`,
      remedy: 'Give both the same timeWindow.',
    };
  const missing = whole.sli.groupBy.dimensions.filter((one) => !part.sli.groupBy.dimensions.includes(one));
  if (missing.length === 0) return null;
  return {
    expected: `an SLO that is grouped by no more than ${part.slo} is`,
    message: `${whole.slo} is grouped by ${missing.join(', ')}, and ${part.slo} is not: its series have no one series that they are within.`,
    remedy: `Add ${missing.join(', ')} to by of ${part.slo}.`,
  };
}

function cycleOf(part: SloPlan, plans: ReadonlyMap<string, SloPlan>): IssueDetails | null {
  const seen = [part.slo];
  for (let at: SloPlan | undefined = part; at?.within !== undefined; at = plans.get(at.within)) {
    if (at.within === part.slo)
      return {
        expected: 'an SLO that is not within this one',
        message: `${[...seen, part.slo].join(' is within ')}: no budget can hold itself.`,
        remedy: `Remove ${ANNOTATION_PREFIX}within from the widest of them.`,
      };
    // A cycle further up is told where it is.
    if (seen.includes(at.within)) return null;
    seen.push(at.within);
  }
  return null;
}
