import { sqlText, type SliPlan } from '@burnline/core';
import type { Store, StreamEpoch } from '@burnline/runtime';
import { rawTablesOf, type OffsetRange, type RawSpan } from './raw-sources.ts';

/** An epoch whose raw rows are counted, up to where the revision begins. */
export interface BackfillEpoch {
  readonly epoch: StreamEpoch;
  /** First offset that the revision counts by itself, by partition. */
  readonly beginOffsets: readonly number[];
}

interface Slice {
  readonly span: RawSpan;
  readonly recordCount: number;
}

export interface SlicePlan {
  readonly slices: readonly Slice[];
  /** Time of the newest record, epoch seconds; 0 without one. */
  readonly newestS: number;
}

/** Steps in which a partition is looked at for where to cut it: what a plan holds in memory. */
const BLOCKS_PER_PARTITION_MAX = 4_096;

interface Block {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly recordCount: number;
  readonly keptMinS: number;
  readonly keptMaxS: number;
  readonly newestS: number;
}

/**
 * Cuts the raw rows below the begin offsets into slices of about `recordsMax` records. No cut goes through a chunk: the cap
 * of group values is decided per chunk.
 */
export async function planSlices(
  store: Store,
  plan: SliPlan,
  epochs: readonly BackfillEpoch[],
  recordsMax: number,
): Promise<SlicePlan> {
  const slices: Slice[] = [];
  let newestS = 0;
  for (const one of epochs) {
    const blocks = await readBlocks(store, plan, one);
    newestS = blocks.reduce((newest, block) => Math.max(newest, block.newestS), newestS);
    const ranges: { range: OffsetRange; blocks: readonly Block[] }[] = [];
    for (const [partition, begin] of one.beginOffsets.entries()) {
      const own = blocks.filter((block) => block.partition === partition);
      const cuts = await chunkStarts(store, one.epoch.epoch, partition, cutsOf(own, recordsMax));
      const bounds = [...new Set([0, ...cuts, begin])]
        .filter((bound) => bound <= begin)
        .sort((a, b) => a - b);
      bounds.slice(1).forEach((to, index) => {
        const range = { partition, from: bounds[index] ?? 0, to };
        const within = own.filter((block) => block.from < range.to && block.to > range.from);
        if (within.length > 0) ranges.push({ range, blocks: within });
      });
    }
    slices.push(...pack(one.epoch.epoch, ranges, recordsMax));
  }
  return { slices, newestS };
}

async function readBlocks(
  store: Store,
  plan: SliPlan,
  { epoch, beginOffsets }: BackfillEpoch,
): Promise<readonly Block[]> {
  const width = Math.max(1, Math.ceil(Math.max(0, ...beginOffsets) / BLOCKS_PER_PARTITION_MAX));
  const begins = `[${beginOffsets.join(', ')}]::Array(UInt64)`;
  const parts = rawTablesOf(plan).map(
    ({ table, recordCount, time }) =>
      `SELECT partition, intDiv(offset, ${width}) AS block, ${recordCount} AS records, kept_since, ${time} AS counted_at
       FROM ${table} WHERE stream_epoch = ${sqlText(epoch.epoch)} AND offset < ${begins}[partition + 1] AND NOT is_repeat`,
  );
  return store.query<Block>(
    `SELECT partition, block * ${width} AS from, (block + 1) * ${width} AS to, sum(records) AS recordCount,
       toUnixTimestamp(min(kept_since)) AS keptMinS, toUnixTimestamp(max(kept_since)) AS keptMaxS,
       toUnixTimestamp(max(counted_at)) AS newestS
     FROM (${parts.join(' UNION ALL ')}) WHERE records > 0 GROUP BY partition, block ORDER BY partition, block`,
  );
}

/** Offsets at which about `recordsMax` records have come since the cut before. */
function cutsOf(blocks: readonly Block[], recordsMax: number): readonly number[] {
  const cuts: number[] = [];
  let recordCount = 0;
  for (const block of blocks) {
    recordCount += block.recordCount;
    if (recordCount < recordsMax) continue;
    cuts.push(block.to);
    recordCount = 0;
  }
  return cuts;
}

/** For each cut the start of the next chunk; none where the chunk in progress goes on to the end. */
async function chunkStarts(
  store: Store,
  epoch: string,
  partition: number,
  cuts: readonly number[],
): Promise<readonly number[]> {
  const starts: number[] = [];
  for (const cut of cuts) {
    const rows = await store.query<{ start: number }>(
      `SELECT min(next_chunk) AS start FROM chunk_closings
       WHERE stream_epoch = {epoch:String} AND partition = {partition:UInt16} AND next_chunk >= {cut:UInt64} HAVING count() > 0`,
      { epoch, partition, cut },
    );
    starts.push(...rows.map((row) => row.start));
  }
  return starts;
}

/** Puts ranges together as long as they are few records: many small partitions are one statement. */
function pack(
  epoch: string,
  ranges: readonly { readonly range: OffsetRange; readonly blocks: readonly Block[] }[],
  recordsMax: number,
): readonly Slice[] {
  const packed: { ranges: OffsetRange[]; blocks: Block[]; recordCount: number }[] = [];
  for (const { range, blocks } of ranges) {
    const recordCount = blocks.reduce((sum, block) => sum + block.recordCount, 0);
    const last = packed.at(-1);
    if (last !== undefined && last.recordCount + recordCount <= recordsMax) {
      last.ranges.push(range);
      last.blocks.push(...blocks);
      last.recordCount += recordCount;
    } else packed.push({ ranges: [range], blocks: [...blocks], recordCount });
  }
  return packed.map((one) => ({
    span: {
      epoch,
      ranges: one.ranges,
      keptSinceMinS: one.blocks.reduce((least, block) => Math.min(least, block.keptMinS), Infinity),
      keptSinceMaxS: one.blocks.reduce((most, block) => Math.max(most, block.keptMaxS), 0),
    },
    recordCount: one.recordCount,
  }));
}
