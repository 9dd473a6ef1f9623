const BLOCK_BYTES_MAX = 128 * 1024;
/** A frame of one segment whose content size stands in four bytes. */
const DESCRIPTOR = 0xa0;

/** Bytes as zstd that does not compress (RFC 8878, section 3.1.1): Node 20 has no encoder. */
export function zstdStored(content: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  header.writeUInt8(DESCRIPTOR, 4);
  header.writeUInt32LE(content.length, 5);
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length; at += BLOCK_BYTES_MAX) {
    const block = content.subarray(at, at + BLOCK_BYTES_MAX);
    const isLast = at + BLOCK_BYTES_MAX >= content.length;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | Number(isLast), 0, 3);
    blocks.push(head, block);
  }
  return Buffer.concat([header, ...blocks]);
}
