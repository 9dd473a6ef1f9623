/**
 * Reads Avro object containers, by the specification alone (Apache Avro 1.11, "Object Container Files"): a second opinion
 * on the bytes that the sink sends.
 */
type AvroType = string | readonly AvroType[] | AvroComplex;
interface AvroComplex {
  readonly type: AvroType;
  readonly fields?: readonly { readonly name: string; readonly type: AvroType }[];
  readonly items?: AvroType;
  readonly values?: AvroType;
  readonly symbols?: readonly string[];
  readonly size?: number;
  readonly name?: string;
}

const SYNC_BYTES = 16;

class AvroReader {
  readonly #bytes: Buffer;
  readonly #named = new Map<string, AvroComplex>();
  position = 4;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  long(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.position++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  take(length: number): Buffer {
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }

  value(type: AvroType): unknown {
    if (typeof type === 'string') return this.#primitive(type);
    if (isUnion(type)) return this.value(type[this.long()]!);
    if (type.name !== undefined) this.#named.set(type.name.split('.').at(-1)!, type);
    switch (type.type) {
      case 'record':
        return Object.fromEntries((type.fields ?? []).map((field) => [field.name, this.value(field.type)]));
      case 'enum':
        return type.symbols![this.long()];
      case 'fixed':
        return this.take(type.size!);
      case 'array':
        return this.#blocks(() => this.value(type.items!));
      case 'map':
        return this.#blocks(() => [this.take(this.long()).toString(), this.value(type.values!)]);
      default:
        return this.value(type.type);
    }
  }

  #primitive(type: string): unknown {
    switch (type) {
      case 'null':
        return null;
      case 'boolean':
        return this.take(1)[0] === 1;
      case 'int':
      case 'long':
        return this.long();
      case 'float':
        return this.take(4).readFloatLE();
      case 'double':
        return this.take(8).readDoubleLE();
      case 'bytes':
        return this.take(this.long());
      case 'string':
        return this.take(this.long()).toString();
      default:
        return this.value(this.#named.get(type.split('.').at(-1)!)!);
    }
  }

  #blocks(item: () => unknown): unknown[] {
    const items: unknown[] = [];
    for (;;) {
      const written = this.long();
      if (written === 0) return items;
      if (written < 0) this.long();
      for (let index = 0; index < Math.abs(written); index += 1) items.push(item());
    }
  }
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

export function readAvroRows(container: Uint8Array): Record<string, unknown>[] {
  const reader = new AvroReader(container);
  const header = reader.value({ type: 'map', values: 'bytes' }) as [string, Buffer][];
  const schema = JSON.parse(new Map(header).get('avro.schema')!.toString()) as AvroType;
  reader.take(SYNC_BYTES);
  const rows: Record<string, unknown>[] = [];
  while (!reader.isAtEnd) {
    const count = reader.long();
    reader.long();
    for (let index = 0; index < count; index += 1) rows.push(reader.value(schema) as Record<string, unknown>);
    reader.take(SYNC_BYTES);
  }
  return rows;
}
