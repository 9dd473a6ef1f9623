import {
  BeyondWalk,
  WalkCode,
  buildMessageWalk,
  isUnion,
  readScalarCode,
  type AvroComplexJson,
  type AvroFieldJson,
  type AvroSchemaJson,
  type MessageWalk,
} from '@burnline/contracts';
import { closeCode, openCode, placeOf, putCode, putNullCode, type Place } from './column-code.ts';
import { copyText } from './native-writer.ts';
import type { NativeColumn } from './native-columns.ts';
import { MAP_ITEMS, VERDICT_ITEM, type RawColumn, type RawForm, type RawTable } from './raw-columns.ts';

/** Where a walk puts the rows of a message: the columns of RawTable.columns, from row `rowCount` on. */
interface ColumnTarget {
  readonly columns: readonly NativeColumn[];
  readonly rowCount: number;
}

/** Leaves `rowCount` to the caller: until it is raised, nothing that a walk wrote counts. */
export type ColumnWalk = MessageWalk<ColumnTarget>;

const ID_BYTES = 16;
/** Native is little-endian, and columns are sent as they lie in memory. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Avro's types that a form takes, by the promotions of the specification. */
const TAKEN: Readonly<Record<RawForm, readonly string[]>> = {
  uuid: ['fixed'],
  boolean: ['boolean'],
  integer: ['int', 'long'],
  micros: ['long'],
  number: ['double', 'float', 'int', 'long'],
  text: ['string', 'enum'],
  word: ['string', 'enum'],
  texts: ['map'],
  numbers: ['map'],
  verdicts: ['array'],
};

/**
 * Room for a text that is not in the message, beside the message's own length: a default of the schema, or an enum's
 * symbol. Longer ones are left to the plain path.
 */
export const CONSTANT_BYTES_MAX = 64;

/** A double's two words, for numbers that the writer wrote as another type. */
const scratch = new Float64Array(1);
const scratchWords = new Int32Array(scratch.buffer);

/**
 * Compiles a walk that turns messages of one writer's schema into columns. Code follows from the structure of the schemas
 * alone; texts (defaults, symbols) are handed to it as values.
 *
 * A column whose field the writer does not have gets the default of this build's schema, as every other reader does.
 * Throws BeyondWalk where the writer's schema does not give a column in a form that is known here.
 */
export function compileColumnWalk(
  writer: AvroComplexJson,
  readerSchema: AvroComplexJson,
  table: RawTable,
): ColumnWalk {
  if (!IS_LITTLE_ENDIAN) throw new BeyondWalk('byte order');
  const fields = writer.fields ?? [];
  if (new Set(fields.map(({ name }) => name)).size < fields.length) throw new BeyondWalk('names');
  return new ColumnCode().compile(fields, readerSchema, table);
}

/** The statements of one walk, written column by column. */
class ColumnCode {
  readonly #code = new WalkCode();
  readonly #before = ['const { columns, rowCount: first } = to;', 'let low = 0;', 'let high = 0;'];
  readonly #after: string[] = [];
  readonly #scope: Record<string, unknown> = { copyText, scratch, scratchWords };

  compile(
    fields: readonly AvroFieldJson[],
    readerSchema: AvroComplexJson,
    { columns }: RawTable,
  ): ColumnWalk {
    const places = columns.map((column, index) =>
      placeOf(column, { id: `${index}`, row: 'row', variable: `columns[${index}]` }),
    );
    this.#open(places);
    this.#code.add('const row = first + i;');
    this.#record(places, fields, readerSchema.fields ?? []);
    const before = this.#before.join('\n');
    const after = this.#after.join('\n');
    return buildMessageWalk({ before, record: this.#code.text, after, scope: this.#scope });
  }

  #open(places: readonly Place[]): void {
    for (const place of places) {
      this.#before.push(...openCode(place).map((statement) => `let ${statement}`));
      this.#after.push(...closeCode(place));
    }
  }

  /** A record's fields in the writer's order; what it lacks by the reader's defaults, what nobody takes is gone past. */
  #record(
    places: readonly Place[],
    written: readonly AvroFieldJson[],
    readers: readonly AvroFieldJson[],
  ): void {
    for (const place of places) {
      if (written.some(({ name }) => name === place.name)) continue;
      this.#constant(place, readers.find(({ name }) => name === place.name)?.default);
    }
    for (const { name, type } of written) {
      const place = places.find((one) => one.name === name);
      const reader = readers.find((one) => one.name === name);
      if (place === undefined) this.#code.skip(type);
      else this.#value(place, type, reader?.type ?? 'null');
    }
  }

