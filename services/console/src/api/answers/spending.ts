import { DAY_MS, HOUR_MS, floorTo, formatRatio, ratioToNumber, type Envelope } from '@burnline/core';
import {
  UNUSUAL_SPEND,
  readFirstInference,
  readUnusualSpend,
  unusualSpendStatement,
  RAW_ROWS_MS,
} from '@burnline/queries';
import { readSpendForecast, readStandingEntities } from '@burnline/reading';
import type { Store } from '@burnline/runtime';
import { z } from 'zod';
import {
  costForecast,
  envelopes,
  sloEntities,
  unusualSpend,
  type Envelopes,
  type UnusualSpend,
} from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { derivedSlos, oneDerivedSlo } from '../reading/derived-slos.ts';
import { stretchOf } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

/** Whoever waits for longer asks for a shorter stretch. */
const TIMEOUT_MS = 10_000;
const VALUES_MAX = 20;
const ENTITIES_DEFAULT = 20;
const ENTITIES_MAX = 500;
/** Whom spend may be unusual of. */
const UNUSUAL_DIMENSIONS = ['tenant', 'model', 'task_id'] as const;

export const costForecastRoute = route({
  path: '/cost/forecast',
  summary: 'What the calendar month comes to at the rate of the last day',
  query: z.strictObject({ stream: QUERY.stream }),
  answer: costForecast,
  answerTo: async ({ store, book }, { query }) => {
    const page = await book.page();
    const progress = oneStream(page, query.stream);
    const { stream } = progress;
    const forecast = await readSpendForecast(store, { stream, atMs: endOf(progress, page) });
    return { about: aboutOf(page, stream), ...forecast };
  },
});

export const unusualSpendRoute = route({
  path: '/cost/unusual',
  summary: 'Tenants, models and tasks that spent far more in the last day than on the days before',
  query: z.strictObject({ stream: QUERY.stream }),
  answer: unusualSpend,
  answerTo: async ({ store, book }, { query }) => {
    const page = await book.page();
    const progress = oneStream(page, query.stream);
    const { stream } = progress;
    const toMs = floorTo(endOf(progress, page), HOUR_MS);
    const days = await daysBefore(store, { stream, toMs });
    const isTold = days >= UNUSUAL_SPEND.daysMin;
    const { factor, minimumNanoUsd } = UNUSUAL_SPEND;
    return {
      about: aboutOf(page, stream),
      rule: { text: ruleText(days), factor, minimumNanoUsd, days },
      isTold,
      fromMs: toMs - DAY_MS,
      toMs,
      dimensions: isTold
        ? await Promise.all(UNUSUAL_DIMENSIONS.map((by) => unusualOf(store, { stream, by, toMs, days })))
        : [],
    };
  },
});

/** Whole days before the last one of which there is data, as many as are looked at. */
async function daysBefore(
  store: Store,
  { stream, toMs }: { readonly stream: string; readonly toMs: number },
): Promise<number> {
  const fromMs = toMs - (UNUSUAL_SPEND.daysMax + 1) * DAY_MS;
  const firstMs = await readFirstInference(store, { stream, fromMs, toMs });
  // In the first hour of the oldest day is as good as from its begin on.
  return firstMs === null ? 0 : Math.max(0, Math.floor((toMs - floorTo(firstMs, HOUR_MS)) / DAY_MS) - 1);
}

function ruleText(days: number): string {
  const { factor, minimumNanoUsd, daysMin } = UNUSUAL_SPEND;
  const rule = `Spend of the last 24 whole hours above ${factor} times the median of the ${days} days of 24 h before them, and at least $${minimumNanoUsd / 1e9}.`;
  return days >= daysMin
    ? rule
    : `It takes ${daysMin} whole days before the last one to tell what is usual; there are ${days}.`;
}

