/**
 * CRC-32C (Castagnoli), which Kafka demands of every batch; Node's zlib has the other CRC-32 alone. Eight tables, eight
 * bytes a step: about five times as fast as one byte a step, and a batch is checked as a whole.
 */
const POLYNOMIAL = 0x82f6_3b78;
const TABLE_COUNT = 8;
const TABLES = buildTables();

/** Of the bytes from `start` to the end. */
export function crc32c(bytes: Uint8Array, start = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = -1;
  let index = start;
  for (const last = bytes.length - TABLE_COUNT; index <= last; index += TABLE_COUNT) {
    crc ^=
      at(bytes, index) |
      (at(bytes, index + 1) << 8) |
      (at(bytes, index + 2) << 16) |
      (at(bytes, index + 3) << 24);
    crc =
      at(t7, crc & 0xff) ^
      at(t6, (crc >>> 8) & 0xff) ^
      at(t5, (crc >>> 16) & 0xff) ^
      at(t4, crc >>> 24) ^
      at(t3, at(bytes, index + 4)) ^
      at(t2, at(bytes, index + 5)) ^
      at(t1, at(bytes, index + 6)) ^
      at(t0, at(bytes, index + 7));
  }
  for (; index < bytes.length; index += 1) crc = at(t0, (crc ^ at(bytes, index)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function at(values: Uint8Array | Int32Array, index: number): number {
  return values[index] ?? 0;
}

type Tables = readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

function buildTables(): Tables {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  const tables = [first];
  while (tables.length < TABLE_COUNT) {
    const previous = tables.at(-1) ?? first;
    tables.push(previous.map((crc) => (crc >>> 8) ^ at(first, crc & 0xff)));
  }
  return tables as unknown as Tables;
}
