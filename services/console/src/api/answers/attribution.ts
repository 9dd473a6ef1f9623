import { OTHER_LABEL, type Attributed } from '@burnline/core';
import { RAW_ROWS_MS } from '@burnline/queries';
import { entityContribution, explainBad, type ExplainedBad } from '@burnline/reading';
import { z } from 'zod';
import { attribution, type Attribution } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { findSeries } from '../reading/find-series.ts';
import { planOf } from '../reading/kept-plans.ts';
import { stretchOf } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

const HOUR_MS = 3_600_000;
/** Whoever waits for longer asks for a shorter stretch. */
const TIMEOUT_MS = 10_000;

export const attributionRoute = route({
  path: '/slos/{slo}/series/{key}/attribution',
  summary:
    'Where the bad events of a stretch came from, by the figures that pages and `burnline explain` have',
  params: ['slo', 'key'],
  query: z.strictObject({ stream: QUERY.stream, from: QUERY.from, to: QUERY.to }),
  answer: attribution,
  answerTo: async ({ store, book }, { params, query: { stream, from, to } }) => {
    const page = await book.page();
    const { row, facts } = findSeries(page, { ...params, stream });
    const endMs = endOf(oneStream(page, row.stream), page);
    const stretch = stretchOf({ from, to }, { endMs, defaultMs: HOUR_MS, lengthMaxMs: RAW_ROWS_MS });
    const sli = await planOf({ store, book }, facts);
    const labels = labelsKnown(row.labels);
    const asked = { stream: row.stream, ...stretch, labels, timeoutMs: TIMEOUT_MS };
    const found = sli === null ? null : await explainBad(store, { ...asked, plan: sli });
    // Raw rows go; what was counted of them stays.
    const isGone =
      found?.kind === 'events' && found.found.total === 0 && stretch.fromMs < endMs - RAW_ROWS_MS;
    return {
      about: aboutOf(page, row.stream),
      ...stretch,
      bad: found?.kind === 'events' && !isGone ? found.found.bad : null,
      contributions: found === null ? [] : [...contributionsOf(found)],
      causes: found === null ? [] : [...causesOf(found)],
    };
  },
});

/** Which events overflowed a cap is written in no row: those of `__other__` are told apart by the other labels alone. */
const labelsKnown = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== OTHER_LABEL));

type Contribution = Attribution['contributions'][number];

const ratioOf = (bad: number, total: number): number => (total === 0 ? 0 : Math.min(1, bad / total));

/** Neither a part nor an entity is held against anything. */
const NOT_HELD = {
  ...{ badShare: null, trafficShare: null, lift: null },
  ...{ excess: null, method: null, comparedShare: null },
} as const;

function contributionsOf(found: ExplainedBad): readonly Contribution[] {
  switch (found.kind) {
    case 'events':
      return [...found.found.values, ...found.found.outcomes]
        .filter(({ bad }) => bad > 0)
        .map((one) => ({ ...heldOf(one), slo: null, burnRate: null }));
    case 'parts': {
      const parts = found.parts.map(({ slo, bad, total, burnRate }): Contribution => ({
        ...{ slo, dimension: 'slo', value: slo, bad, total, badRatio: ratioOf(bad, total), burnRate },
        ...NOT_HELD,
      }));
      const values = found.values.filter(({ bad }) => bad > 0);
      return [...parts, ...values.map((one) => ({ ...heldOf(one), slo: one.slo, burnRate: one.burnRate }))];
    }
    case 'entities':
      return found.entities.map(entityContribution).map(({ dimension, value, bad, total }) => ({
        ...{ slo: null, dimension, value, bad, total, badRatio: ratioOf(bad, total), burnRate: null },
        ...NOT_HELD,
      }));
  }
}

function heldOf(one: Attributed): Omit<Contribution, 'slo' | 'burnRate'> {
  const { dimension, value, bad, total, badShare, trafficShare, lift, excess, method, comparedShare } = one;
  return {
    ...{ dimension, value, bad, total, badRatio: ratioOf(bad, total) },
    ...{ badShare, trafficShare, lift, excess, method, comparedShare },
  };
}

const causesOf = (found: ExplainedBad): readonly string[] =>
  found.kind === 'events'
    ? found.found.causes
    : found.kind === 'parts'
      ? [...new Set(found.parts.flatMap((one) => one.found?.causes ?? []))]
      : [];
