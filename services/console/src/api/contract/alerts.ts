import { ATTRIBUTION_METHODS, NOTIFICATION_OUTCOMES } from '@burnline/core';
import { z } from 'zod';
import { about, epochMs, labels, lengthMs, next } from './about.ts';
import { mark } from './history.ts';

const evidence = z.object({ windowMs: lengthMs, bad: z.number(), total: z.number(), burnRate: z.number() });

const delivery = z.object({
  decision: z.string(),
  receiver: z.string(),
  outcome: z.enum(NOTIFICATION_OUTCOMES),
  attempts: z.number(),
  finishedAtMs: epochMs,
});

/** One alert from the decision that fired it to the one that ended it. */
const alert = z.object({
  id: z.string(),
  stream: z.string(),
  slo: z.string(),
  series: z.string(),
  displayName: z.string(),
  service: z.string().nullable(),
  labels,
  tier: z.string(),
  severity: z.string(),
  state: z.enum(['firing', 'frozen', 'resolved', 'removed', 'ended']),
  firedAtMs: epochMs,
  overAtMs: epochMs.nullable(),
  durationMs: lengthMs.nullable().describe('Null while it is open.'),
  endedBy: z.string().nullable(),
  reason: z.string().nullable(),
  long: evidence,
  short: evidence,
  factor: z.number(),
  remainingRatio: z.number().nullable(),
  deliveries: z.array(delivery),
  seenIn90Days: z.number().describe('How often this alert fired within 90 days, this time included.'),
});
export type Alert = z.infer<typeof alert>;

/** Alerts that fired in a range, the latest first; with `state=open` those that fire or are frozen, the most urgent first. */
export const alerts = z.object({ about, alerts: z.array(alert), next });
export type Alerts = z.infer<typeof alerts>;

export const alertDetail = z.object({
  about,
  alert,
  runbook: z.string().nullable(),
  description: z.string(),
  attribution: z.array(
    z.object({
      ...{ dimension: z.string(), value: z.string(), bad: z.number(), total: z.number() },
      badShare: z.number().nullable().describe('Of all bad events; null where it was not kept.'),
      lift: z.number().nullable(),
      excess: z.number().nullable(),
      method: z.enum(ATTRIBUTION_METHODS).nullable(),
      burnRate: z.number().nullable().describe('Of a part of a composite: what it adds.'),
      slo: z.string().nullable().describe('Of a value of a composite: the part whose bad events are meant.'),
    }),
  ),
  timeline: z
    .array(
      z.object({
        what: z.enum(['first_bad', 'fired', 'delivered', 'over']),
        atMs: epochMs,
        text: z.string(),
      }),
    )
    .describe('In the order of time.'),
  earlier: z.array(
    z.object({ id: z.string(), firedAtMs: epochMs, overAtMs: epochMs.nullable(), severity: z.string() }),
  ),
  changesBefore: z.array(mark).describe('Within the 24 h before it fired.'),
});
export type AlertDetail = z.infer<typeof alertDetail>;
