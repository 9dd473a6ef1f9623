import { z } from 'zod';
import { about } from './about.ts';
import { forecast } from './slo.ts';
import { budgetLeft, overviewRow, state } from './overview.ts';

const serviceBudget = z.object({
  slo: z.string(),
  displayName: z.string(),
  dimension: z.string(),
  track: z.string(),
  criticality: z.string(),
  states: z.record(z.string(), z.number()).describe('How many of its series are in which state.'),
  firingCount: z.number(),
  worst: overviewRow.describe('Its worst series.'),
});

/** All budgets of each service, and the one that binds. */
export const services = z.object({
  about,
  total: z.number().describe('Services with a series, on whatever page.'),
  services: z.array(
    z.object({
      stream: z.string(),
      service: z.string(),
      state: state.describe('Of its worst budget.'),
      firingCount: z.number(),
      binding: z
        .object({ slo: z.string(), series: z.string(), budget: budgetLeft, forecast })
        .nullable()
        .describe('The budget that binds; null where none has data to be judged by.'),
      budgets: z.array(serviceBudget),
    }),
  ),
  next: z.string().nullable().describe('`cursor` of the next page; null on the last.'),
});
export type Services = z.infer<typeof services>;
