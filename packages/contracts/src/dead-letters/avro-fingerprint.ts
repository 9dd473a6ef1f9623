/** The polynomial of CRC-64-AVRO, and the fingerprint of nothing: the Avro specification's own number. */
const EMPTY = 0xc15d213aa4d7a795n;

/** CRC-64-AVRO of a schema's Parsing Canonical Form, eight bytes, little-endian: as single-object encoding has it. */
export function avroFingerprint(canonicalForm: string): Uint8Array {
  let fingerprint = EMPTY;
  for (const byte of new TextEncoder().encode(canonicalForm)) {
    fingerprint = (fingerprint >> 8n) ^ shifted((fingerprint ^ BigInt(byte)) & 0xffn);
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, fingerprint, true);
  return bytes;
}

function shifted(byte: bigint): bigint {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value >> 1n) ^ (EMPTY & -(value & 1n));
  return value;
}
