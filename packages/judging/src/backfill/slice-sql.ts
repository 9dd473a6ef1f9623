import { planSql, type ColumnOf } from '@burnline/contracts';
import {
  OTHER_LABEL,
  bucketIndexSql,
  fieldSql,
  histogramFieldOf,
  isGoodSum,
  referenceParts,
  sqlText,
  sumValueSql,
  type SliPlan,
} from '@burnline/core';
import { categoryBucketSql, isOfEntities } from '@burnline/counting';
import { spanRecordsSql, type RawSpan } from './raw-sources.ts';

/** Above so many bytes, grouping and sorting go on from disk. */
const SPILL_BYTES = 512 * 1024 * 1024;
const SLICE_SETTINGS = `SETTINGS max_bytes_before_external_group_by = ${SPILL_BYTES}, max_bytes_before_external_sort = ${SPILL_BYTES}`;

const LEVELS = [
  ['pane', null],
  ['5m', 300],
  ['1h', 3_600],
  ['1d', 86_400],
] as const;

export interface SliceJob {
  readonly plan: SliPlan;
  readonly span: RawSpan;
  readonly stream: string;
  readonly paneMs: number;
  /** Panes from here on have rows of their own, epoch seconds. */
  readonly panesFromS: number;
  /** Tells the slices of a backfill apart in the archive. */
  readonly number: number;
  /** Whether it has more groups than a chunk may: only then it matters which chunk a record lies in. */
  readonly isCapped: boolean;
  readonly column: ColumnOf;
}

/** A slice of which it is not known yet how many groups it has. */
export type UncountedSlice = Omit<SliceJob, 'isCapped'>;

/**
 * Records within the scope, each with its labels, pane and the cell it is counted in: its pane, or the 5 minutes around it
 * where panes have no rows of their own.
 */
function scopedSql(
  { plan, span, paneMs, panesFromS, column }: UncountedSlice,
  columns: readonly string[] = [],
): string {
  const { isInScope, labels } = planSql(plan, column);
  return `SELECT *, ${labels} AS labels,
      intDiv(intDiv(toUnixTimestamp64Micro(counted_at), ${paneMs * 1_000}) * ${paneMs}, 1000) AS pane_s,
      if(pane_s >= ${panesFromS}, pane_s, intDiv(pane_s, 300) * 300) AS cell_s
    FROM (${spanRecordsSql(plan, span, columns)}) WHERE ${isInScope}`;
}

/** The same, each with its chunk; with an interval also where its interval of log time begins, `seen_s`. */
function chunkedSql(job: SliceJob, intervalMs: number | null): string {
  const { span } = job;
  const [from, to] = [
    Math.min(...span.ranges.map((one) => one.from)),
    Math.max(...span.ranges.map((one) => one.to)),
  ];
  // What lies after the last closing is one more chunk, and was logged in that closing's interval or later.
  const seen =
    intervalMs === null
      ? ''
      : `, if(r.offset < c.next_chunk, closed_s, greatest(closed_s,
          intDiv(toUnixTimestamp64Milli(r.log_time), ${intervalMs}) * ${intervalMs / 1_000})) AS seen_s`;
  const records = scopedSql(job, intervalMs === null ? [] : ['log_time']);
  return `SELECT r.*, if(r.offset < c.next_chunk, c.chunk, c.next_chunk) AS chunk_start${seen} FROM (${records}) AS r
    ASOF LEFT JOIN (
      SELECT DISTINCT partition, chunk, next_chunk, toInt64(toUnixTimestamp(log_interval)) AS closed_s FROM chunk_closings
      WHERE stream_epoch = ${sqlText(span.epoch)} AND chunk < ${to} AND next_chunk >= ${from}
    ) AS c ON c.partition = r.partition AND r.offset >= c.chunk`;
}

/**
 * Groups of records with their aggregates, per `cell` where one is named, and the labels that count: of each chunk the first
 * N groups in log order have their own, the rest counts together. A slice of no more than N groups has them in every chunk.
 * With an interval `seen_s` may be of the cell.
 */
