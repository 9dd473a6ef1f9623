import { z } from 'zod';
import { armDimension } from './comparison.ts';
import { about, epochMs, labels, lengthMs, share, sql } from './about.ts';

const bucket = {
  fromMs: epochMs.describe('Included.'),
  toMs: epochMs.describe('Not included.'),
  isOpen: z.boolean().describe('More may come into it: draw it pale.'),
};

/** A stretch of time. */
const stretch = z.object({ fromMs: epochMs, toMs: epochMs });

/** The budget at the end of a bucket of evaluation time. A bucket without one is not there: a gap, no zero. */
const budgetPoint = z.object({
  ...bucket,
  evaluatedAtMs: epochMs,
  periodStartMs: epochMs,
  good: z.number(),
  bad: z.number(),
  total: z.number(),
  sliRatio: share.nullable(),
  remainingRatio: z.number().nullable(),
  projectedRemainingRatio: z.number().nullable(),
  isEstimated: z.boolean(),
  state: z.string(),
  coverage: share,
});

const burnPoint = z.object({
  ...bucket,
  windows: z.array(
    z.object({ windowMs: lengthMs, bad: z.number(), total: z.number(), burnRate: z.number() }),
  ),
});

/** What was counted in a bucket of event time. A bucket without events is not there. */
const trafficPoint = z.object({
  ...bucket,
  good: z.number(),
  bad: z.number(),
  total: z.number(),
  excluded: z.number(),
  sliRatio: share.nullable().describe('good / total of this bucket; null where nothing counts.'),
  isBelowTarget: z.boolean(),
});

const latencyPoint = z.object({
  ...bucket,
  valueCount: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
});

/** Something that happened and may explain a change. */
export const mark = z.object({
  kind: z.enum(['alert', 'spec', 'adjustment', 'model', 'prompt', 'deployment']),
  atMs: epochMs,
  toMs: epochMs.nullable().describe('Of what lasts: its end; null while it goes on, and of an instant.'),
  text: z.string(),
  severity: z.string().nullable().describe('Of an alert.'),
  id: z.string().nullable().describe('Of an alert, as /alerts/{id} takes it.'),
  arm: z
    .object({ by: armDimension, value: z.string() })
    .nullable()
    .describe('Of something new: what /compare holds against what was there before.'),
});
export type Mark = z.infer<typeof mark>;

/** All charts of one series over one stretch of time, on one axis. */
export const sloHistory = z.object({
  about,
  stream: z.string(),
  slo: z.string(),
  series: z.string(),
  labels,
  fromMs: epochMs,
  toMs: epochMs,
  stepMs: lengthMs,
  /** Presets of a chart are never longer than this. */
  periodMs: lengthMs.nullable(),
  targetRatio: share,
  budget: z.object({ points: z.array(budgetPoint), sql }),
  burn: z.object({
    tiers: z.array(
      z.object({
        tier: z.string(),
        severity: z.string(),
        factor: z.number(),
        longWindowMs: lengthMs,
        shortWindowMs: lengthMs,
      }),
    ),
    points: z.array(burnPoint),
    sql,
  }),
  traffic: z.object({ points: z.array(trafficPoint), sql }),
  latency: z
    .object({ field: z.string(), unit: z.string().nullable(), points: z.array(latencyPoint), sql })
    .nullable()
    .describe('Null where the SLO keeps no histogram of a number.'),
  breached: z.array(stretch).describe('Where the budget was overspent.'),
  gaps: z.array(stretch).describe('Where nobody judged, within the stretch that was asked for.'),
  marks: z.array(mark),
});
export type SloHistory = z.infer<typeof sloHistory>;
