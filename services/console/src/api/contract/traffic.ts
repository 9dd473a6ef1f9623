import { z } from 'zod';
import { about, epochMs, labels, lengthMs, share, sql } from './about.ts';

/** How one model of one provider did. */
const fleetMember = z.object({
  provider: z.string(),
  model: z.string(),
  requests: z.number(),
  ok: z.number(),
  cancelled: z.number(),
  refused: z.number(),
  errors: z.record(z.string(), z.number()),
  availabilityRatio: share.nullable(),
  cancelledRatio: share,
  ttftMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable(),
  outputTokensPerSecond: z.number().nullable(),
  fallbackRatio: share.nullable().describe('Share of its attempts that were fallbacks for another one.'),
});

export const fleet = z.object({
  about,
  fromMs: epochMs,
  toMs: epochMs,
  members: z.array(fleetMember).describe('The busiest first.'),
  capacity: z.array(
    z.object({
      slo: z.string(),
      labels,
      used: z.array(z.string()),
      usePerMinute: z.number(),
      peakPerMinute: z.number(),
      quotaPerMinute: z.number().nullable(),
      peakShare: z.number().nullable(),
      growthPerDay: z.number().nullable(),
      reachesQuotaAtMs: epochMs.nullable(),
      neverReachesQuota: z.boolean(),
    }),
  ),
});
export type Fleet = z.infer<typeof fleet>;

export const cost = z.object({
  about,
  by: z.string(),
  fromMs: epochMs,
  toMs: epochMs,
  bucketMs: lengthMs,
  costNanoUsd: z.number(),
  requests: z.number(),
  unpricedRatio: share,
  values: z
    .array(
      z.object({
        value: z.string().describe('Empty where events have none.'),
        costNanoUsd: z.number(),
        requests: z.number(),
        unpriced: z.number(),
        unpricedRatio: share,
        shareOfCost: share.nullable(),
        points: z.array(z.object({ fromMs: epochMs, costNanoUsd: z.number(), requests: z.number() })),
      }),
    )
    .describe('Most expensive first.'),
  sql,
});
export type Cost = z.infer<typeof cost>;

const judge = z.object({ evaluator: z.string(), version: z.string() });

/** Verdicts of one evaluator in one version on one dimension. */
export const quality = z.object({
  about,
  fromMs: epochMs,
  toMs: epochMs,
  bucketMs: lengthMs,
  evaluators: z.array(
    z.object({
      evaluator: z.string(),
      version: z.string(),
      kind: z.string(),
      dimension: z.string(),
      passed: z.number(),
      total: z.number(),
      passRatio: share,
      /** Between these the true rate lies with a confidence of 95 %. */
      lowerBound: share,
      upperBound: share,
      points: z.array(z.object({ fromMs: epochMs, passed: z.number(), total: z.number() })),
    }),
  ),
  agreement: z
    .array(
      z.object({
        dimension: z.string(),
        first: judge,
        second: judge,
        requests: z.number().describe('Requests that both judged.'),
        agreedRatio: share,
        onlyFirstPassed: z.number(),
        onlySecondPassed: z.number(),
        kappa: z
          .number()
          .nullable()
          .describe("Cohen's: 1 always, 0 as by chance; null where both said one thing of everything."),
      }),
    )
    .nullable()
    .describe(
      'Pairs of evaluators, or versions of one, by what each last said of the same requests; most requests first. Null: it could not be told in time.',
    ),
});
export type Quality = z.infer<typeof quality>;
