import { z } from 'zod';
import { about, epochMs, labels, share, sql } from './about.ts';
import { overviewRow } from './overview.ts';

const nanoUsd = z.number().describe('1e-9 US dollars.');

/** What the calendar month comes to, if spend goes on as it does. */
export const costForecast = z.object({
  about,
  fromMs: epochMs.describe('Begin of the month, UTC.'),
  toMs: epochMs.describe('Its end.'),
  atMs: epochMs.describe('Up to when it is known what was spent.'),
  spentNanoUsd: nanoUsd,
  unpricedRatio: share.describe("Of the month's requests so far: what they cost is in no figure here."),
  rate: z
    .object({ fromMs: epochMs, toMs: epochMs, costNanoUsd: nanoUsd })
    .nullable()
    .describe('The stretch whose spend is assumed to go on; null: there is less than an hour of it.'),
  expectedNanoUsd: nanoUsd.nullable().describe('Of the whole month; null without a rate.'),
  assumption: z.string().describe('What is assumed, in words.'),
  sql,
});
export type CostForecast = z.infer<typeof costForecast>;

/** What spent beyond what it used to. */
export const unusualSpend = z.object({
  about,
  rule: z.object({
    text: z.string().describe('The rule in words.'),
    factor: z.number(),
    minimumNanoUsd: nanoUsd,
    days: z.number().describe('Whole days before the last one that the median is of.'),
  }),
  isTold: z.boolean().describe('False: there are too few days before the last one.'),
  fromMs: epochMs.describe('The day that is looked at, on whole hours.'),
  toMs: epochMs,
  dimensions: z.array(
    z.object({
      by: z.string(),
      values: z
        .array(
          z.object({
            value: z.string().describe('Empty where events have none.'),
            spentNanoUsd: nanoUsd,
            usualNanoUsd: nanoUsd.describe('Median of the days before.'),
            timesUsual: z.number().nullable().describe('Null: usually it spends nothing.'),
          }),
        )
        .describe('What is most beyond what is usual first, 20 at most.'),
      sql,
    }),
  ),
});
export type UnusualSpend = z.infer<typeof unusualSpend>;

/** SLOs that hold consumption against an envelope. */
export const envelopes = z.object({
  about,
  envelopes: z.array(
    z.object({
      row: overviewRow,
      entity: z.array(z.string()).describe('Fields that name an entity.'),
      per: z.enum(['life', 'day', 'month']),
      unit: z
        .enum(['nano_usd', 'events', 'sum'])
        .describe('What is consumed: money, steps, or a sum of fields.'),
      rule: z.string().describe('What each may consume, in words.'),
    }),
  ),
});
export type Envelopes = z.infer<typeof envelopes>;

/** How entities stand whose last event lies in a stretch. */
export const sloEntities = z.object({
  about,
  slo: z.string(),
  fromMs: epochMs,
  toMs: epochMs,
  judgedCount: z.number().describe('All that were judged, those that are not listed too.'),
  beyondCount: z.number(),
  entities: z
    .array(
      z.object({
        labels,
        consumed: z.number(),
        allowed: z.number(),
        shareOfAllowed: z.number().nullable().describe('Null where nothing is allowed.'),
        isWithin: z.boolean().describe('As it was judged.'),
      }),
    )
    .describe('Those beyond their envelopes first, then by what they consumed of what they are allowed.'),
});
export type SloEntities = z.infer<typeof sloEntities>;
