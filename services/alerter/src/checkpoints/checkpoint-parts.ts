import { gunzipSync, gzipSync } from 'node:zlib';
import { randomUUID } from 'node:crypto';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Raised when the fold of the decision log changes its meaning: a checkpoint of another version is none, and the log is
 * read whole once.
 */
const VERSION = 1;
/** Well below what a message may have, with its header. */
const PART_BYTES = 500_000;

interface PartHeader {
  readonly version: number;
  /** Parts of one checkpoint share it: two writers may have appended side by side. */
  readonly id: string;
  readonly part: number;
  readonly partCount: number;
  /** Of the message before the checkpoint's offset, see `fingerprintOf`. */
  readonly fingerprint: string;
}

/** A checkpoint, and by what its log is known. */
export interface MarkedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly fingerprint: string;
}

/** A checkpoint as messages: each a line of JSON and a slice of the whole, which is compressed. */
export function encodeCheckpoint({ checkpoint, fingerprint }: MarkedCheckpoint): readonly Uint8Array[] {
  const body = gzipSync(JSON.stringify(checkpoint));
  const id = randomUUID();
  const partCount = Math.ceil(body.length / PART_BYTES);
  return Array.from({ length: partCount }, (_, part) => {
    const header: PartHeader = { version: VERSION, id, part, partCount, fingerprint };
    const slice = body.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), slice]);
  });
}

/** How many messages a checkpoint has of which one was read; null for what is no part of one. */
export function partCountOf(value: Uint8Array): number | null {
  return readPart(value)?.header.partCount ?? null;
}

/** The last checkpoint of which every part is among the messages, in their order; null if there is none. */
export function decodeLatest(values: readonly Uint8Array[]): MarkedCheckpoint | null {
  const found = new Map<string, { readonly header: PartHeader; readonly slices: Uint8Array[] }>();
  let latest: { readonly header: PartHeader; readonly slices: readonly Uint8Array[] } | null = null;
  for (const value of values) {
    const part = readPart(value);
    if (part === null) continue;
    const { header, slice } = part;
    const known = found.get(header.id) ?? { header, slices: [] };
    found.set(header.id, known);
    known.slices[header.part] = slice;
    if (Object.keys(known.slices).length === header.partCount) latest = known;
  }
  if (latest === null) return null;
  try {
    const text = gunzipSync(Buffer.concat(latest.slices)).toString();
    return { checkpoint: JSON.parse(text) as Checkpoint, fingerprint: latest.header.fingerprint };
  } catch {
    return null;
  }
}

function readPart(value: Uint8Array): { readonly header: PartHeader; readonly slice: Uint8Array } | null {
  const end = value.indexOf(0x0a);
  try {
    const header = JSON.parse(Buffer.from(value.subarray(0, end)).toString()) as PartHeader;
    return header.version === VERSION ? { header, slice: value.subarray(end + 1) } : null;
  } catch {
    return null;
  }
}
