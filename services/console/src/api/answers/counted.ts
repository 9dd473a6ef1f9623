import { COUNTED_AS, readCountedEvents } from '@burnline/queries';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import type { ConsoleParts } from '../../console-parts.ts';
import { countedEvents } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { cursorOf, placeOf } from '../reading/cursor.ts';
import { findSeries, type JudgedSeries } from '../reading/find-series.ts';
import { planOf } from '../reading/kept-plans.ts';
import { stretchOf } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

const HOUR_MS = 3_600_000;
/** As long as raw rows live. */
const LENGTH_MAX_MS = 35 * 24 * HOUR_MS;
const EVENTS_DEFAULT = 100;
const EVENTS_MAX = 1_000;

const countedWord = z.enum(COUNTED_AS);
const place = z.strictObject({
  ...{
    atMicros: z.number().int(),
    streamEpoch: z.string().max(500),
    partition: z.number().int().min(0).max(65_535),
  },
  ...{ offset: z.number().int().min(0), eventIndex: z.number().int().min(0).max(65_535) },
  item: z.number().int().min(0).max(4_294_967_295),
});

export const countedRoute = route({
  path: '/slos/{slo}/series/{key}/events',
  summary: 'The events behind a figure of one series, as it counted them, oldest first',
  params: ['slo', 'key'],
  query: z.strictObject({
    ...{ stream: QUERY.stream, from: QUERY.from, to: QUERY.to, cursor: QUERY.cursor },
    countedAs: z
      .union([z.array(countedWord).max(COUNTED_AS.length), countedWord.transform((one) => [one])])
      .optional(),
    limit: QUERY.limit(EVENTS_DEFAULT, EVENTS_MAX),
  }),
  answer: countedEvents,
  reads: 'events',
  answerTo: async (
    parts,
    { params, query: { stream, from, to, countedAs, cursor, limit = EVENTS_DEFAULT } },
  ) => {
    const page = await parts.book.page();
    const found = findSeries(page, { ...params, stream });
    const { row } = found;
    const endMs = endOf(oneStream(page, row.stream), page);
    const stretch = stretchOf({ from, to }, { endMs, defaultMs: HOUR_MS, lengthMaxMs: LENGTH_MAX_MS });
    const after = placeOf(cursor, place);
    const { events, next, mayBeOther } = await readCountedEvents(parts.store, {
      ...{ stream: row.stream, labels: row.labels, ...stretch, limit },
      plan: await countedPlanOf(parts, found),
      ...(countedAs !== undefined && { countedAs }),
      ...(after !== undefined && { after }),
    });
    return {
      about: aboutOf(page, row.stream),
      ...stretch,
      events: events.map(({ atMicros, countedAs: as, weight, eventId, requestId, fields }) => ({
        ...{ atMs: atMicros / 1_000, countedAs: as, weight, eventId, requestId, fields },
      })),
      mayBeOther,
      next: next === null ? null : cursorOf(next),
    };
  },
});

/** What the series' revision counts. Throws CONSOLE_NOT_FOUND where no single record is counted, or nobody knows any more which. */
async function countedPlanOf(parts: ConsoleParts, { facts }: JudgedSeries) {
  const plan = await planOf(parts, facts);
  if (plan !== null && plan.composite === undefined) return plan;
  throw consoleError('CONSOLE_NOT_FOUND', `${facts.slo} counts no events of its own`, {
    remedy: 'Ask for the events of the SLOs that it is made of.',
  });
}
