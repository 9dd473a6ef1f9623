import { driftTimeslicesKind } from './drift-timeslices/drift-timeslices-kind.ts';
import { meanTimeslicesKind } from './mean-timeslices/mean-timeslices-kind.ts';
import { ratioKind } from './ratio/ratio-kind.ts';
import { thresholdKind } from './threshold/threshold-kind.ts';
import type { SliKind, SliOf, SliPlace } from './sli-kind.ts';

/** Every kind of SLI whose events are counted, one folder each. */
const SLI_KINDS: readonly SliKind[] = [ratioKind, meanTimeslicesKind, driftTimeslicesKind, thresholdKind];

/** An SLI that was read. */
export interface ReadSli {
  readonly kind: SliKind;
  readonly of: SliOf;
}

/** Reads an SLI's spec; null where it has a mistake, each of which is reported. */
export function readSli(place: SliPlace): ReadSli | null {
  const { context, document, base } = place;
  const given = SLI_KINDS.filter(({ metric, variant }, index) => {
    const metricAt = [...base, metric];
    if (document.at(metricAt) === undefined) return false;
    const hasVariant = (one: string): boolean =>
      document.at([...metricAt, 'metricSource', 'spec', one]) !== undefined;
    if (variant !== undefined) return hasVariant(variant);
    const isClaimed = SLI_KINDS.slice(0, index).some(
      (other) => other.metric === metric && other.variant !== undefined && hasVariant(other.variant),
    );
    return !isClaimed;
  });
  const [kind, other] = given;
  const metrics = [...new Set(SLI_KINDS.map(({ metric }) => `spec.${metric}`))].join(' or ');
  if (kind === undefined)
    return context.report(document, [...base, 'ratioMetric'], {
      message: 'The SLI has no metric.',
      expected: metrics,
    });
  if (other !== undefined)
    return context.report(document, [...base, other.metric], {
      message: `The SLI has both ${kind.metric} and ${other.metric}.`,
      expected: `one of ${metrics}`,
      atKey: true,
    });
  const of = kind.read(place);
  return of === null ? null : { kind, of };
}
