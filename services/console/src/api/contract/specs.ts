import { z } from 'zod';
import { about, epochMs } from './about.ts';
import { sloDocument } from './slo.ts';

export const specFile = z.object({ name: z.string().max(300), text: z.string().max(1_000_000) });

/** The documents that a stream was last given, and the SLOs they make. */
export const specs = z.object({
  about,
  givenAtMs: epochMs.nullable().describe('Null: none were given.'),
  files: z.array(specFile),
  mayBacktest: z.boolean().describe('Whether this console takes `POST /specs/backtest`.'),
  slos: z.array(
    z.object({
      slo: z.string(),
      displayName: z.string(),
      service: z.string(),
      target: z.string().describe('Exact: a decimal or a fraction.'),
      document: sloDocument,
    }),
  ),
});
export type Specs = z.infer<typeof specs>;

export const validateRequest = z.object({ files: z.array(specFile).min(1).max(50) });

export const validateAnswer = z.object({
  isValid: z.boolean(),
  issues: z.array(
    z.object({
      file: z.string(),
      line: z.number().nullable(),
      column: z.number().nullable(),
      message: z.string(),
      remedy: z.string().nullable(),
    }),
  ),
  slos: z.array(
    z.object({ slo: z.string(), displayName: z.string(), service: z.string(), target: z.string() }),
  ),
});
export type ValidateAnswer = z.infer<typeof validateAnswer>;
