import {
  budgetShareOfTarget,
  durationText,
  leastEvidenceOf,
  parseExactRatio,
  type LowTraffic,
  type SloPlan,
} from '@burnline/core';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import { ANNOTATION_PREFIX, annotationText, annotationWord, LOW_TRAFFIC_GUARDS } from './spec-annotations.ts';

/** Of twenty windows in which a service burns just at a tier's factor, one shows it by chance. */
const CONFIDENCE_DEFAULT = '0.95';

/**
 * Bad events that an alert needs beside evidence unless `burnline.dev/min-bad` says otherwise. Of three events one bad one is evidence
 * of a burn rate of 14.4 at 99.9 %, and still a single failure.
 */
export const SHOWN_BAD_COUNT_MIN_DEFAULT = 2;

const pathOf = (name: string): SpecPath => ['metadata', 'annotations', ANNOTATION_PREFIX + name];

/** Whether an SLO's document asks for evidence beside counts. */
export const wantsEvidence = (document: SpecDocument): boolean =>
  annotationWord(document, 'low-traffic', LOW_TRAFFIC_GUARDS) === 'exact';

/** A confidence without the guard that has one has no meaning; reported. */
export function checkConfidence(context: SpecContext, document: SpecDocument): void {
  const path = pathOf('confidence');
  if (document.at(path) === undefined || wantsEvidence(document)) return;
  context.report(document, path, {
    expected: `${ANNOTATION_PREFIX}low-traffic: exact beside it`,
    message: `${ANNOTATION_PREFIX}confidence speaks of the exact guard for low traffic, which the SLO does not ask for.`,
    remedy: `Write ${ANNOTATION_PREFIX}low-traffic: exact, or remove it.`,
    atKey: true,
  });
}

/** The exact guard that an SLO asks for; undefined without one, and where it cannot be applied, which is reported. */
export function lowTrafficOf(
  context: SpecContext,
  document: SpecDocument,
  plan: Pick<SloPlan, 'slo' | 'sli' | 'tiers' | 'target'>,
): LowTraffic | undefined {
  // A part of a composite has no alerts of its own.
  if (!wantsEvidence(document) || plan.tiers.length === 0) return undefined;
  const confidence = annotationText(document, 'confidence') ?? CONFIDENCE_DEFAULT;
  const alpha = budgetShareOfTarget(parseExactRatio(confidence));
  const lowTraffic: LowTraffic = { kind: 'exact', alpha };
  const reason = uncountable(plan);
  if (reason !== null) {
    context.report(document, pathOf('low-traffic'), {
      expected: 'an SLO that counts events, slices or entities, each one',
      message: `The exact guard does not fit ${plan.slo}: ${reason}.`,
      remedy: `Remove it; ${ANNOTATION_PREFIX}min-bad and ${ANNOTATION_PREFIX}min-events go by what was seen.`,
    });
    return undefined;
  }
  const unshown = plan.tiers.find((tier) => leastEvidenceOf(tier, plan.target, lowTraffic) === null);
  if (unshown === undefined) return lowTraffic;
  context.report(document, pathOf('low-traffic'), {
    expected: 'tiers that ask for less than every event to be bad',
    message: `${plan.slo} has a tier over ${durationText(unshown.longWindowMs)} that fires when every event is bad: no number of events shows that all are.`,
    remedy: 'Give the tier a lower factor, or remove the guard.',
  });
  return undefined;
}

/** Why what was seen of an SLO is no count of the share that its tiers go by; null where it is one. */
function uncountable({ sli }: Pick<SloPlan, 'sli'>): string | null {
  if (sli.composite !== undefined)
    return 'a composite burns what its parts do, which is no share of their events';
  if (sli.weight !== undefined)
    return 'shareSum' in sli.weight
      ? 'an event may be good for a part of itself'
      : 'its events are weighed, and a share of tokens or money is no share of its events';
  if (sli.derivation?.kind === 'ratio-timeslices')
    return 'RatioTimeslices counts time, and a slice may be good for a part of its own';
  return null;
}
