/**
 * Which events of a sampled stream are kept: one of `oneIn` keys, whoever decides and whenever. All that shares a key is kept
 * or left out together, a key that is kept at one rate is kept at every milder one, and an event that is sent again meets
 * the same decision. What is kept stands for `oneIn` events: a whole number, so that sums stay sums of integers.
 */
const VALUES = 2 ** 32;
const POLYNOMIAL = 0xedb88320;

/**
 * Who decides. What the second one sees the first has let through: by numbers of its own it keeps as large a share of
 * that as of all.
 */
export type SamplingStage = 'publisher' | 'collector';

/** Any number: it parts the numbers of the collector from those of publishers. */
const COLLECTOR_SALT = 0x9e3779b9;

/**
 * Whether a key is one of those that are kept. The share of all keys that are is 1 / `oneIn`, to within `oneIn` / 2^32 of itself.
 *
 * @param oneIn a whole number from 1 to SAMPLE_WEIGHT_MAX
 */
export function isKept(key: string, oneIn: number, stage: SamplingStage): boolean {
  if (oneIn <= 1) return true;
  const number = sampleNumberOf(key);
  return (stage === 'publisher' ? number : mixed(number ^ COLLECTOR_SALT)) * oneIn < VALUES;
}

/** By what an event is kept or left out: its request, so that all attempts stay together, else its trace, else itself. */
export function sampleKeyOf(
  { request_id, trace_id }: { readonly request_id: string; readonly trace_id: string },
  idOf: () => string,
): string {
  if (request_id !== '') return request_id;
  return trace_id === '' ? idOf() : trace_id;
}

/**
 * A number from 0 to 2^32 - 1, evenly spread over keys however alike they are: CRC-32 of the UTF-16 code units, low byte
 * first, mixed by MurmurHash3's finalizer. Publishers in other languages compute the same.
 */
export function sampleNumberOf(key: string): number {
  let crc = -1;
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index);
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ unit) & 0xff] ?? 0);
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (unit >>> 8)) & 0xff] ?? 0);
  }
  return mixed(~crc);
}

function mixed(value: number): number {
  let mixing = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35);
  return (mixing ^ (mixing >>> 16)) >>> 0;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});