function groupsSql(
  job: SliceJob,
  aggregates: readonly string[],
  cell: readonly string[],
  intervalMs: number | null = null,
): string {
  const { dimensions, seriesCountMax } = job.plan.groupBy;
  if (!job.isCapped) {
    const columns = ['labels', ...cell];
    const records = intervalMs === null ? scopedSql(job) : chunkedSql(job, intervalMs);
    return `SELECT *, labels AS counted_labels
      FROM (SELECT ${[...columns, ...aggregates].join(', ')} FROM (${records}) GROUP BY ${columns.join(', ')})`;
  }
  const columns = ['partition', 'chunk_start', 'labels', ...cell];
  const groups = `SELECT ${[...columns, FIRST, ...aggregates].join(', ')} FROM (${chunkedSql(job, intervalMs)}) GROUP BY ${columns.join(', ')}`;
  const others = `[${dimensions.map(() => sqlText(OTHER_LABEL)).join(', ')}]`;
  return `SELECT *, if(dense_rank() OVER (PARTITION BY partition, chunk_start ORDER BY group_first) <= ${seriesCountMax},
      labels, ${others}) AS counted_labels
    FROM (SELECT *, min(first) OVER (PARTITION BY partition, chunk_start, labels) AS group_first FROM (${groups}))`;
}

const FIRST = 'min((offset, event_index, item)) AS first';

/** First eight bytes of SHA-256 over `name=value` lines, big-endian: seriesIdentityOf. */
function seriesSql(plan: SliPlan): string {
  const { dimensions } = plan.groupBy;
  if (dimensions.length === 0) return 'toUInt64(0)';
  const lines = dimensions.map(
    (dimension, index) => `${sqlText(`${dimension}=`)}, counted_labels[${index + 1}], '\\n'`,
  );
  return `reinterpretAsUInt64(reverse(substring(SHA256(concat(${lines.join(', ')})), 1, 8)))`;
}

export const SERIES_COLUMNS = ['slo', 'spec_rev', 'series', 'labels'] as const;

/** SELECT of rows of a table that says what series are called. Sets nothing: readers may not. */
export interface SeriesSelect {
  readonly table: 'series' | 'entities';
  readonly sql: string;
}

/** What the series of the slice are called; entities, and what a cap left over of them, each where they are looked for. */
export function seriesSelectsSql(job: SliceJob): readonly SeriesSelect[] {
  const isOther = `has(counted_labels, ${sqlText(OTHER_LABEL)})`;
  if (!isOfEntities(job.plan)) return [seriesSelectSql(job, 'series', '1')];
  const { slo, specRev } = job.plan;
  return [
    seriesSelectSql(job, 'entities', `NOT ${isOther}`),
    seriesSelectSql(job, 'series', isOther),
    { table: 'series', sql: `SELECT ${sqlText(slo)}, ${sqlText(specRev)}, 0, map()` },
  ];
}

function seriesSelectSql(job: SliceJob, table: SeriesSelect['table'], isNamed: string): SeriesSelect {
  const { plan } = job;
  const names = plan.groupBy.dimensions.map(sqlText);
  const labels = names.length === 0 ? 'map()' : `mapFromArrays([${names.join(', ')}], counted_labels)`;
  const sql = `SELECT DISTINCT ${sqlText(plan.slo)}, ${sqlText(plan.specRev)}, ${seriesSql(plan)}, ${labels}
    FROM (${groupsSql(job, [], [])}) WHERE ${isNamed}`;
  return { table, sql };
}

/** Writes what the series of the slice are called. */
export const seriesInsertsSql = (job: SliceJob): readonly string[] =>
  seriesSelectsSql(job).map(
    ({ table, sql }) => `INSERT INTO ${table} (${SERIES_COLUMNS.join(', ')}) ${sql} ${SLICE_SETTINGS}`,
  );

/** How many records of the slice are within the scope, and of how many groups. */
export function scopedCountSql(slice: UncountedSlice): string {
  return `SELECT count() AS records, uniqExact(labels) AS group_count FROM (${scopedSql(slice)})`;
}

