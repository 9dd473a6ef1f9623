import type { Criticality, SloTrack } from '@burnline/core';

/** Which share of good an SLO asks for, by how critical the service is. */
export type Targets = Readonly<Record<Criticality, number>>;

/** One SLO of a template. Conditions are CEL over the events of the service, which the template adds to each scope. */
export interface TemplateSlo {
  /** Behind the service's name. */
  readonly name: string;
  readonly displayName: string;
  readonly track: SloTrack;
  /** Why it is there, and what to change: comment lines above the document. */
  readonly comment: readonly string[];
  readonly targets: Targets;
  /** Unless it says so, it burns by the default tiers, whose windows are shorter than an hour. */
  readonly alerts?: 'tickets';
  readonly counts: TemplateRatio | TemplateThreshold | TemplateSlices | TemplateEnvelope;
}

interface TemplateTotal {
  readonly stream?: 'verdicts';
  /** Beside the service's own. */
  readonly scope?: string;
  readonly where?: string;
  readonly by?: readonly string[];
  readonly sum?: readonly string[];
}

interface TemplateRatio extends TemplateTotal {
  readonly kind: 'ratio';
  readonly verdict: 'good' | 'bad';
  readonly condition: string;
}

interface TemplateThreshold extends TemplateTotal {
  readonly kind: 'threshold';
  readonly field: string;
  readonly op: 'lte' | 'gte';
  readonly value: number;
}

/** A figure of each slice of time: what a `thresholdMetric` that is judged by slices says of its source. */
interface TemplateSlices extends TemplateTotal {
  readonly kind: 'slices';
  readonly slice: '5m' | '1h';
  readonly judges: MeanFigure | CalibrationFigure | DriftFigure | CapacityFigure;
  readonly op: 'lte' | 'gte' | 'lt';
  readonly value: number;
}

interface MeanFigure {
  readonly field: string;
  readonly minus?: string;
  readonly aggregate: 'mean' | 'root-mean-square';
  /** Values that a slice needs. */
  readonly minimum: number;
}

interface CalibrationFigure {
  readonly field: string;
  readonly aggregate: 'calibration-error';
  readonly minimum: number;
}

interface DriftFigure {
  readonly field: string;
  readonly drift: {
    readonly statistic: 'psi';
    readonly trailing: string;
    readonly minimum: number;
    readonly categories?: readonly string[];
  };
}

interface CapacityFigure {
  readonly use: 'requests' | readonly string[];
  readonly quota: string;
}

/** What an entity may consume in its life. */
interface TemplateEnvelope extends Omit<TemplateTotal, 'by'> {
  readonly kind: 'envelope';
  readonly entity: readonly string[];
  readonly consume: 'steps' | readonly string[];
  readonly op: 'lte';
  readonly value: number;
}

/** Targets that the classes of the SRE workbook's low-traffic chapter stand for, less the last nine that no model API gives. */
export const AVAILABILITY: Targets = { critical: 0.999, high: 0.995, medium: 0.99, low: 0.95 };
export const LATENCY: Targets = { critical: 0.99, high: 0.98, medium: 0.95, low: 0.9 };
export const QUALITY: Targets = { critical: 0.95, high: 0.92, medium: 0.9, low: 0.85 };
export const SAFETY: Targets = { critical: 0.9999, high: 0.9995, medium: 0.999, low: 0.995 };
/** The field's 94 % for classifications, a little above and below it. */
export const CLASSIFICATION: Targets = { critical: 0.96, high: 0.95, medium: 0.94, low: 0.9 };
/** A bound of a 99th percentile, whatever the criticality. */
export const P99: Targets = { critical: 0.99, high: 0.99, medium: 0.99, low: 0.99 };
