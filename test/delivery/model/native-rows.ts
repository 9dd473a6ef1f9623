/**
 * Reads ClickHouse's Native blocks, by its types alone: a second opinion on the bytes that the sink sends. Throws for a type
 * that it does not know, and unless the block ends where its bytes do.
 */
class NativeReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  take(length: number): Buffer {
    this.#position += length;
    if (this.#position > this.#bytes.length) throw new Error('a block breaks off');
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  varuint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.take(1)[0]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    return this.take(this.varuint()).toString();
  }

  many<Value>(count: number, read: () => Value): Value[] {
    return Array.from({ length: count }, read);
  }

  column(type: string, count: number): unknown[] {
    const [name, inner] = /^(\w+)(?:\((.*)\))?$/s.exec(type)!.slice(1) as [string, string | undefined];
    const words = name === 'LowCardinality' || type.startsWith('Map(LowCardinality(');
    if (words && this.int64() !== 1) throw new Error(`${type}: unknown version of keys`);
    if (name === 'Map' || name === 'Array') {
      const ends = this.many(count, () => this.int64());
      const items = this.#items(name, inner!, ends.at(-1) ?? 0);
      return ends.map((end, row) => items.slice(ends[row - 1] ?? 0, end));
    }
    return words ? this.#words(inner!.startsWith('Nullable'), count) : this.#values(name, inner, count);
  }

  int64(): number {
    return Number(this.take(8).readBigInt64LE());
  }

  #items(name: string, inner: string, count: number): unknown[] {
    const fields = partsOf(name === 'Map' ? inner : inner.slice('Tuple('.length, -1));
    const columns = fields.map((field) => {
      const type = name === 'Map' ? field : field.slice(field.indexOf(' ') + 1);
      return type === 'LowCardinality(String)' ? this.#words(false, count) : this.column(type, count);
    });
    return Array.from({ length: count }, (_, row) => columns.map((column) => column[row]));
  }

  #words(isNullable: boolean, count: number): unknown[] {
    if (count === 0) return [];
    const indexType = this.int64() - 0x600;
    const keys: (string | null)[] = this.many(this.int64(), () => this.text());
    if (isNullable) keys[0] = null;
    if (this.int64() !== count) throw new Error('as many indexes as rows');
    const size = 2 ** indexType;
    return this.many(count, () => keys[this.take(size).readUIntLE(0, size)]);
  }

  #values(name: string, inner: string | undefined, count: number): unknown[] {
    switch (name) {
      case 'Nullable': {
        const nulls = [...this.take(count)];
        return this.column(inner!, count).map((value, row) => (nulls[row] === 1 ? null : value));
      }
      case 'Bool':
        return this.many(count, () => this.take(1)[0] === 1);
      case 'UInt16':
        return this.many(count, () => this.take(2).readUInt16LE());
      case 'DateTime':
        return this.many(count, () => this.take(4).readUInt32LE());
      case 'Float64':
        return this.many(count, () => this.take(8).readDoubleLE());
      case 'String':
        return this.many(count, () => this.text());
      case 'UUID':
        return this.many(count, () => this.take(16).swap64().toString('hex'));
      case 'Int64':
      case 'UInt64':
      case 'DateTime64':
        return this.many(count, () => this.int64());
      default:
        throw new Error(`no type ${name}`);
    }
  }
}

/** The parts of a list of types, whose own lists stand in parentheses. */
function partsOf(list: string): string[] {
  let depth = 0;
  const parts = [''];
  for (const char of list) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ',' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${char}`);
  }
  return parts.map((part) => part.trim());
}

export function readNativeRows(block: Uint8Array): Record<string, unknown>[] {
  const reader = new NativeReader(Buffer.from(block));
  const [columnCount, rowCount] = [reader.varuint(), reader.varuint()];
  const rows = Array.from({ length: rowCount }, (): Record<string, unknown> => ({}));
  for (let index = 0; index < columnCount; index += 1) {
    const name = reader.text();
    reader.column(reader.text(), rowCount).forEach((value, row) => (rows[row]![name] = value));
  }
  if (!reader.isAtEnd) throw new Error('bytes follow the block');
  return rows;
}
