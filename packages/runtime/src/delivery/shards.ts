import { crc32 } from 'node:zlib';

/** Which SLOs a process judges: those whose shard it holds. */
export interface ShardShare {
  /** Into how many shards the SLOs are divided; the same in every process. */
  readonly count: number;
  readonly held: readonly number[];
}

/** One process judges everything. */
export const WHOLE_SHARE: ShardShare = { count: 1, held: [0] };

export function shardOf(slo: string, count: number): number {
  return crc32(slo) % count;
}

/** The same in SQL, over a column `slo`. */
export const SHARD_SQL = 'CRC32(slo) % {shardCount:UInt32} = {shard:UInt32}';
