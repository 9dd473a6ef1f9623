import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@burnline/core';
import { z } from 'zod';

const group = z.record(z.string(), z.string());
const sums = z.record(z.string(), z.number().int());
const percentiles = z.record(z.string(), z.number());

const seriesFigures = z.object({
  group,
  total: z.number().int(),
  good: z.number().int(),
  sums: sums.optional(),
});

/** Figures of an example that were computed without this program: see ground-truth.json beside it. */
const expectedFigures = z.object({
  replays: z.array(
    z.object({
      file: z.string(),
      mapping: z.string(),
      inferences: z.number().int(),
      verdicts: z.number().int(),
    }),
  ),
  slos: z.array(z.object({ slo: z.string(), series: z.array(seriesFigures) })),
  percentiles: z.array(z.object({ slo: z.string(), field: z.string(), group, nearest_rank: percentiles })),
  minutes: z.array(z.object({ group, minute: z.string(), total: z.number().int(), sums })).optional(),
  rates_without_slo: z.array(z.object({ dimension: z.string(), series: z.array(seriesFigures) })).optional(),
  cost_nano_usd_by_task_and_model: z
    .array(z.object({ group, total: z.number().int(), cost_nano_usd: z.number().int() }))
    .optional(),
  cost_nano_usd: z.number().int().optional(),
  burning: z.array(z.object({ slo: z.string(), group })),
});

export type ExpectedFigures = z.infer<typeof expectedFigures>;

export interface Example {
  readonly name: string;
  readonly directory: string;
  readonly expected: ExpectedFigures;
}

/** Every folder of `examples/` that says what its figures must be. @throws AppError CLI_EXAMPLES_MISSING */
export async function readExamples(directory: string): Promise<readonly Example[]> {
  const found = await readdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw examplesMissing(`${directory} cannot be read: ${String(cause)}`);
  });
  const files = found.filter((file) => path.basename(file) === 'expected.json');
  if (files.length === 0)
    throw examplesMissing(`${directory} holds no example: no folder with an expected.json`);
  return Promise.all(
    files.sort().map(async (file) => {
      const folder = path.join(directory, path.dirname(file));
      const expected = expectedFigures.parse(JSON.parse(await readFile(path.join(directory, file), 'utf8')));
      return { name: path.basename(folder), directory: folder, expected };
    }),
  );
}

const examplesMissing = (message: string): AppError =>
  new AppError('CLI_EXAMPLES_MISSING', message, {
    remedy: 'Leave --examples out, or name a folder of examples as they are in the repository.',
  });
