import fc from 'fast-check';
import { isUnion, type AvroComplexJson, type AvroFieldJson, type AvroSchemaJson } from '@burnline/contracts';

/** Random writers and what they write, for the tests of generated walks. */

/** Maps are lists of entries here, so that keys can repeat and be `__proto__`. */
type Entries = readonly (readonly [string, unknown])[];

/** How a writer may say the same in other words. */
export interface Manner {
  /** Arrays and maps in one block, in blocks of one item (`inner`: save the batch itself), or in such with their sizes. */
  readonly blocks: 'one' | 'several' | 'inner' | 'sized';
  /** Varints a byte longer than need be. */
  readonly hasLongVarints: boolean;
}

export const USUAL: Manner = { blocks: 'one', hasLongVarints: false };

/** A framed message, by the letter of Avro 1.11 ("Binary Encoding"). */
export function writeMessage(
  schemaId: number,
  schema: AvroSchemaJson,
  records: readonly Readonly<Record<string, unknown>>[],
  manner: Manner,
): Uint8Array {
  const writer = new ManneredWriter(manner);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(schemaId, 1);
  writer.bytes.push(...frame);
  writer.writeBatch(schema, records);
  return Uint8Array.from(writer.bytes);
}

class ManneredWriter {
  readonly bytes: number[] = [];
  readonly #manner: Manner;

  constructor(manner: Manner) {
    this.#manner = manner;
  }

  writeBatch(schema: AvroSchemaJson, records: readonly unknown[]): void {
    if (this.#manner.blocks !== 'inner' || records.length === 0) {
      this.write({ type: 'array', items: schema }, records);
      return;
    }
    this.#long(records.length);
    for (const record of records) this.write(schema, record);
    this.#long(0);
  }

  write(type: AvroSchemaJson, value: unknown): void {
    if (typeof type === 'string') this.#primitive(type, value);
    else if (isUnion(type)) this.#union(type, value);
    else if (type.type === 'record') {
      const record = value as Readonly<Record<string, unknown>>;
      for (const field of type.fields ?? []) this.write(field.type, record[field.name]);
    } else if (type.type === 'enum') this.#long((type.symbols ?? []).indexOf(value as string));
    else if (type.type === 'fixed') this.bytes.push(...(value as Uint8Array));
    else if (type.type === 'array') {
      this.#blocks(value as readonly unknown[], (to, item) => {
        to.write(type.items ?? 'null', item);
      });
    } else if (type.type === 'map') {
      this.#blocks(value as Entries, (to, [key, item]) => {
        to.write('string', key);
        to.write(type.values ?? 'null', item);
      });
    } else this.write(type.type, value);
  }

  #primitive(type: string, value: unknown): void {
    const number = Buffer.alloc(8);
    switch (type) {
      case 'null':
        return;
      case 'boolean':
        this.bytes.push(value === true ? 1 : 0);
        return;
      case 'int':
      case 'long':
        this.#long(value as number);
        return;
      case 'float':
        number.writeFloatLE(value as number);
        this.bytes.push(...number.subarray(0, 4));
        return;
      case 'double':
        number.writeDoubleLE(value as number);
        this.bytes.push(...number);
        return;
      case 'string': {
        const text = value instanceof Uint8Array ? value : Buffer.from(value as string);
        this.#long(text.length);
        this.bytes.push(...text);
        return;
      }
      default:
        throw new Error(`the tests write no ${type}`);
    }
  }

  #union(branches: readonly AvroSchemaJson[], value: unknown): void {
    const index = branches.findIndex((branch) => (branch === 'null') === (value === null));
    this.#long(index);
    this.write(branches[index] ?? 'null', value);
  }

  #blocks<Item>(items: readonly Item[], write: (to: ManneredWriter, item: Item) => void): void {
    const { blocks } = this.#manner;
    if (items.length > 0 && blocks === 'one') {
      this.#long(items.length);
      for (const item of items) write(this, item);
    }
    for (const item of blocks === 'one' ? [] : items) {
      const block = new ManneredWriter(this.#manner);
      write(block, item);
      this.#long(blocks === 'sized' ? -1 : 1);
      if (blocks === 'sized') this.#long(block.bytes.length);
      this.bytes.push(...block.bytes);
    }
    this.#long(0);
  }

  #long(value: number): void {
    let rest = BigInt(value) >= 0n ? BigInt(value) * 2n : BigInt(value) * -2n - 1n;
    while (rest > 127n) {
      this.bytes.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    if (this.#manner.hasLongVarints) this.bytes.push(Number(rest) | 128, 0);
    else this.bytes.push(Number(rest));
  }
}

