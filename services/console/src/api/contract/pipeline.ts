import { z } from 'zod';
import { about, epochMs, lengthMs } from './about.ts';

/** The pipeline itself. */
export const pipeline = z.object({
  about,
  watermarks: z.array(
    z.object({
      stream: z.string(),
      consumer: z.enum(['processor', 'sink']),
      topic: z.string(),
      partition: z.number(),
      position: z.number().describe('Offset after the last message whose rows are written.'),
      logTimeMs: epochMs,
      writtenAtMs: epochMs,
    }),
  ),
  sources: z
    .array(
      z.object({
        stream: z.string(),
        service: z.string(),
        environment: z.string(),
        instance: z.string(),
        state: z.enum(['expected', 'stopped', 'lost']),
        lastHeardMs: epochMs,
        emitted: z.number(),
        acknowledged: z.number(),
        retried: z.number(),
        dropped: z.number(),
        droppedByReason: z.record(z.string(), z.number()),
      }),
    )
    .describe('Of the last day.'),
  uncovered: z.array(z.object({ stream: z.string(), fromMs: epochMs, toMs: epochMs })),
  backfilling: z.array(z.object({ stream: z.string(), slo: z.string(), specRev: z.string() })),
  deadLetters: z.array(
    z.object({
      topic: z.string(),
      code: z.string(),
      state: z.string(),
      letters: z.number(),
      firstMs: epochMs,
      lastMs: epochMs,
      reason: z.string().describe('Of the last one.'),
    }),
  ),
  undelivered: z.array(
    z.object({
      receiver: z.string(),
      waiting: z.number(),
      failed: z.number(),
      sinceMs: epochMs,
      lastError: z.string(),
    }),
  ),
  engine: z.object({
    version: z.string(),
    uptimeMs: lengthMs,
    answeredInMs: lengthMs.describe('What this question took the database.'),
  }),
});
export type Pipeline = z.infer<typeof pipeline>;
