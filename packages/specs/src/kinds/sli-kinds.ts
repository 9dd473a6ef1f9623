import { calibrationTimeslicesKind } from './calibration-timeslices/calibration-timeslices-kind.ts';
import { capacityTimeslicesKind } from './capacity-timeslices/capacity-timeslices-kind.ts';
import { driftTimeslicesKind } from './drift-timeslices/drift-timeslices-kind.ts';
import { envelopeKind } from './envelope/envelope-kind.ts';
import { meanTimeslicesKind } from './mean-timeslices/mean-timeslices-kind.ts';
import { rawRatioKind } from './raw-ratio/raw-ratio-kind.ts';
import { ratioKind } from './ratio/ratio-kind.ts';
import { thresholdKind } from './threshold/threshold-kind.ts';
import type { SliKind, SliOf, SliPlace } from './sli-kind.ts';

/** Every kind of SLI whose events are counted, one folder each. */
export const SLI_KINDS: readonly SliKind[] = [
  ratioKind,
  rawRatioKind,
  envelopeKind,
  calibrationTimeslicesKind,
  capacityTimeslicesKind,
  meanTimeslicesKind,
  driftTimeslicesKind,
  thresholdKind,
];

/** An SLI that was read. */
export interface ReadSli {
  readonly kind: SliKind;
  readonly of: SliOf;
}

/** Reads an SLI's spec; null where it has a mistake, each of which is reported. */
export function readSli(place: SliPlace): ReadSli | null {
  const { context, document, base } = place;
  const all = [...new Set(SLI_KINDS.map(({ metric }) => metric))];
  const given = all.filter((metric) => document.at([...base, metric]) !== undefined);
  const [kind, other] = given.map((metric) => meantKind(metric, place));
  const metrics = all.map((metric) => `spec.${metric}`).join(' or ');
  if (kind === undefined)
    return context.report(document, [...base, 'ratioMetric'], {
      message: 'The SLI has no metric.',
      expected: metrics,
      remedy: 'Write a ratioMetric with good and total, or a thresholdMetric with a field.',
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

/** Of kinds under the same metric the one whose own leaf or key the source has; the one without such a key is the usual one. */
function meantKind(metric: SliKind['metric'], { document, base }: SliPlace): SliKind | undefined {
  const kinds = SLI_KINDS.filter((kind) => kind.metric === metric);
  const own = kinds.find(({ variant, variantWord, ownLeaf }) => {
    if (ownLeaf !== undefined) return document.at([...base, metric, ownLeaf]) !== undefined;
    const place = [...base, metric, 'metricSource', 'spec', variant ?? ''];
    if (variantWord !== undefined) return document.textAt(place) === variantWord;
    return variant !== undefined && document.at(place) !== undefined;
  });
  return own ?? kinds.find(({ variant, ownLeaf }) => variant === undefined && ownLeaf === undefined);
}
