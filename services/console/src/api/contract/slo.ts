import { z } from 'zod';
import { about, epochMs, lengthMs, share, sql } from './about.ts';
import { burnWord, overviewRow } from './overview.ts';

const windowBurn = z.object({
  windowMs: lengthMs,
  bad: z.number(),
  total: z.number(),
  burnRate: z.number(),
  isOver: z.boolean().describe("Whether it burns at the tier's factor, decided on integers."),
});

/** One burn-rate rule of the SLO, and how its two windows stand. */
const tierNow = z.object({
  tier: z.string(),
  severity: z.enum(['page', 'ticket']),
  factor: z.number(),
  operator: z.enum(['>', '>=']),
  budgetShare: z.number().describe("Share of the period's budget that is spent when the tier fires."),
  holdMs: lengthMs,
  long: windowBurn,
  short: windowBurn,
  word: burnWord,
});
export type TierNow = z.infer<typeof tierNow>;

/** When the budget runs out if events go on as they did in the last `rateWindowMs`. */
export const forecast = z.object({
  kind: z
    .enum(['runs_out', 'spent', 'lasts', 'never', 'no_traffic', 'no_data', 'not_forecast'])
    .describe('lasts: to the end of its calendar period; never: not at this rate.'),
  text: z.string().describe('The same in words.'),
  atMs: epochMs.nullable().describe('When it is overspent, of `runs_out`; since when, of `spent`.'),
  recoversAtMs: epochMs.nullable().describe('Of one that is overspent: when enough has left the period.'),
  rateWindowMs: lengthMs.nullable(),
  bad: z.number().nullable().describe('Of the rate that is assumed to go on.'),
  total: z.number().nullable(),
});
export type SloForecast = z.infer<typeof forecast>;

/** What the spec says of the SLO. */
export const sloDocument = z.object({
  description: z.string(),
  runbook: z.string().nullable(),
  specRev: z.string(),
  sli: z.string().describe('What counts, and what of it is good, as predicates.'),
  period: z.string(),
  dimensions: z.array(z.string()),
  file: z.string().nullable(),
});

/** One SLO by its name: its series in this or that state. */
export const slo = z.object({
  about,
  slo: z.string(),
  document: sloDocument.nullable().describe('Null where the stream was given no such document.'),
  series: z.array(overviewRow),
});
export type Slo = z.infer<typeof slo>;

/** One series with everything that its page shows beside charts. */
export const sloSeries = z.object({
  about,
  row: overviewRow,
  period: z.object({
    text: z.string(),
    startMs: epochMs,
    lengthMs: lengthMs.nullable(),
  }),
  document: sloDocument.nullable(),
  tiers: z.array(tierNow),
  forecast,
  percentiles: z
    .object({
      field: z.string(),
      valueCount: z.number(),
      p50: z.number(),
      p90: z.number(),
      p95: z.number(),
      p99: z.number(),
    })
    .nullable(),
  closedPeriods: z
    .array(
      z.object({
        fromMs: epochMs,
        toMs: epochMs,
        state: z.string(),
        good: z.number(),
        bad: z.number(),
        total: z.number(),
        remainingRatio: z.number().nullable(),
        coverage: share,
        isRestated: z.boolean().describe('What came later changed it; the figures are those reported then.'),
      }),
    )
    .describe('Calendar periods that are over, the latest first; none of a rolling one.'),
  sql,
});
export type SloSeries = z.infer<typeof sloSeries>;
