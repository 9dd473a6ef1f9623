import { z } from 'zod';
import { about, epochMs, labels, share } from './about.ts';

const level = z.enum(['ok', 'warn', 'approval', 'freeze']);

/** What the policies of a service ask for beside the gate. */
export const actions = z.object({
  about,
  service: z.string(),
  samplingRate: share
    .nullable()
    .describe('Share of answers to be evaluated; null: no policy of the service says.'),
  rollback: z.array(
    z.object({
      policy: z.string(),
      slo: z.string(),
      labels,
      level,
      sinceMs: epochMs,
      candidates: z
        .array(z.object({ what: z.string(), value: z.string(), firstMs: epochMs }))
        .describe('What was new within the day before: no more is said of it.'),
    }),
  ),
  isComplete: z
    .boolean()
    .describe('False: data is missing or old, and levels are those that were known last.'),
  evaluatedMs: epochMs.nullable(),
});