  #value(place: Place, type: AvroSchemaJson, reader: AvroSchemaJson): void {
    const code = this.#code;
    if (!isUnion(type)) {
      this.#present(place, type, reader);
      return;
    }
    code.union(type, (branch) => {
      if (code.typeNameOf(branch) !== 'null') this.#present(place, branch, reader);
      else if (place.isNullable) code.add(putNullCode(place));
      else throw new BeyondWalk(place.name);
    });
  }

  #present(place: Place, type: AvroSchemaJson, reader: AvroSchemaJson): void {
    const code = this.#code;
    const definition = code.definitionOf(type);
    const typeName = code.typeNameOf(type);
    const isOther = definition?.logicalType !== undefined && place.form !== 'micros';
    const isOtherTime = place.form === 'micros' && (definition?.logicalType ?? MICROS) !== MICROS;
    if (!TAKEN[place.form].includes(typeName) || isOther || isOtherTime) throw new BeyondWalk(place.name);
    switch (place.form) {
      case 'uuid':
        if (definition?.size !== ID_BYTES) throw new BeyondWalk(place.name);
        code.skip(type, putCode(place));
        return;
      case 'texts':
      case 'numbers':
        this.#map(place, definition?.values ?? 'null');
        return;
      case 'verdicts':
        this.#verdicts(place, definition?.items ?? 'null', reader);
        return;
      case 'boolean':
      case 'integer':
      case 'micros':
      case 'number':
      case 'text':
      case 'word':
        if (typeName === 'enum') this.#symbol(place, type, definition?.symbols ?? []);
        else if (typeName === 'double') code.add(COPY_DOUBLE, putCode(place));
        else if (place.form === 'number') code.add(readScalarCode(typeName), SPLIT_NUMBER, putCode(place));
        else if (typeName === 'string')
          code.add(readScalarCode(typeName), putCode(place, 'bytes', 'pos - length'));
        else code.add(readScalarCode(typeName), putCode(place));
    }
  }

  #symbol(place: Place, type: AvroSchemaJson, symbols: readonly string[]): void {
    const texts = this.#share(symbols.map((symbol) => constantText(symbol)));
    const text = `symbol${place.id}`;
    this.#code.skip(
      type,
      `const ${text} = ${texts}[bytes[pos] >> 1]; length = ${text}.length;\n${putCode(place, text, '0')}`,
    );
  }

  #map(place: Place, values: AvroSchemaJson): void {
    const [keyColumn, valueColumn] = MAP_ITEMS[place.form === 'texts' ? 'texts' : 'numbers'];
    const keys = itemPlace(place, keyColumn, 0);
    const items = itemPlace(place, valueColumn, 1);
    this.#items(place, [keys, items], () => {
      this.#value(keys, 'string', 'string');
      this.#value(items, values, values);
    });
  }

  #verdicts(place: Place, item: AvroSchemaJson, reader: AvroSchemaJson): void {
    const written = this.#code.definitionOf(item);
    const readerItem = isUnion(reader) || typeof reader === 'string' ? undefined : reader.items;
    const isReader = typeof readerItem === 'object' && !isUnion(readerItem);
    if (written?.type !== 'record' || !isReader) throw new BeyondWalk(place.name);
    const places = VERDICT_ITEM.map((column, index) => itemPlace(place, column, index));
    this.#items(place, places, () => {
      this.#record(places, written.fields ?? [], readerItem.fields ?? []);
    });
  }

  /** Items stand in columns of their own, which make room as soon as it is known how many there are. */
  #items({ id, row }: Place, items: readonly Place[], addItem: () => void): void {
    const code = this.#code;
    this.#open(items);
    code.blocks(
      () => {
        addItem();
        code.add(`item${id} += 1;`);
      },
      (count) => {
        const added = `item${id} + ${count} - c${id}.itemCount`;
        code.add(
          `c${id}.reserveItems(item${id} + ${count}, end + (${added}) * ${CONSTANT_BYTES_MAX});`,
          ...items.flatMap((item) => openCode(item, 'again')),
        );
      },
    );
    code.add(endCode(id, row));
  }

  #constant(place: Place, value: unknown): void {
    const { form, id, row, isNullable } = place;
    const code = this.#code;
    const isText = form === 'text' || form === 'word';
    const isItems = form === 'texts' || form === 'numbers' || form === 'verdicts';
    if (value === null && isNullable) code.add(putNullCode(place));
    else if (typeof value === 'string' && isText) {
      const text = this.#share(constantText(value));
      code.add(`length = ${text}.length;`, putCode(place, text, '0'));
    } else if (typeof value === 'boolean' && form === 'boolean') {
      code.add(`byte = ${value ? 1 : 0};`, putCode(place));
    } else if (typeof value === 'number' && (form === 'number' || form === 'integer')) {
      code.add(`value = ${this.#share(value)};`, form === 'number' ? SPLIT_NUMBER : '', putCode(place));
    } else if (isItems && typeof value === 'object' && value !== null && Object.keys(value).length === 0) {
      code.add(endCode(id, row));
    } else throw new BeyondWalk(place.name);
  }

  /** The name under which the code finds a value. */
  #share(value: unknown): string {
    const name = `shared${Object.keys(this.#scope).length}`;
    this.#scope[name] = value;
    return name;
  }
}

const MICROS = 'timestamp-micros';
/** A double's bits go as they are: a NaN may carry some of its own. */
const COPY_DOUBLE = 'low = view.getInt32(pos, true); high = view.getInt32(pos + 4, true); pos += 8;';
const SPLIT_NUMBER = 'scratch[0] = value; low = scratchWords[0]; high = scratchWords[1];';

function endCode(id: string, row: string): string {
  return `w${id}[${row} * 2] = item${id}; w${id}[${row} * 2 + 1] = 0;`;
}

function itemPlace(place: Place, column: RawColumn, index: number): Place {
  const { id } = place;
  return placeOf(column, { id: `${id}_${index}`, row: `item${id}`, variable: `c${id}.items[${index}]` });
}

function constantText(text: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text));
  // Two bytes for its length.
  if (bytes.length > CONSTANT_BYTES_MAX - 2) throw new BeyondWalk(text);
  return bytes;
}