/** Aggregates of a group: what SliCounter adds up. */
function countsSql({ plan, column }: SliceJob): readonly string[] {
  const { isTotal, isGood } = planSql(plan, column);
  const sums = plan.sums.flatMap((sum, index) => {
    const summed = sumValueSql(sum, column);
    const isCounted = isGoodSum(sum) ? 'is_good' : 'is_total';
    const value = `toInt128(ifNull(${summed}, 0))`;
    const isMissing = `${isCounted} AND isNull(${summed})`;
    return [
      `sumIf(${value}, ${isCounted}) AS sum_${index}`,
      `sumIf(${value} * extra, ${isCounted}) AS sum_extra_${index}`,
      `countIf(${isMissing}) AS missing_${index}`,
      `sumIf(extra, ${isMissing}) AS missing_extra_${index}`,
    ];
  });
  return [
    'count() AS records',
    `countIf(${isTotal} AS is_total) AS total`,
    'countIf(NOT is_total) AS excluded',
    `countIf((is_total AND ${isGood}) AS is_good) AS good`,
    'sumIf(extra, is_total) AS total_extra',
    'sumIf(extra, NOT is_total) AS excluded_extra',
    'sumIf(extra, is_good) AS good_extra',
    ...sums,
    ...histogramSql(plan, column),
    'min(pane_s) AS first_pane_s',
    'max(kept_since) AS kept',
  ];
}

/**
 * Of a histogram the buckets of the records one by one: maps of counts are built once, for the rows that are written. Adding
 * up maps took two thirds of a grouped backfill.
 */
function histogramSql({ histogram }: SliPlan, column: ColumnOf): readonly string[] {
  if (histogram === null) return NO_ZEROS;
  const bucketsSql = (bucket: string, isMeasured: string): readonly string[] => [
    `groupArrayIf(${bucket} AS bucket, ${isMeasured}) AS buckets`,
    `groupArrayIf((bucket, extra), ${isMeasured} AND extra > 0) AS buckets_extra`,
  ];
  const { field, key } = referenceParts(histogramFieldOf(histogram));
  const entry = (map: string, name: string): string =>
    `if(mapContains(${map}, ${sqlText(name)}), ${map}[${sqlText(name)}], NULL)`;
  const measured = key === null ? fieldSql(field, column) : entry(column(field), key);
  if ('categoryOf' in histogram) {
    const text = `ifNull(toString(${measured}), '')`;
    return [
      ...NO_ZEROS,
      ...bucketsSql(categoryBucketSql(text, histogram), `is_total AND isNotNull(${measured})`),
    ];
  }
  const value = `toFloat64(ifNull(${measured}, -1))`;
  return [
    `countIf(is_total AND (${value} AS measured) = 0) AS zeros`,
    'sumIf(extra, is_total AND measured = 0) AS zeros_extra',
    ...bucketsSql(
      bucketIndexSql('measured', histogram.scale),
      'is_total AND measured > 0 AND isFinite(measured)',
    ),
  ];
}

const NO_ZEROS = ['toUInt64(0) AS zeros', 'toUInt64(0) AS zeros_extra'];
const NO_BUCKETS = "CAST(map(), 'Map(Int16, UInt64)')";

/** Map of how often each bucket is there: where a run of the sorted ones begins, and how long it is. */
function bucketCountsSql({ histogram }: SliPlan): string {
  if (histogram === null) return NO_BUCKETS;
  const sorted = '(arraySort(groupArrayArray(buckets)) AS sorted)';
  const starts = `arrayFilter((place, step) -> place = 1 OR step != 0, arrayEnumerate(${sorted}), arrayDifference(sorted))`;
  const counts = `arrayPopFront(arrayDifference(arrayPushBack(${starts}, length(sorted) + 1)))`;
  return `CAST((arrayCompact(sorted), ${counts}), 'Map(Int16, UInt64)')`;
}

/** Map of what the events of each bucket stand for beyond themselves. */
function bucketExtrasSql({ histogram }: SliPlan): string {
  if (histogram === null) return NO_BUCKETS;
  return "arrayReduce('sumMap', arrayMap(pair -> map(pair.1, toUInt64(pair.2)), groupArrayArray(buckets_extra)))";
}

