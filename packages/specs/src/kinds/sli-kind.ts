import type { z } from 'zod';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import type { SliTemplate } from './sli-reading.ts';

/** Where an SLI's spec stands. */
export interface SliPlace {
  readonly context: SpecContext;
  readonly document: SpecDocument;
  readonly base: SpecPath;
}

/** An objective of the SLO that the SLI is asked for: some kinds have their threshold there. */
export interface ObjectivePlace {
  readonly context: SpecContext;
  readonly document: SpecDocument;
  readonly path: SpecPath;
}

/** The SLI of an objective; null where that has a mistake, which is reported. */
export type SliOf = (objective: ObjectivePlace) => SliTemplate | null;

/** Fields of an objective that are a kind's own. */
export const OBJECTIVE_FIELDS = ['op', 'value', 'timeSliceTarget', 'timeSliceWindow'] as const;
export type ObjectiveField = (typeof OBJECTIVE_FIELDS)[number];

/**
 * A kind of SLI: how it is written, and which events it counts as good of which total. Whatever the kind, what is counted is
 * one program (scope, total, verdict, groups, sums, histogram), which the stream and SQL run alike.
 */
export interface SliKind {
  /** The key of the SLI's spec that it stands under. */
  readonly metric: 'ratioMetric' | 'thresholdMetric';
  /** Shapes of what the sources of its leaves say, by the leaf's name; '' where the metric itself is the leaf. */
  readonly leaves: Readonly<Record<string, z.ZodType>>;
  /** The key of its counted source's spec that tells it from other kinds under the same metric. */
  readonly variant?: string;
  /** And what stands under that key, where several kinds have it. */
  readonly variantWord?: string;
  /** The leaf that tells it from other kinds under the same metric. */
  readonly ownLeaf?: string;
  /** Why only `budgetingMethod: Timeslices` fits: its SLI has the derivation itself. */
  readonly judgesSlices?: string;
  /** What of an objective it goes by; the rest has no effect there. */
  readonly objectiveFields: readonly ObjectiveField[];
  /** Reads it; null where it has a mistake, each of which is reported. */
  readonly read: (place: SliPlace) => SliOf | null;
}
