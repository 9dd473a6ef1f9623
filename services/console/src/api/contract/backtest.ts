import { z } from 'zod';
import { about, epochMs, labels, lengthMs } from './about.ts';
import { specFile } from './specs.ts';

export const backtestRequest = z.strictObject({
  files: z.array(specFile).min(1).max(50),
  stream: z.string().max(500).optional(),
  fromMs: epochMs.describe('What is judged begins there; what was logged before fills windows.'),
  toMs: epochMs.describe('Its end: 7 days later at most.'),
});

const urgency = z.enum(['page', 'ticket']);

/** Which alerts the documents would have fired over a history. */
export const backtestAnswer = z.object({
  about,
  fromMs: epochMs.describe('What was judged of what was asked for.'),
  toMs: epochMs,
  tiers: z.array(
    z.object({
      slo: z.string(),
      tier: z.string(),
      urgency,
      alertCount: z.number(),
      firingMs: lengthMs.describe('Of all series together.'),
      notificationCount: z.number(),
      notificationsPerWeek: z.number(),
    }),
  ),
  alerts: z
    .array(
      z.object({
        slo: z.string(),
        labels,
        tier: z.string(),
        severity: z.string(),
        urgency,
        firedAtMs: epochMs,
        endedAtMs: epochMs.nullable().describe('Null: it fires still where the history ends.'),
        toldAtMs: epochMs.nullable().describe('Null: a more urgent one held it back all the time.'),
      }),
    )
    .describe('In the order in which they fired; the first 200.'),
  alertCount: z.number(),
  tookMs: lengthMs,
});
export type BacktestAnswer = z.infer<typeof backtestAnswer>;
