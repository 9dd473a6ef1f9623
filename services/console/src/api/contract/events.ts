import { ATTRIBUTION_METHODS } from '@burnline/core';
import { z } from 'zod';
import { about, epochMs, labels, next } from './about.ts';

const countedAs = z.enum(['good', 'bad', 'excluded']);

/** Records behind a figure of one series, oldest first. */
export const countedEvents = z.object({
  about,
  fromMs: epochMs,
  toMs: epochMs,
  events: z.array(
    z.object({
      atMs: epochMs,
      countedAs,
      weight: z.number().describe('How many events it stands for: 1 unsampled.'),
      eventId: z.string().describe('As /events/{id} takes it.'),
      requestId: z.string(),
      fields: z.record(z.string(), z.unknown()).describe('What the SLO reads of it.'),
    }),
  ),
  mayBeOther: z.boolean().describe('Groups overflowed their cap: some of these may be counted in __other__.'),
  next,
});
export type CountedEvents = z.infer<typeof countedEvents>;

/** Where the bad events of a stretch came from: places, most excess first, then how they went. */
export const attribution = z.object({
  about,
  fromMs: epochMs,
  toMs: epochMs,
  bad: z
    .number()
    .nullable()
    .describe(
      'Bad events of the stretch, however little sets them apart; null where they are not counted singly.',
    ),
  contributions: z.array(
    z.object({
      slo: z.string().nullable().describe('Of a composite: the part that the events are of.'),
      dimension: z.string(),
      value: z.string(),
      bad: z.number(),
      total: z.number(),
      badRatio: z.number().min(0).max(1).describe('bad / total of this value.'),
      badShare: z.number().nullable().describe('Of all bad events.'),
      trafficShare: z.number().nullable().describe('Of all events.'),
      lift: z.number().nullable().describe('badShare / trafficShare.'),
      excess: z
        .number()
        .nullable()
        .describe('Bad events beyond those that it would have had, had it gone as what it is held against.'),
      method: z
        .enum(ATTRIBUTION_METHODS)
        .nullable()
        .describe('What it is held against; null of parts, and of entities beyond their envelopes.'),
      comparedShare: z
        .number()
        .nullable()
        .describe('mix-standardised: the share of its events that others are like; else 1.'),
      burnRate: z.number().nullable().describe('Of a composite: what it adds to the burn rate.'),
    }),
  ),
  causes: z
    .array(z.string())
    .describe('Variants, assigned at random, that are shown to fail more often than the others.'),
});
export type Attribution = z.infer<typeof attribution>;

/** An event as its row has it: fields by their names in the tables. */
const row = z.record(z.string(), z.unknown());

/** Raw events, newest first. */
export const eventSearch = z.object({
  about,
  fromMs: epochMs,
  toMs: epochMs,
  fields: z.array(z.object({ name: z.string(), kind: z.string(), unit: z.string().nullable() })),
  events: z.array(
    z.object({
      eventId: z.string(),
      atMs: epochMs,
      service: z.string(),
      provider: z.string(),
      model: z.string(),
      status: z.string(),
      errorType: z.string(),
      durationMs: z.number().nullable(),
      ttftMs: z.number().nullable(),
      inputTokens: z.number().nullable(),
      outputTokens: z.number().nullable(),
      costNanoUsd: z.number().nullable(),
      requestId: z.string(),
      attempt: z.number(),
    }),
  ),
  next,
});
export type EventSearch = z.infer<typeof eventSearch>;

/** One event: all fields, the attempts of its request, verdicts on it, and the SLOs that counted it. */
export const eventDetail = z.object({
  about,
  eventId: z.string(),
  atMs: epochMs,
  event: row,
  attempts: z.array(row).describe('All attempts of its request, this one included, in their order.'),
  verdicts: z.array(row),
  countedBy: z.array(
    z.object({
      slo: z.string(),
      displayName: z.string(),
      series: z.string().nullable(),
      labels,
      countedAs,
    }),
  ),
});
export type EventDetail = z.infer<typeof eventDetail>;
