const BYTES_PER_LINE = 16;

/** Bytes as `hexdump -C` shows them: offset, hexadecimal, printable ASCII. */
export function hexdump(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += BYTES_PER_LINE) {
    const line = [...bytes.subarray(start, start + BYTES_PER_LINE)];
    const hex = line.map((byte) => byte.toString(16).padStart(2, '0'));
    const halves = [hex.slice(0, 8).join(' ').padEnd(23), hex.slice(8).join(' ').padEnd(23)].join('  ');
    const text = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${start.toString(16).padStart(8, '0')}  ${halves}  |${text}|`);
  }
  return lines;
}
