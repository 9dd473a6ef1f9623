import { readSliPlan } from '@burnline/queries';
import { attribute } from '@burnline/reading';
import { z } from 'zod';
import { attribution } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { findSeries } from '../reading/find-series.ts';
import { stretchOf } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

const HOUR_MS = 3_600_000;
/** As long as raw rows live. */
const LENGTH_MAX_MS = 35 * 24 * HOUR_MS;
/** Whoever waits for longer asks for a shorter stretch. */
const TIMEOUT_MS = 10_000;

export const attributionRoute = route({
  path: '/slos/{slo}/series/{key}/attribution',
  summary: 'Which values of which dimension hold the bad events of a stretch: what pages name',
  params: ['slo', 'key'],
  query: z.strictObject({ stream: QUERY.stream, from: QUERY.from, to: QUERY.to }),
  answer: attribution,
  answerTo: async ({ store, book }, { params, query: { stream, from, to } }) => {
    const page = await book.page();
    const { row, facts } = findSeries(page, { ...params, stream });
    const endMs = endOf(oneStream(page, row.stream), page);
    const stretch = stretchOf({ from, to }, { endMs, defaultMs: HOUR_MS, lengthMaxMs: LENGTH_MAX_MS });
    const sli = await readSliPlan(store, facts);
    const asked = { stream: row.stream, ...stretch, series: [row.labels], timeoutMs: TIMEOUT_MS };
    const isCounted = sli !== null && sli.composite === undefined;
    const [found] = isCounted ? await attribute(store, { ...asked, plan: { sli } }) : [];
    return {
      about: aboutOf(page, row.stream),
      ...stretch,
      contributions: (found ?? []).map(({ dimension, value, bad, total }) => ({
        ...{ dimension, value, bad, total, badRatio: total === 0 ? 0 : Math.min(1, bad / total) },
      })),
    };
  },
});
