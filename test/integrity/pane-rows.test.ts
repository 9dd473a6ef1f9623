import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import type { SliPlan } from '@burnline/core';
import { createPaneWork, SpecCatalog } from '@burnline/counting';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/** Rows as the processor writes them, in bytes, read back from the real engine: every column of every row. */
const SETTINGS = { paneMs: 10_000, intervalMs: 60_000, chunkEventsMax: 1, repeatWindowMessages: 1 };
const NOW_S = Math.floor(Date.now() / SETTINGS.intervalMs) * (SETTINGS.intervalMs / 1_000);

const schemas = loadPackageSchemas();
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

const count = fc.oneof(fc.nat(300), fc.constantFrom(2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER));
const sum = fc.oneof(count, fc.integer(), fc.constantFrom(-(2 ** 32), Number.MIN_SAFE_INTEGER));
/** Some thousand bytes at times: an insert's first buffer is too small for all rows. */
const name = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.constantFrom(1, 1, 1, 50))
  .map(([text, times]) => text.repeat(times));
const SUMS = ['output_tokens', 'cost_nano_usd'];

/** Sums beyond 2^53, for which the row has set something aside. */
const bigSum = fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n });
const extraOf = fc.record({
  good: count,
  total: count,
  excluded: count,
  zeroCount: count,
  sums: fc.tuple(bigSum, bigSum),
  missing: fc.tuple(count, count),
  histogram: fc.dictionary(fc.integer({ min: -32_768, max: 32_767 }).map(String), count),
});
const bucketsOf = (counts: Readonly<Record<string, number>>): Map<number, number> =>
  new Map(Object.entries(counts).map(([bucket, times]) => [Number(bucket), times]));
const entriesOf = (fields: readonly string[], values: readonly (number | bigint)[]): Record<string, string> =>
  Object.fromEntries(fields.map((field, index) => [field, String(values[index])]));
const withoutZeros = (entries: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== '0'));

const rowOf = fc.record({
  name,
  sums: fc.array(sum, { maxLength: SUMS.length }),
  carried: fc.option(fc.tuple(bigSum, bigSum)),
  missing: fc.tuple(count, count),
  extra: fc.option(extraOf),
  series: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  pane: fc.nat(200_000_000),
  version: fc.nat(),
  good: count,
  total: count,
  excluded: count,
  zeroCount: count,
  buckets: fc.option(fc.dictionary(fc.integer({ min: -32_768, max: 32_767 }).map(String), count)),
});

it('are in the table as they were counted', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(rowOf, { minLength: 1, maxLength: 40 }),
      fc.nat(65_535),
      async (drawn, partition) => {
        run += 1;
        const epoch = {
          epoch: `live@${run}`,
          stream: 'live',
          topic: 't',
          clock: 'live' as const,
          partitionCount: 1,
          startOffsets: [0],
          createdAtMs: 0,
        };
        const rows = drawn.map((row, index) => ({
          // The number keeps the keys apart.
          sli: {
            slo: `${index} ${row.name}`,
            specRev: 'r',
            sums: SUMS.slice(0, row.sums.length),
          } as unknown as SliPlan,
          identity: { series: String(row.series), labels: {} },
          ...row,
          missing: row.missing.slice(0, row.sums.length),
          histogram: row.buckets === null ? null : bucketsOf(row.buckets),
          extra:
            row.extra === null
              ? null
              : {
                  ...row.extra,
                  sums: row.extra.sums.slice(0, row.sums.length),
                  missing: row.extra.missing.slice(0, row.sums.length),
                  histogram: bucketsOf(row.extra.histogram),
                },
          isDirty: false,
        }));
        const work = createPaneWork({
          store: database.store,
          settings: SETTINGS,
          catalog: new SpecCatalog(database.store),
          schemas,
          decoder: createBatchDecoder(schemas),
        });
        const snapshot = {
          partition: { topic: 't', partition },
          chunks: [{ firstOffset: 2 ** 40, intervalNumber: (NOW_S * 1_000) / SETTINGS.intervalMs, rows }],
          closings: [],
          specBegins: [],
          specSet: { id: '', revisions: [] },
        } as unknown as Parameters<typeof work.write>[0][number];
        await work.write([snapshot], () => epoch);
        const found = await database.store.query(
          `SELECT stream, partition, chunk, toUnixTimestamp(log_interval) AS interval, toUnixTimestamp(kept_since) AS since,
           slo, spec_rev, toString(series) AS series, toUnixTimestamp(pane) AS pane, version, good, total, excluded,
           CAST(sums, 'Map(String, String)') AS sums, CAST(missing, 'Map(String, String)') AS missing, histogram, zero_count,
           good_extra, total_extra, excluded_extra, zero_extra, CAST(sums_extra, 'Map(String, String)') AS sums_extra,
           CAST(missing_extra, 'Map(String, String)') AS missing_extra, histogram_extra
         FROM sli_panes FINAL WHERE stream_epoch = {epoch:String}
         ORDER BY toUInt32(splitByChar(' ', slo)[1])`,
          { epoch: epoch.epoch },
        );
        expect(found).toEqual(
          rows.map((row) => ({
            stream: 'live',
            partition,
            chunk: 2 ** 40,
            interval: NOW_S,
            since: NOW_S,
            slo: row.sli.slo,
            spec_rev: 'r',
            series: row.identity.series,
            pane: row.pane * (SETTINGS.paneMs / 1_000),
            version: row.version,
            good: row.good,
            total: row.total,
            excluded: row.excluded,
            sums: entriesOf(
              row.sli.sums,
              row.sums.map((one, index) => BigInt(one) + (row.carried?.[index] ?? 0n)),
            ),
            missing: withoutZeros(entriesOf(row.sli.sums, row.missing)),
            histogram: Object.fromEntries(row.histogram ?? []),
            zero_count: row.zeroCount,
            good_extra: row.extra?.good ?? 0,
            total_extra: row.extra?.total ?? 0,
            excluded_extra: row.extra?.excluded ?? 0,
            zero_extra: row.extra?.zeroCount ?? 0,
            sums_extra: row.extra === null ? {} : entriesOf(row.sli.sums, row.extra.sums),
            missing_extra: row.extra === null ? {} : withoutZeros(entriesOf(row.sli.sums, row.extra.missing)),
            histogram_extra: Object.fromEntries(row.extra?.histogram ?? []),
          })),
        );
      },
    ),
    { numRuns: 25 },
  );
});
