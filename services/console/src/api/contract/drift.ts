import { z } from 'zod';
import { about, epochMs, labels, lengthMs } from './about.ts';

const driftRule = z.object({
  slo: z.string(),
  service: z.string(),
  field: z.string().describe('The number, or what is a category, whose distribution is watched.'),
  statistic: z.enum(['psi', 'kolmogorov-smirnov', 'chi-square']),
  operator: z.enum(['<', '<=', '>', '>=']),
  bound: z.number().describe('A slice is good while its figure is on this side of it.'),
  sliceMs: lengthMs,
  against: z.string().describe('What slices are held against, in words.'),
  countMin: z.number().describe('Values that a slice and its reference need to be judged.'),
});

/** SLOs that hold a distribution against another one. */
export const drifts = z.object({ about, slos: z.array(driftRule) });
export type Drifts = z.infer<typeof drifts>;

/** What one of them measured. */
export const sloDrift = z.object({
  about,
  rule: driftRule,
  fromMs: epochMs,
  toMs: epochMs,
  series: z
    .array(
      z.object({
        labels,
        series: z.string().describe('As /slos/{slo}/series/{key} takes it.'),
        points: z
          .array(
            z.object({
              fromMs: epochMs,
              toMs: epochMs,
              figure: z
                .number()
                .describe('PSI, a distance of shares, or the chance (p-value) of a chi-square test.'),
              isGood: z.boolean().describe('As it was judged.'),
              valueCount: z.number(),
              referenceCount: z.number(),
            }),
          )
          .describe('Slices that are over and had values enough, oldest first.'),
      }),
    )
    .describe('What drifts in its last slice first.'),
});
export type SloDrift = z.infer<typeof sloDrift>;
