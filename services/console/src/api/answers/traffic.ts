import {
  COST_DIMENSIONS,
  costStatement,
  readCapacity,
  readCost,
  readEvaluators,
  readJudgeAgreement,
  readFallbacks,
  readFleet,
  type EvaluatorVerdicts,
  type JudgeAgreement,
  type SeriesCapacity,
  type Spend,
  RAW_ROWS_MS,
} from '@burnline/queries';
import { cohensKappa, groupBy, wilsonInterval } from '@burnline/core';
import { z } from 'zod';
import { cost, fleet, quality, type Cost, type Fleet, type Quality } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import type { BookPage } from '../reading/judged-book.ts';
import { withTimeLimit } from '../reading/time-limit.ts';
import { stretchOf, type Stretch } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Widths of a bucket of cost and quality. */
const BUCKETS_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS] as const;
const BUCKETS_MAX = 100;

const range = { stream: QUERY.stream, from: QUERY.from, to: QUERY.to };

function rangeOf(
  page: BookPage,
  {
    stream,
    from,
    to,
  }: {
    readonly stream?: string | undefined;
    readonly from?: number | undefined;
    readonly to?: number | undefined;
  },
  defaultMs: number,
): Stretch & { readonly stream: string } {
  const progress = oneStream(page, stream);
  const given = { endMs: endOf(progress, page), defaultMs, lengthMaxMs: RAW_ROWS_MS };
  return { stream: progress.stream, ...stretchOf({ from, to }, given) };
}

const bucketOf = ({ fromMs, toMs }: Stretch): number =>
  BUCKETS_MS.find((bucketMs) => (toMs - fromMs) / bucketMs <= BUCKETS_MAX) ?? DAY_MS;

export const fleetRoute = route({
  path: '/fleet',
  summary: 'How every model of every provider did, and how near quotas are',
  query: z.strictObject(range),
  answer: fleet,
  answerTo: async ({ store, book }, { query }) => {
    const page = await book.page();
    const asked = rangeOf(page, query, DAY_MS);
    const [members, fallbacks, capacity] = await Promise.all([
      readFleet(store, asked),
      readFallbacks(store, asked),
      readCapacity(store, { stream: asked.stream, toMs: asked.toMs }),
    ]);
    const shares = new Map(fallbacks.map((one) => [JSON.stringify([one.provider, one.model]), one]));
    return {
      about: aboutOf(page, asked.stream),
      ...{ fromMs: asked.fromMs, toMs: asked.toMs },
      members: members.map((member) => {
        const own = shares.get(JSON.stringify([member.provider, member.model]));
        const fallbackRatio = own === undefined || own.attempts === 0 ? null : own.fallbacks / own.attempts;
        return { ...member, fallbackRatio };
      }),
      capacity: capacity.map(capacityOf),
    };
  },
});

function capacityOf({ exhaustion, used, ...one }: SeriesCapacity): Fleet['capacity'][number] {
  return {
    ...one,
    used: [...used],
    reachesQuotaAtMs: typeof exhaustion === 'number' ? exhaustion : null,
    neverReachesQuota: exhaustion === 'never',
  };
}

export const costRoute = route({
  path: '/cost',
  summary: 'Spend by one dimension over time, most expensive first',
  query: z.strictObject({ ...range, by: z.enum(COST_DIMENSIONS).optional().describe('service by default.') }),
  answer: cost,
  answerTo: async ({ store, book }, { query: { by = 'service', ...given } }) => {
    const page = await book.page();
    const { stream, ...stretch } = rangeOf(page, given, 7 * DAY_MS);
    const asked = { stream, ...stretch, by, bucketMs: bucketOf(stretch) };
    const spends = await readCost(store, asked);
    const whole = sumOf(spends);
    return {
      about: aboutOf(page, stream),
      ...{
        by,
        ...stretch,
        bucketMs: asked.bucketMs,
        costNanoUsd: whole.costNanoUsd,
        requests: whole.requests,
      },
      unpricedRatio: whole.unpricedRatio,
      values: valuesOf(spends, whole.costNanoUsd),
      sql: costStatement(asked),
    };
  },
});

