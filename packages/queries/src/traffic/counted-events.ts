import { fieldsRead, planColumns, planSql, recordsSql } from '@burnline/contracts';
import { OTHER_LABEL, AppError, type SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** How an SLO counted a record. */
export const COUNTED_AS = ['good', 'bad', 'excluded'] as const;
export type CountedAs = (typeof COUNTED_AS)[number];

/** One record behind a figure: an inference event, or a verdict, also one that an event carried. */
export interface CountedEvent {
  /** When it counts, epoch microseconds. */
  readonly atMicros: number;
  readonly countedAs: CountedAs;
  /** How many events it stands for, to a thousandth: 1 unsampled. */
  readonly weight: number;
  /** Of the event, or of a verdict that came on its own. */
  readonly eventId: string;
  readonly requestId: string;
  /** Where it stands in the log, and its number among the verdicts of an event (0 of what is none of these). */
  readonly place: RecordPlace;
  /** What the SLO's predicates, dimensions and sums read of it, as its row has it. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface RecordPlace {
  readonly streamEpoch: string;
  readonly partition: number;
  readonly offset: number;
  readonly eventIndex: number;
  readonly item: number;
}

/** Where a page ended: the next one begins behind it. */
export interface CountedCursor extends RecordPlace {
  readonly atMicros: number;
}

/** Records of one series in a range of event time, which counts panes if it begins and ends with them. */
export interface CountedQuery extends TimeRange {
  readonly stream: string;
  /** The plan of the revision that is judged, see readJudgedSlos. */
  readonly plan: SliPlan;
  readonly labels: Readonly<Record<string, string>>;
  /** Only what was counted so; all by default. */
  readonly countedAs?: readonly CountedAs[];
  readonly limit: number;
  readonly after?: CountedCursor;
}

export interface CountedPage {
  readonly events: readonly CountedEvent[];
  /** The next page is the same question with this as `after`; null after the last one. */
  readonly next: CountedCursor | null;
  /** Groups overflowed the cap at some time, so that some of these events may be counted in `__other__` and not here. */
  readonly mayBeOther: boolean;
}

type CountedErrorCode = 'QUERY_SERIES_OTHER' | 'QUERY_LABELS_UNKNOWN';

/**
 * The raw rows behind a figure, oldest first, repeats left out: what a series counted in a range, and how, by the same SQL
 * as a backfill counts them. Raw rows live for 35 days. Where groups overflowed the cap, some of a series' events may be
 * counted in `__other__`, and its figure is lower by as much: the page says so.
 *
 * Rejects with QUERY_SERIES_OTHER for the series of what overflowed, which no row names, and with QUERY_LABELS_UNKNOWN for
 * labels that are not the SLO's dimensions.
 */
export async function readCountedEvents(store: Store, query: CountedQuery): Promise<CountedPage> {
  const { plan, after } = query;
  const rows = await store.query<CountedRow>(countedSql(plan, after !== undefined), {
    stream: query.stream,
    from: dateTimeOfMs(query.fromMs),
    to: dateTimeOfMs(query.toMs),
    labels: labelValues(plan, query.labels),
    slo: plan.slo,
    spec_rev: plan.specRev,
    other: OTHER_LABEL,
    counted_as: query.countedAs ?? COUNTED_AS,
    limit: query.limit + 1,
    ...(after === undefined ? {} : afterParams(after)),
  });
  const events = rows.slice(0, query.limit).map(eventOf);
  const last = events.at(-1);
  const isMore = rows.length > query.limit && last !== undefined;
  return {
    events,
    next: isMore ? { atMicros: last.atMicros, ...last.place } : null,
    mayBeOther: rows[0]?.may_be_other ?? false,
  };
}

interface CountedRow {
  at_micros: number;
  counted_as: CountedAs;
  extra: number;
  event_id: string;
  request_id: string | null;
  stream_epoch: string;
  partition: number;
  offset: number;
  event_index: number;
  item: number;
  may_be_other: boolean;
  /** Fields that the plan reads: columns of their own names would hide those above. */
  [field: `field ${string}`]: unknown;
}

const FIELD_PREFIX = 'field ';

const PLACE = 'at_micros, stream_epoch, partition, offset, event_index, item';
const AFTER = `({at_micros:Int64}, {stream_epoch:String}, {partition:UInt16}, {offset:UInt64}, {event_index:UInt16}, {item:UInt32})`;

const MAY_BE_OTHER = `(SELECT toBool(count() > 0) FROM series
  WHERE slo = {slo:String} AND spec_rev = {spec_rev:String} AND has(mapValues(labels), {other:String}))`;

/** One statement per plan: its predicates are SQL, its dimensions names that the spec checked; values are parameters. */
function countedSql(plan: SliPlan, isNextPage: boolean): string {
  const { isInScope, isTotal, isGood, labels } = planSql(plan, planColumns(plan));
  const records = recordsSql(plan, {
    where: (time) =>
      `stream = {stream:String} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')}`,
    columns: ['stream_epoch', 'event_id', 'request_id'],
  });
  const fields = fieldsRead(plan).map((field) => `, ${field} AS \`field ${field}\``);
  return `
SELECT ${PLACE}, counted_as, extra, event_id, request_id, ${MAY_BE_OTHER} AS may_be_other${fields.join('')}
FROM (
  SELECT *, toUnixTimestamp64Micro(counted_at) AS at_micros,
         multiIf(NOT ${isTotal}, 'excluded', ${isGood}, 'good', 'bad') AS counted_as
  FROM (${records})
  WHERE ${isInScope} AND ${labels} = {labels:Array(String)}
)
WHERE counted_as IN {counted_as:Array(String)}${isNextPage ? ` AND (${PLACE}) > ${AFTER}` : ''}
ORDER BY ${PLACE} LIMIT {limit:UInt32}`;
}

/** In the spec's order, which is that of the SQL. @throws AppError QUERY_SERIES_OTHER, QUERY_LABELS_UNKNOWN */
function labelValues(plan: SliPlan, labels: CountedQuery['labels']): readonly string[] {
  const { dimensions } = plan.groupBy;
  if (Object.values(labels).includes(OTHER_LABEL))
    throw new AppError<CountedErrorCode>(
      'QUERY_SERIES_OTHER',
      `${plan.slo}: which events ${OTHER_LABEL} holds is written in no row`,
      { remedy: 'Ask for one of the series that have labels of their own, or raise seriesMax of the SLO.' },
    );
  const isKnown =
    Object.keys(labels).length === dimensions.length && dimensions.every((name) => name in labels);
  if (!isKnown)
    throw new AppError<CountedErrorCode>(
      'QUERY_LABELS_UNKNOWN',
      `${plan.slo} has the dimensions ${dimensions.join(', ') || '(none)'}, not ${Object.keys(labels).join(', ') || '(none)'}`,
      { remedy: 'Give a value for each dimension of the SLO, and no other.' },
    );
  return dimensions.map((name) => labels[name] ?? '');
}

function eventOf(row: CountedRow): CountedEvent {
  const fields = Object.entries(row).flatMap(([name, value]) =>
    name.startsWith(FIELD_PREFIX) ? [[name.slice(FIELD_PREFIX.length), value] as const] : [],
  );
  return {
    atMicros: row.at_micros,
    countedAs: row.counted_as,
    weight: (1_000 + row.extra) / 1_000,
    eventId: row.event_id,
    requestId: row.request_id ?? '',
    place: {
      streamEpoch: row.stream_epoch,
      partition: row.partition,
      offset: row.offset,
      eventIndex: row.event_index,
      item: row.item,
    },
    fields: Object.fromEntries(fields),
  };
}

function afterParams(after: CountedCursor): Readonly<Record<string, unknown>> {
  return {
    at_micros: after.atMicros,
    stream_epoch: after.streamEpoch,
    partition: after.partition,
    offset: after.offset,
    event_index: after.eventIndex,
    item: after.item,
  };
}
