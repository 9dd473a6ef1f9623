/**
 * Reads ClickHouse's RowBinaryWithNamesAndTypes, by the description of the format alone: a second opinion on the bytes that
 * the processor sends.
 */
class RowBinaryReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#take(1)[0]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    return this.#take(this.varint()).toString();
  }

  value(type: string): unknown {
    const map = /^Map\((.+), (\w+)\)$/.exec(type);
    if (map !== null) return this.#map(map[1]!, map[2]!);
    switch (type) {
      case 'LowCardinality(String)':
        return this.text();
      case 'Int16':
        return this.#take(2).readInt16LE();
      case 'UInt16':
        return this.#take(2).readUInt16LE();
      case "DateTime('UTC')":
        return this.#take(4).readUInt32LE();
      case 'Int64':
        return Number(this.#take(8).readBigInt64LE());
      case 'Int128': {
        const low = this.#take(8).readBigUInt64LE();
        const value = (this.#take(8).readBigInt64LE() << 64n) + low;
        const isExact = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
        return isExact ? Number(value) : String(value);
      }
      case 'UInt64': {
        const value = this.#take(8).readBigUInt64LE();
        return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
      }
      default:
        throw new Error(`no type ${type}`);
    }
  }

  #map(keyType: string, valueType: string): Record<string, unknown> {
    const entries = Array.from({ length: this.varint() }, () => [this.value(keyType), this.value(valueType)]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  }

  #take(length: number): Buffer {
    this.#position += length;
    if (this.#position > this.#bytes.length) throw new RangeError('the rows break off');
    return this.#bytes.subarray(this.#position - length, this.#position);
  }
}

export function readRowBinaryRows(bytes: Uint8Array): Record<string, unknown>[] {
  const reader = new RowBinaryReader(bytes);
  const names = Array.from({ length: reader.varint() }, () => reader.text());
  const types = names.map(() => reader.text());
  const rows: Record<string, unknown>[] = [];
  while (!reader.isAtEnd) {
    rows.push(Object.fromEntries(names.map((name, index) => [name, reader.value(types[index]!)])));
  }
  return rows;
}