/** A map of one sum of each summed field; of those that are not zero where the stream keeps no others. */
function byField(plan: SliPlan, sum: string, isSparse: boolean): string {
  if (plan.sums.length === 0) return 'map()';
  const entries = plan.sums.map((field, index) => `${sqlText(field)}, sum(${sum}_${index})`);
  const map = `map(${entries.join(', ')})`;
  return isSparse ? `mapFilter((k, v) -> v != 0, ${map})` : map;
}

/** Columns of counts, as rows of panes and of the archive both have them. */
const COUNT_COLUMNS = `good, total, excluded, sums, missing, histogram, zero_count, good_extra, total_extra, excluded_extra,
  sums_extra, missing_extra, histogram_extra, zero_extra`;

/** Sums over groups for these columns. */
const countColumnsSql = (plan: SliPlan): string =>
  `sum(good), sum(total), sum(excluded), ${byField(plan, 'sum', false)}, ${byField(plan, 'missing', true)},
      ${bucketCountsSql(plan)}, sum(zeros), sum(good_extra), sum(total_extra), sum(excluded_extra), ${byField(plan, 'sum_extra', true)},
      ${byField(plan, 'missing_extra', true)}, ${bucketExtrasSql(plan)}, sum(zeros_extra)`;

/** Writes the archive rows of a slice, every level complete in itself. */
export function archiveInsertSql(job: SliceJob): string {
  const { plan, span, stream, paneMs, panesFromS } = job;
  const groups = groupsSql(job, countsSql(job), ['cell_s']);
  const widths = LEVELS.map(([level, widthS]) => `('${level}', ${widthS ?? paneMs / 1_000})`);
  return `INSERT INTO sli_archive (stream, stream_epoch, slo, spec_rev, series, level, bucket, source_kind, source, version,
      ${COUNT_COLUMNS}, first_pane, kept_since)
    SELECT ${sqlText(stream)}, ${sqlText(span.epoch)}, ${sqlText(plan.slo)}, ${sqlText(plan.specRev)}, series_key,
      width.1 AS level_name, toDateTime(intDiv(cell_s, width.2) * width.2) AS bucket_start, 'backfill', toDateTime(${job.number}),
      sum(records), ${countColumnsSql(plan)}, toDateTime(min(first_pane_s)), max(kept)
    FROM (SELECT *, ${seriesSql(plan)} AS series_key FROM (${groups}))
    ARRAY JOIN arrayFilter(one -> one.1 != 'pane' OR cell_s >= ${panesFromS}, [${widths.join(', ')}]) AS width
    GROUP BY series_key, level_name, bucket_start ${SLICE_SETTINGS}`;
}

/** Columns of `paneRowsSql`. */
export const PANE_COLUMNS: readonly string[] = [
  ...[
    'stream',
    'stream_epoch',
    'slo',
    'spec_rev',
    'series',
    'pane',
    'partition',
    'chunk',
    'version',
    'log_interval',
  ],
  ...COUNT_COLUMNS.split(/,\s+/),
  'kept_since',
];

/**
 * SELECT of the slice's rows as sli_panes has them, one for all chunks of an interval of log time: a history of them is judged
 * as that of the chunks is. In place of partition and first offset stand the slice and the interval, which keeps them apart.
 * Sets nothing.
 */
export function paneRowsSql(
  job: SliceJob,
  { intervalMs, keptSinceS }: { readonly intervalMs: number; readonly keptSinceS: number },
): string {
  const { plan, span, stream } = job;
  const groups = groupsSql(job, countsSql(job), ['cell_s', 'seen_s'], intervalMs);
  return `SELECT ${sqlText(stream)}, ${sqlText(span.epoch)}, ${sqlText(plan.slo)}, ${sqlText(plan.specRev)}, series_key,
      cell_s, ${job.number}, seen_s, 1, seen_s, ${countColumnsSql(plan)}, ${keptSinceS}
    FROM (SELECT *, ${seriesSql(plan)} AS series_key FROM (${groups}))
    GROUP BY series_key, cell_s, seen_s`;
}
