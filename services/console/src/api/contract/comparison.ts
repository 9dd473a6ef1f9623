import { z } from 'zod';
import { about, epochMs } from './about.ts';

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
  difference: bounds.describe("The candidate's share of bad events less the baseline's."),
  verdict,
});

/** Two arms side by side, by the figures of `burnline compare --json`. */
export const comparison = z.object({
  about,
  fromMs: epochMs,
  toMs: epochMs,
  by: z.enum(['variant', 'model_served', 'prompt_version']),
  baseline: z.string(),
  candidate: z.string(),
  rule: z.object({ alpha: z.number(), margin: z.number(), eventCountMin: z.number() }),
  slos: z.array(
    compared.extend({
      slo: z.string(),
      specRev: z.string(),
      track: z.enum(['infrastructure', 'model']),
      dimension: z.string(),
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