function sumOf(spends: readonly Spend[]) {
  const sum = (of: (spend: Spend) => number): number => spends.reduce((total, one) => total + of(one), 0);
  const [requests, unpriced] = [sum((one) => one.requests), sum((one) => one.unpriced)];
  return {
    ...{ requests, unpriced, costNanoUsd: sum((one) => one.costNanoUsd) },
    unpricedRatio: requests === 0 ? 0 : unpriced / requests,
  };
}

function valuesOf(spends: readonly Spend[], wholeNanoUsd: number): Cost['values'] {
  const byValue = groupBy(spends, ({ value }) => value);
  return [...byValue]
    .map(([value, own]) => {
      const { costNanoUsd, ...sums } = sumOf(own);
      return {
        ...{
          value,
          costNanoUsd,
          ...sums,
          shareOfCost: wholeNanoUsd === 0 ? null : costNanoUsd / wholeNanoUsd,
        },
        points: own.map((one) => ({
          fromMs: one.bucketMs,
          costNanoUsd: one.costNanoUsd,
          requests: one.requests,
        })),
      };
    })
    .sort((a, b) => b.costNanoUsd - a.costNanoUsd || (a.value < b.value ? -1 : 1));
}

/** Verdicts are joined by request for it: the pass rates beside it are not kept waiting. */
const AGREEMENT_LIMIT_MS = 5_000;

export const qualityRoute = route({
  path: '/quality',
  summary: 'How verdicts came out, by evaluator and version, with bounds',
  query: z.strictObject(range),
  answer: quality,
  answerTo: async ({ store, book, logger }, { query }) => {
    const page = await book.page();
    const { stream, ...stretch } = rangeOf(page, query, 7 * DAY_MS);
    const bucketMs = bucketOf(stretch);
    const [verdicts, pairs] = await Promise.all([
      readEvaluators(store, { stream, ...stretch, bucketMs }),
      readJudgeAgreement(withTimeLimit(store, AGREEMENT_LIMIT_MS), { stream, ...stretch }).catch(
        (error: unknown) => {
          logger.warn({ stream, error: String(error) }, 'how far judges agree could not be told');
          return null;
        },
      ),
    ]);
    const groups = groupBy(verdicts, ({ evaluator, version, kind, dimension }) =>
      JSON.stringify([evaluator, version, kind, dimension]),
    );
    return {
      about: aboutOf(page, stream),
      ...stretch,
      bucketMs,
      evaluators: [...groups.values()].flatMap(evaluatorOf),
      agreement: pairs?.map(agreementOf) ?? null,
    };
  },
});

function evaluatorOf(own: readonly EvaluatorVerdicts[]): Quality['evaluators'] {
  const [first] = own;
  if (first === undefined) return [];
  const { evaluator, version, kind, dimension } = first;
  const passed = own.reduce((sum, one) => sum + one.passed, 0);
  const total = own.reduce((sum, one) => sum + one.total, 0);
  const { lower, upper } = wilsonInterval(passed, total);
  return [
    {
      ...{ evaluator, version, kind, dimension, passed, total, passRatio: passed / total },
      ...{ lowerBound: lower, upperBound: upper },
      points: own.map((one) => ({ fromMs: one.bucketMs, passed: one.passed, total: one.total })),
    },
  ];
}

function agreementOf(pair: JudgeAgreement): NonNullable<Quality['agreement']>[number] {
  const { dimension, first, second, bothPassed, bothFailed, onlyFirstPassed, onlySecondPassed } = pair;
  const requests = bothPassed + bothFailed + onlyFirstPassed + onlySecondPassed;
  return {
    ...{ dimension, first, second, requests, agreedRatio: (bothPassed + bothFailed) / requests },
    ...{ onlyFirstPassed, onlySecondPassed, kappa: cohensKappa(pair) },
  };
}
