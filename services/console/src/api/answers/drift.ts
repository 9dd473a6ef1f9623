import {
  groupBy,
  DAY_MS,
  durationText,
  histogramFieldOf,
  ratioToNumber,
  type DriftRule,
  type SliceRule,
} from '@burnline/core';
import { readDriftFigures } from '@burnline/reading';
import { z } from 'zod';
import { drifts, sloDrift, type Drifts, type SloDrift } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { derivedSlos, oneDerivedSlo, type DerivedSlo } from '../reading/derived-slos.ts';
import { seriesNameOf } from '../reading/series-name.ts';
import { stretchOf } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

/** As long as panes are kept that make one fast. */
const LENGTH_MAX_MS = 35 * DAY_MS;
const TIMEOUT_MS = 10_000;
/** A week of hours of a hundred series. */
const SLICES_MAX = 20_000;

export const driftsRoute = route({
  path: '/drift',
  summary: 'SLOs that hold the distribution of a field against another one',
  query: z.strictObject({ stream: QUERY.stream }),
  answer: drifts,
  answerTo: async ({ store, book }, { query }) => {
    const page = await book.page();
    const { stream } = oneStream(page, query.stream);
    const found = await derivedSlos(store, { stream, kind: 'drift-timeslices' });
    const services = new Map(
      page.facts.filter((one) => one.stream === stream).map(({ slo, service }) => [slo, service]),
    );
    return {
      about: aboutOf(page, stream),
      slos: found.map((one) => ruleOf(one, services.get(one.slo) ?? '')),
    };
  },
});

export const sloDriftRoute = route({
  path: '/slos/{slo}/drift',
  summary: 'How far the distribution of a field moved in each slice of time, against its bound',
  params: ['slo'],
  query: z.strictObject({ stream: QUERY.stream, from: QUERY.from, to: QUERY.to }),
  answer: sloDrift,
  answerTo: async ({ store, book }, { params, query: { stream, from, to } }) => {
    const page = await book.page();
    const found = await oneDerivedSlo(store, page, {
      ...{ slo: params.slo, stream, kind: 'drift-timeslices', what: 'drift' },
    });
    const own = found.row.row.stream;
    const endMs = endOf(oneStream(page, own), page);
    const stretch = stretchOf({ from, to }, { endMs, defaultMs: 7 * DAY_MS, lengthMaxMs: LENGTH_MAX_MS });
    const figures = await readDriftFigures(store, {
      ...{ sli: found.sli, stream: own, ...stretch, countMax: SLICES_MAX, timeoutMs: TIMEOUT_MS },
    });
    const bySeries = groupBy(figures, ({ labels }) => seriesNameOf(labels));
    return {
      about: aboutOf(page, own),
      rule: ruleOf(found, found.row.facts.service),
      ...stretch,
      series: [...bySeries]
        .map(([series, points]) => ({
          series,
          labels: points[0]?.labels ?? {},
          points: points.map(({ fromMs, toMs, figure, isGood, valueCount, referenceCount }) => ({
            ...{ fromMs, toMs, figure, isGood, valueCount, referenceCount },
          })),
        }))
        .sort((a, b) => rankOf(a) - rankOf(b) || (a.series < b.series ? -1 : 1)),
    };
  },
});

/** What drifts now stands before what does not. */
const rankOf = ({ points }: SloDrift['series'][number]): number => (points.at(-1)?.isGood === false ? 0 : 1);

function ruleOf({ slo, sli, rule }: DerivedSlo<'drift-timeslices'>, service: string): Drifts['slos'][number] {
  const { statistic, operator, bound, sliceMs, countMin } = rule;
  return {
    ...{ slo, service, field: fieldOf(sli), statistic, operator, bound: ratioToNumber(bound), sliceMs },
    ...{ against: againstText(rule), countMin },
  };
}

const fieldOf = ({ histogram }: DerivedSlo<'drift-timeslices'>['sli']): string =>
  histogram === null ? '' : histogramFieldOf(histogram);

function againstText({ reference }: DriftRule & SliceRule): string {
  if (reference.kind === 'trailing') return `the ${durationText(reference.lengthMs)} before each slice`;
  const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  return `${dayOf(reference.fromMs)} to ${dayOf(reference.toMs)} UTC`;
}
