import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';
import { BatchFault } from './batch-fault.ts';
import { compressLz4Frame, decompressLz4Frame } from './lz4-frames.ts';

export type KafkaCompression = 'lz4' | 'gzip' | 'none';

/** As the attributes of a batch name them. */
export const CODEC = { none: 0, gzip: 1, lz4: 3 } as const;

const gzipBytes = promisify(gzip);

export async function compress(body: Buffer, compression: KafkaCompression): Promise<Buffer | null> {
  if (compression === 'none') return null;
  return compression === 'lz4' ? compressLz4Frame(body) : gzipBytes(body, { level: 1 });
}

export function decompress(body: Buffer, codec: number): Buffer {
  if (codec === CODEC.none) return body;
  if (codec === CODEC.lz4) return decompressLz4Frame(body);
  if (codec === CODEC.gzip) return gunzipSync(body);
  throw new BatchFault(`compression codec ${codec}`);
}