/** Fields that a later or an older writer might have, with a value for each. */
const ADDED: readonly (AvroFieldJson & { readonly value: unknown })[] = [
  { name: 'added_text', type: 'string', value: 'ünknown' },
  { name: 'added_long', type: 'long', value: -12_345_678_901 },
  { name: 'added_union', type: ['null', 'boolean', 'double'], value: null },
  { name: 'added_enum', type: { type: 'enum', name: 'Added', symbols: ['a', 'b'] }, value: 'b' },
  {
    name: 'added_records',
    type: {
      type: 'array',
      items: {
        type: 'record',
        name: 'Part',
        fields: [
          { name: 'f', type: 'float' },
          { name: 'm', type: { type: 'map', values: { type: 'array', items: 'int' } } },
        ],
      },
    },
    value: [{ f: 0.5, m: [['k', [1, -1, 300]]] }],
  },
];
/** Without them there is no event. */
const KEPT = ['event_id', 'occurred_at', 'inference_at'];

export interface Writer {
  readonly schema: AvroComplexJson;
  /** The record as this writer has it. */
  readonly adapt: (record: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** Schemas that this build can read: the current one with fields dropped, added, moved, and types that resolve to it. */
export function writersOf(current: AvroComplexJson): fc.Arbitrary<Writer> {
  const fields = current.fields ?? [];
  return fc
    .record({
      dropped: fc.subarray(
        fields.map(({ name }) => name).filter((name) => !KEPT.includes(name)),
        { maxLength: 12 },
      ),
      added: fc.subarray([...ADDED]),
      changes: fc.array(fc.nat({ max: 3 }), { minLength: fields.length, maxLength: fields.length }),
      order: fc.option(
        fc.array(fc.nat({ max: 1_000 }), { minLength: fields.length + ADDED.length, maxLength: 80 }),
      ),
    })
    .map(({ dropped, added, changes, order }) => {
      const kept = fields.flatMap((field, index) =>
        dropped.includes(field.name) && field.default !== undefined
          ? []
          : [{ name: field.name, type: changes[index] === 0 ? changedType(field.type) : field.type }],
      );
      const all: AvroFieldJson[] = [...kept, ...added.map(({ name, type }) => ({ name, type }))];
      const ordered =
        order === null
          ? all
          : all.map((field, index) => ({ field, key: order[index] ?? 0 })).sort((a, b) => a.key - b.key);
      const placed = ordered.map((one) => ('field' in one ? one.field : one));
      return { schema: { ...current, fields: placed }, adapt: adapterOf(placed) };
    });
}

/** Another type that a reader of the current one understands. */
function changedType(type: AvroSchemaJson): AvroSchemaJson {
  if (type === 'double') return 'float';
  if (isUnion(type)) {
    if (type[1] === 'double') return 'long';
    return type[1] === 'string' ? ['string', 'null'] : (type[1] ?? 'null');
  }
  if (typeof type === 'object' && type.type === 'enum') {
    const symbols = type.symbols ?? [];
    return { ...type, symbols: ['a_word_of_the_future', ...symbols.toReversed()] };
  }
  return type;
}

/** Values that a changed field can hold. */
function adapterOf(fields: readonly AvroFieldJson[]): Writer['adapt'] {
  return (record) =>
    Object.fromEntries(
      fields.map(({ name, type }) => {
        const value = record[name] ?? ADDED.find((added) => added.name === name)?.value ?? null;
        if (type === 'long' && !Number.isFinite(value)) return [name, 7];
        if (type === 'long') return [name, Math.trunc((value as number) % 2 ** 40)];
        if (type === 'boolean' && value === null) return [name, false];
        const isLearned =
          typeof type === 'object' && !isUnion(type) && type.symbols?.[0] === 'a_word_of_the_future';
        return [name, isLearned && record['is_odd_symbol'] === true ? 'a_word_of_the_future' : value];
      }),
    );
}
