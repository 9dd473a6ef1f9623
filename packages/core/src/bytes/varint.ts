/** Seven bits a byte, the lowest first, the top bit set on all but the last: as Avro, Kafka and ClickHouse write counts. */

/** Most bytes that a whole number up to 2^53 takes. */
export const VARINT_BYTES_MAX = 8;

const BIT_OPERATORS_MAX = 0x7fff_ffff;

/**
 * Writes a whole number from 0 to 2^53; returns the position after it. The caller has checked the value and made room.
 * For signed ones: `zigzag` first.
 */
export function writeVarint(target: Uint8Array, start: number, value: number): number {
  let position = start;
  let rest = value;
  while (rest > BIT_OPERATORS_MAX) {
    target[position++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
}

/** How many bytes `writeVarint` takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** Signed numbers as unsigned ones of about twice the size: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4. Exact from -2^52 to 2^52. */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