async function unusualOf(
  store: Store,
  asked: {
    readonly stream: string;
    readonly by: (typeof UNUSUAL_DIMENSIONS)[number];
    readonly toMs: number;
    readonly days: number;
  },
): Promise<UnusualSpend['dimensions'][number]> {
  const query = { ...asked, limit: VALUES_MAX };
  const found = await readUnusualSpend(store, query);
  return {
    by: asked.by,
    values: found.map((one) => ({
      ...one,
      timesUsual: one.usualNanoUsd === 0 ? null : one.spentNanoUsd / one.usualNanoUsd,
    })),
    sql: unusualSpendStatement(query),
  };
}

export const envelopesRoute = route({
  path: '/envelopes',
  summary: 'SLOs that hold what tasks, sessions or tenants consume against an envelope',
  query: z.strictObject({ stream: QUERY.stream }),
  answer: envelopes,
  answerTo: async ({ store, book }, { query }) => {
    const page = await book.page();
    const { stream } = oneStream(page, query.stream);
    const found = await derivedSlos(store, { stream, kind: 'envelope' });
    return {
      about: aboutOf(page, stream),
      envelopes: found.flatMap(({ slo, rule }) =>
        page.rows
          .filter(({ row }) => row.stream === stream && row.slo === slo)
          .map(({ row }) => ({
            row,
            entity: [...rule.entity],
            per: rule.per,
            unit: unitOf(rule),
            rule: envelopeText(rule),
          })),
      ),
    };
  },
});

function unitOf({ consumed }: Envelope): Envelopes['envelopes'][number]['unit'] {
  if (consumed.length === 0) return 'events';
  return consumed.every((field) => field === 'cost_nano_usd') ? 'nano_usd' : 'sum';
}

const PER_WORDS = { life: 'in its life', day: 'each UTC day', month: 'each UTC month' } as const;

/** What each entity may consume, in words. */
function envelopeText(envelope: Envelope): string {
  const { entity, per, consumed, expected, operator, limit } = envelope;
  const isMoney = unitOf(envelope) === 'nano_usd';
  const what = consumed.length === 0 ? 'steps' : isMoney ? 'cost' : consumed.join(' + ');
  const amount = isMoney && expected === null ? `$${ratioToNumber(limit) / 1e9}` : formatRatio(limit);
  const most =
    expected === null
      ? amount
      : expected.isBelieved === true
        ? `a share of ${amount} away from ${expected.sum}`
        : `${amount} times ${expected.sum}`;
  const side = operator === '<' ? 'less than' : 'at most';
  return `${what} of one ${entity.join(', ')} ${PER_WORDS[per]}: ${side} ${most}`;
}

export const entitiesRoute = route({
  path: '/slos/{slo}/entities',
  summary: 'How the entities of an envelope stand: what each consumed of what it is allowed',
  params: ['slo'],
  query: z.strictObject({
    stream: QUERY.stream,
    from: QUERY.from,
    to: QUERY.to,
    limit: QUERY.limit(ENTITIES_DEFAULT, ENTITIES_MAX),
  }),
  answer: sloEntities,
  answerTo: async ({ store, book }, { params, query: { stream, from, to, limit = ENTITIES_DEFAULT } }) => {
    const page = await book.page();
    const { sli, row } = await oneDerivedSlo(store, page, {
      ...{ slo: params.slo, stream, kind: 'envelope', what: 'envelopes' },
    });
    const own = row.row.stream;
    const endMs = endOf(oneStream(page, own), page);
    const stretch = stretchOf({ from, to }, { endMs, defaultMs: DAY_MS, lengthMaxMs: RAW_ROWS_MS });
    const found = await readStandingEntities(store, {
      ...{ sli, stream: own, ...stretch, countMax: limit, timeoutMs: TIMEOUT_MS },
    });
    return {
      about: aboutOf(page, own),
      ...{ slo: params.slo, ...stretch, judgedCount: found.judgedCount, beyondCount: found.beyondCount },
      entities: found.entities.map((one) => ({
        ...one,
        shareOfAllowed: one.allowed === 0 ? null : one.consumed / one.allowed,
      })),
    };
  },
});
