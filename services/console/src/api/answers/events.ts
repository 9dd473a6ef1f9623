import { INFERENCE_FIELDS } from '@burnline/core';
import {
  FIELD_OPERATORS,
  isSearchable,
  readAttempts,
  readCountedBy,
  readJudgedSlos,
  readRawEvent,
  readRawEvents,
  readRequestVerdicts,
  type CountedBy,
  type FieldOperator,
  type FieldTest,
  RAW_ROWS_MS,
} from '@burnline/queries';
import { seriesKeyOf } from '@burnline/reading';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import { eventDetail, eventSearch, type EventDetail } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { cursorOf, placeOf } from '../reading/cursor.ts';
import type { BookPage } from '../reading/judged-book.ts';
import { stretchOf } from '../reading/time-range.ts';
import { QUERY, route } from '../route.ts';

const DAY_MS = 86_400_000;
const EVENTS_DEFAULT = 100;
const EVENTS_MAX = 500;
const TESTS_MAX = 10;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const place = z.strictObject({ atMicros: z.number().int(), eventId: z.string().regex(UUID) });
const where = z.string().min(2).max(1_000);

/** What events can be searched by. */
const FIELDS = Object.entries(INFERENCE_FIELDS)
  .filter(([, { kind }]) => isSearchable(kind))
  .map(([name, { kind }]) => ({ name, kind, unit: unitOf(kind) }));

function unitOf(kind: string): string | null {
  if (kind === 'durationMs') return 'ms';
  return kind === 'nanoUsd' ? '1e-9 USD' : null;
}

export const eventsRoute = route({
  path: '/events',
  summary: 'Raw events by any of their fields, the latest first',
  query: z.strictObject({
    ...{ stream: QUERY.stream, from: QUERY.from, to: QUERY.to, cursor: QUERY.cursor },
    where: z
      .union([z.array(where).max(TESTS_MAX), where.transform((one) => [one])])
      .optional()
      .describe(
        'FIELD, an operator (= != < <= > >=) and a value; attributes by attributes.KEY. Several all have to hold.',
      ),
    limit: QUERY.limit(EVENTS_DEFAULT, EVENTS_MAX),
  }),
  answer: eventSearch,
  reads: 'events',
  answerTo: async (
    { store, book },
    { query: { stream, from, to, cursor, limit = EVENTS_DEFAULT, ...query } },
  ) => {
    const page = await book.page();
    const progress = oneStream(page, stream);
    // The last event of a history is at its end.
    const endMs = endOf(progress, page) + 1_000;
    const stretch = stretchOf({ from, to }, { endMs, defaultMs: DAY_MS, lengthMaxMs: RAW_ROWS_MS });
    const after = placeOf(cursor, place);
    const { events, next } = await readRawEvents(store, {
      ...{ stream: progress.stream, ...stretch, limit, tests: (query.where ?? []).map(testOf) },
      ...(after !== undefined && { after }),
    });
    return {
      about: aboutOf(page, progress.stream),
      ...stretch,
      fields: FIELDS,
      events: events.map(({ atMicros, ...event }) => ({ ...event, atMs: atMicros / 1_000 })),
      next: next === null ? null : cursorOf(next),
    };
  },
});

/** Longer ones first: `<=` is no `<` with a value that begins with `=`. */
const OPERATORS = [...FIELD_OPERATORS].sort((a, b) => b.length - a.length);

function testOf(text: string): FieldTest {
  const [, field, operator, value] =
    new RegExp(`^([\\w.:/-]+?)\\s*(${OPERATORS.join('|')})(.*)$`, 's').exec(text) ?? [];
  if (field !== undefined && operator !== undefined && value !== undefined)
    return { field, operator: operator as FieldOperator, value: value.trim() };
  throw consoleError('CONSOLE_PARAMETER_INVALID', `${text.slice(0, 100)} is no test of a field`, {
    remedy: 'Write FIELD, an operator (= != < <= > >=) and a value, like `status=error` or `ttft_ms>800`.',
  });
}

export const eventRoute = route({
  path: '/events/{id}',
  summary: 'One event: all attempts of its request, verdicts on it, and the SLOs that counted it',
  params: ['id'],
  query: z.strictObject({ stream: QUERY.stream }),
  answer: eventDetail,
  reads: 'events',
  answerTo: async ({ store, book }, { params: { id }, query: { stream } }) => {
    const page = await book.page();
    const { stream: name } = oneStream(page, stream);
    const event = UUID.test(id)
      ? await readRawEvent(store, { stream: name, eventId: id.toLowerCase() })
      : null;
    if (event === null)
      throw consoleError('CONSOLE_NOT_FOUND', `${name} has no event with this id`, {
        remedy: 'Raw events are kept for 35 days; name the stream if it is of another one.',
      });
    const atMs = Date.parse(`${String(event['occurred_at']).replace(' ', 'T')}Z`);
    const requestId = typeof event['request_id'] === 'string' ? event['request_id'] : '';
    const of = { stream: name, requestId, atMs };
    const judged = await readJudgedSlos(store, { stream: name });
    const plans = judged.map(({ sli }) => sli).filter(({ composite }) => composite === undefined);
    const [attempts, verdicts, counted] = await Promise.all([
      requestId === '' ? [event] : readAttempts(store, of),
      requestId === '' ? [] : readRequestVerdicts(store, of),
      readCountedBy(store, { stream: name, eventId: id.toLowerCase(), atMs, plans }),
    ]);
    return {
      about: aboutOf(page, name),
      ...{ eventId: id.toLowerCase(), atMs, event },
      ...{ attempts: [...attempts], verdicts: [...verdicts], countedBy: countedByOf(page, name, counted) },
    };
  },
});

const AS_RANK = { bad: 0, good: 1, excluded: 2 } as const;

/** What it was bad for first. */
function countedByOf(
  page: BookPage,
  stream: string,
  counted: readonly CountedBy[],
): EventDetail['countedBy'] {
  const rows = new Map(
    page.rows.map(({ row }) => [seriesKeyOf({ stream: row.stream, slo: row.slo, labels: row.labels }), row]),
  );
  const names = new Map(
    page.facts.filter((one) => one.stream === stream).map((one) => [one.slo, one.displayName]),
  );
  return counted
    .map(({ slo, labels, countedAs }) => ({
      ...{ slo, displayName: names.get(slo) ?? slo, labels, countedAs },
      series: rows.get(seriesKeyOf({ stream, slo, labels }))?.series ?? null,
    }))
    .sort((a, b) => AS_RANK[a.countedAs] - AS_RANK[b.countedAs] || (a.slo < b.slo ? -1 : 1));
}
