import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';
import { BatchFault } from './batch-fault.ts';
import { compressLz4Frame, decompressLz4Frame, FRAME_BYTES_MAX, readLz4Frame } from './lz4/lz4-frames.ts';
import type { Lz4Memory } from './lz4/lz4-memory.ts';

export type KafkaCompression = 'lz4' | 'gzip' | 'none';

/** As the attributes of a batch name them. */
export const CODEC = { none: 0, gzip: 1, lz4: 3 } as const;

const gzipBytes = promisify(gzip);

export async function compress(body: Buffer, compression: KafkaCompression): Promise<Buffer | null> {
  if (compression === 'none') return null;
  return compression === 'lz4' ? compressLz4Frame(body) : gzipBytes(body, { level: 1 });
}

/** In memory of their own. Throws for what cannot be read, and for a batch that holds more than FRAME_BYTES_MAX. */
export function decompress(body: Buffer, codec: number): Buffer {
  if (codec === CODEC.none) return body;
  if (codec === CODEC.lz4) return decompressLz4Frame(body);
  if (codec === CODEC.gzip) return gunzipSync(body, { maxOutputLength: FRAME_BYTES_MAX });
  throw new BatchFault(`compression codec ${codec}`);
}

/** Memory that is lent to a reader, who gives it back as a whole; and how much of it this batch may take. */
export interface LentMemory {
  readonly memory: Lz4Memory;
  readonly bytesMax: number;
}

/** In memory that is used again; null where the bytes need memory of their own, or where there is no room. */
export function decompressInto({ memory, bytesMax }: LentMemory, body: Buffer, codec: number): Buffer | null {
  return codec === CODEC.lz4 ? readLz4Frame(body, memory, bytesMax) : null;
}
