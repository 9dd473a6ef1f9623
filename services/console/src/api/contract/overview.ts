import { z } from 'zod';
import { about, epochMs, labels, lengthMs, next, share } from './about.ts';

/** What a budget is in, the worst first; the last two have no figure at all. */
export const STATES = [
  'breached',
  'at_risk',
  'no_data',
  'no_traffic',
  'ok',
  'backfilling',
  'measures_nothing',
] as const;
export const state = z
  .enum(STATES)
  .describe(
    'measures_nothing: the SLO is judged and has never counted anything; backfilling: its past is being counted, then it is judged.',
  );
export type State = z.infer<typeof state>;

/** Long and short window over the factor: critical; long alone: recovering; short alone: increasing; else acceptable. */
export const BURN_WORDS = ['critical', 'increasing', 'recovering', 'acceptable'] as const;
export const burnWord = z.enum(BURN_WORDS);
export type BurnWord = z.infer<typeof burnWord>;

/** Why a state is what it is, in words for people, and what to do about it. */
const cause = z.object({ text: z.string(), remedy: z.string().nullable() });

/** What is left of a budget; signed: below 0 it is overspent. Null where nothing counts. */
export const budgetLeft = z.object({
  remainingRatio: z.number().nullable().describe('Share of the budget that is left on what was seen.'),
  projectedRemainingRatio: z
    .number()
    .nullable()
    .describe('The same if the rest of a partly filled period has traffic as seen and no error.'),
  isEstimated: z.boolean().describe('The period is only partly filled: the state goes by the projection.'),
  remainingEvents: z
    .number()
    .nullable()
    .describe('How many more of what the SLO counts may be bad, of the total so far; fractions are cut off.'),
  remainingMs: z
    .number()
    .nullable()
    .describe('What is left as time of the period in which all is bad; null where its length is not known.'),
});
export type BudgetLeft = z.infer<typeof budgetLeft>;

/** Of the tier whose word is the worst. */
const burnNow = z.object({
  word: burnWord,
  tier: z.string(),
  burnRate: z.number().describe("Of the tier's long window."),
  longWindowMs: lengthMs,
});

const alertNow = z.object({
  state: z.enum(['firing', 'frozen']),
  tier: z.string(),
  severity: z.string(),
  sinceMs: epochMs,
  id: z.string().describe('As /alerts/{id} takes it.'),
});

/** One series of one SLO; an SLO without any is one row whose `series` is null. */
export const overviewRow = z.object({
  id: z.string().describe('Stable; names the row in lists.'),
  stream: z.string(),
  slo: z.string(),
  series: z.string().nullable().describe('As /slos/{slo}/series/{key} takes it.'),
  displayName: z.string(),
  service: z.string(),
  team: z.string().nullable().describe("The SLO's label `team`, else `owner`."),
  track: z.string(),
  criticality: z.string(),
  dimension: z.string().describe('What of the service the budget is of: availability, latency, quality, ...'),
  labels,
  specLabels: z.record(z.string(), z.string()).describe("The SLO document's own labels."),
  targetRatio: share,
  period: z.string(),
  sliRatio: share.nullable(),
  good: z.number(),
  bad: z.number(),
  total: z.number(),
  budget: budgetLeft,
  burn: burnNow.nullable().describe('Null where nothing was judged.'),
  alert: alertNow.nullable().describe('The most urgent one that fires or is frozen.'),
  state,
  cause,
  coverage: share.nullable(),
  evaluatedAtMs: epochMs.nullable().describe('When the figures last changed.'),
});
export type OverviewRow = z.infer<typeof overviewRow>;

const counts = z.record(z.string(), z.number());

/** Burning first (by alert, then by word), then least budget. Counts are of all that the other filters let through. */
export const overview = z.object({
  about,
  counts: z.object({
    state: z
      .record(state, z.number())
      .describe('All states, those of none included; not narrowed by `state`.'),
    burn: z.record(burnWord, z.number()),
    firing: z.number(),
  }),
  /** What filters may be set to, with how many rows each has among all. */
  facets: z.object({
    stream: counts,
    service: counts,
    team: counts,
    track: counts,
    criticality: counts,
    dimension: counts,
  }),
  total: z.number().describe('Rows that the filters let through, on all pages.'),
  rows: z.array(overviewRow),
  next,
});
export type Overview = z.infer<typeof overview>;
