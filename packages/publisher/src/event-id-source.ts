import { randomFillSync } from 'node:crypto';

const UUID_BYTES = 16;
/** Random bytes are drawn in one call for so many ids: a call costs more than the bytes. */
const POOL_IDS = 256;
const TIME_BYTES = 6;
const VERSION_7 = 0x70;
const VARIANT_RFC = 0x80;

/**
 * Makes ids: UUIDs of version 7 (RFC 9562), 48 bits of epoch milliseconds and 74 random ones. Each has bytes of its own.
 */
export function createEventIdSource(): (epochMs: number) => Uint8Array {
  const pool = new Uint8Array(POOL_IDS * UUID_BYTES);
  let used = pool.length;
  return (epochMs) => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const id = pool.slice(used, used + UUID_BYTES);
    used += UUID_BYTES;
    let rest = Math.floor(epochMs);
    for (let index = TIME_BYTES - 1; index >= 0; index -= 1) {
      id[index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    id[6] = ((id[6] ?? 0) & 0x0f) | VERSION_7;
    id[8] = ((id[8] ?? 0) & 0x3f) | VARIANT_RFC;
    return id;
  };
}
