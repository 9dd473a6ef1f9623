import { ARM_DIMENSIONS } from '@burnline/queries';
import { z } from 'zod';
import { about, epochMs } from './about.ts';

/** Fields by which arms are told apart. */
export const armDimension = z.enum(ARM_DIMENSIONS);
export type ArmDimension = z.infer<typeof armDimension>;

const bounds = z.object({ low: z.number(), high: z.number() });

const arm = z.object({
  seen: z.number().describe('Events that were seen.'),
  bad: z.number().describe('Of a sampled stream as many as they stand for; so is total.'),
  total: z.number(),
  squares: z.number().describe('Sum of the squares of what each event stands for; total without sampling.'),
  badRatio: z.number().nullable().describe('Null without events.'),
  bounds: bounds.describe('What the share of bad events may be; holds at every moment at once.'),
});

const verdict = z.enum(['better', 'worse', 'same-within-margin', 'insufficient']);

const compared = z.object({
  baseline: arm,
  candidate: arm,
  difference: bounds.describe("The candidate's share of bad events less the baseline's: what it may be."),
  seenDifference: z
    .number()
    .nullable()
    .describe('That of the events that were seen; null without some of either.'),
  verdict,
  word: z
    .enum(['better', 'worse', 'same within the margin', 'no difference shown', 'too few events'])
    .describe('The verdict for people; `insufficient` is one of the last two.'),
});

/** Of a budget: how fast bad events of such a share use it up, 1 being just as fast as it is given. */
const burnRate = z.number().nullable().describe('Null without events.');

const quantiles = z.object({ p50: z.number(), p95: z.number() }).nullable();
const figures = z.object({
  inferences: z.number(),
  errorRatio: z.number().nullable().describe('Of inferences that nobody cancelled.'),
  ttftMs: quantiles,
  durationMs: quantiles,
  outputTokens: z.number().nullable().describe('Mean of those that say it; so is the cost.'),
  costNanoUsd: z.number().nullable(),
});

/** Two arms side by side, by the figures of `burnline compare --json`. */
export const comparison = z.object({
  about,
  fromMs: epochMs,
  toMs: epochMs,
  by: armDimension,
  baseline: z.string(),
  candidate: z.string(),
  rule: z.object({ alpha: z.number(), margin: z.number(), eventCountMin: z.number() }),
  conclusion: z
    .object({ answer: z.enum(['yes', 'no', 'not-yet', 'unknown']), text: z.string() })
    .describe('Whether all SLOs together speak for the candidate, as the gate has it.'),
  figures: z
    .object({ baseline: figures, candidate: figures })
    .describe(
      'What traffic of the arms was like; each inference counts once, and no verdict is drawn of it.',
    ),
  slos: z.array(
    compared.extend({
      slo: z.string(),
      specRev: z.string(),
      track: z.enum(['infrastructure', 'model']),
      dimension: z.string(),
      targetRatio: z.number(),
      baselineBurnRate: burnRate,
      candidateBurnRate: burnRate,
      isUnweighted: z.boolean().describe('The SLO weighs its events unlike; here each counts once.'),
    }),
  ),
  notCompared: z
    .array(z.string())
    .describe(
      'SLOs whose events are neither good nor bad by themselves; composites are compared by their parts.',
    ),
  alphaEach: z.number().describe('Alpha of each SLO: that of all over their number.'),
  evaluators: z
    .array(
      z.object({
        evaluator: z.string(),
        version: z.string(),
        dimension: z.string(),
        online: compared.describe('Of verdicts on traffic; what did not pass is bad.'),
        offline: compared.describe('Of offline suites.'),
        agreement: z.enum(['agree', 'disagree', 'insufficient']),
      }),
    )
    .describe('Evaluators with suites of either arm; none where an SLO is named.'),
});
export type Comparison = z.infer<typeof comparison>;

/** What can be compared in a stretch of time. */
export const arms = z.object({
  about,
  fromMs: epochMs,
  toMs: epochMs,
  arms: z
    .array(
      z.object({
        by: armDimension,
        arm: z.string(),
        inferences: z.number(),
        firstMs: epochMs.describe('First event of the stretch that has it.'),
        lastMs: epochMs,
      }),
    )
    .describe('By dimension, the busiest of each first; 100 of each at most.'),
});
export type Arms = z.infer<typeof arms>;
