import { z } from 'zod';
import { about, epochMs, labels } from './about.ts';

/** Which alerts a silence is of. */
const scope = z.object({
  slos: z.array(z.string()).describe('Names of SLOs, or of all objectives of one; empty: any.'),
  service: z.string().describe('Empty: any.'),
  labels,
  severities: z.array(z.string()).describe('Empty: any.'),
});

/** What a silence would withhold, as things stand. */
export const silencePreview = z.object({
  about,
  scope,
  alerts: z
    .array(
      z.object({
        id: z.string(),
        slo: z.string(),
        labels,
        tier: z.string(),
        severity: z.string(),
        sinceMs: epochMs,
      }),
    )
    .describe('Open alerts of every live stream that it would be of, the most urgent first, 100 at most.'),
  alertCount: z.number(),
  series: z
    .array(z.object({ slo: z.string(), labels, service: z.string() }))
    .describe('Series whose alerts, of the severities that are named, would be withheld: 100 at most.'),
  seriesCount: z.number(),
  mayWrite: z
    .boolean()
    .describe('Whether this console takes `POST /silences`, by a key of `burnline write-key`.'),
});
export type SilencePreview = z.infer<typeof silencePreview>;

const text = z.string().min(1).max(1_000);
const names = z.array(text).max(100);

export const silenceRequest = z.strictObject({
  slos: names,
  service: z.string().max(1_000),
  labels: z.record(text, text),
  severities: names,
  forMs: z
    .number()
    .int()
    .positive()
    .describe('How long it lasts from now on, whole seconds; 31 days at most.'),
  reason: text,
});

export const silenceAnswer = z.object({
  id: z.string().describe('As `burnline silence end` takes it.'),
  author: z.string().describe('Whose key it was.'),
  expiresMs: epochMs,
});
export type SilenceAnswer = z.infer<typeof silenceAnswer>;
