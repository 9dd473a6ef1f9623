import {
  BeyondWalk,
  SEED_HI,
  SEED_LO,
  WalkCode,
  buildMessageWalk,
  isUnion,
  readScalarCode,
  type AvroComplexJson,
  type AvroSchemaJson,
  type MessageWalk,
} from '@burnline/contracts';
import type { Column } from './columns.ts';
import { symbolIdsOf } from './symbol-ids.ts';

/** What a walk of a message leaves for each of its events. */
export interface WalkedEvents {
  /** Event time, epoch microseconds. */
  readonly times: Float64Array;
  readonly idsHigh: Uint32Array;
  readonly idsLow: Uint32Array;
  readonly numbers: Float64Array;
  readonly ids: Int32Array;
  /** Whether an event carries verdicts of its own. */
  hasInlineVerdicts: boolean;
}

export type Walk = MessageWalk<WalkedEvents>;

/** Bytes of an event id. */
const ID_BYTES = 16;

/**
 * Compiles a walk from a writer's schema and the columns wanted. Only numbers, and texts as JSON, of both become code.
 *
 * Throws BeyondWalk where the schema does not give a column in a form that is known here.
 */
export function compileWalk(
  writer: AvroComplexJson,
  columns: readonly Column[],
  timeField: 'occurred_at' | 'inference_at',
): Walk {
  const code = new WalkCode();
  const scope: Record<string, unknown> = {};
  for (const column of columns) {
    if (column.textIds !== null) scope[`${column.name}Ids`] = column.textIds;
  }
  const fields = writer.fields ?? [];
  for (const name of ['event_id', timeField]) {
    if (!fields.some((field) => field.name === name)) throw new BeyondWalk(name);
  }
  const absent = columns.filter(({ field }) => !fields.some(({ name }) => name === field));
  const constants = absent.flatMap(absentConstant);
  for (const column of absent) code.add(absentCode(column));
  for (const { name, type } of fields) {
    const wanted = columns.filter((column) => column.field === name);
    if (name === 'event_id') addId(code, type, wanted);
    else if (name === timeField) addTime(code, type, wanted);
    else if (name === 'verdicts') addVerdicts(code, type, wanted);
    else if (wanted.some(({ key }) => key !== null)) addMap(code, type, wanted, scope);
    else addField(code, type, wanted[0], scope);
  }
  const before = ['const { times, idsHigh, idsLow, numbers, ids } = to;', ...constants].join('\n');
  return buildMessageWalk({ before, record: code.text, after: '', scope });
}

function addId(code: WalkCode, type: AvroSchemaJson, wanted: readonly Column[]): void {
  const isId = typeof type === 'object' && !isUnion(type) && type.type === 'fixed' && type.size === ID_BYTES;
  if (!isId || wanted.length > 0) throw new BeyondWalk('event_id');
  code.skip(
    type,
    `idsHigh[i] = hashIdAt(view, pos, ${SEED_HI});\nidsLow[i] = hashIdAt(view, pos, ${SEED_LO});`,
  );
}

function addTime(code: WalkCode, type: AvroSchemaJson, wanted: readonly Column[]): void {
  const name = code.typeNameOf(type);
  if ((name !== 'long' && name !== 'int') || wanted.length > 0) throw new BeyondWalk('time');
  code.add(readScalarCode('long'), 'times[i] = value;');
}

function addVerdicts(code: WalkCode, type: AvroSchemaJson, wanted: readonly Column[]): void {
  if (code.typeNameOf(type) !== 'array' || wanted.length > 0) throw new BeyondWalk('verdicts');
  code.skip(type, 'if (bytes[pos] !== 0) to.hasInlineVerdicts = true;');
}

function addField(
  code: WalkCode,
  type: AvroSchemaJson,
  column: Column | undefined,
  scope: Record<string, unknown>,
): void {
  if (column === undefined) code.skip(type);
  else addValue(code, type, column, scope);
}

/** Reads a value into a column: what the writer wrote must be what avsc would resolve to the reader's type. */
function addValue(
  code: WalkCode,
  type: AvroSchemaJson,
  column: Column,
  scope: Record<string, unknown>,
): void {
  if (isUnion(type)) {
    code.union(type, (branch) => {
      if (code.typeNameOf(branch) !== 'null') addValue(code, branch, column, scope);
      else if (column.reader.isNullable) code.add(`ids[${column.offset} + i] = 0;`);
      else throw new BeyondWalk(column.field);
    });
    return;
  }
  const typeName = code.typeNameOf(type);
  const at = `${column.offset} + i`;
  if (!isReadAs(typeName, column.reader.typeName)) throw new BeyondWalk(column.field);
  switch (column.reader.kind) {
    case 'text':
      code.add(readScalarCode('string'), `ids[${at}] = ${column.name}Ids.idOf(bytes, pos - length, length);`);
      return;
    case 'number':
      code.add(readScalarCode(typeName), `numbers[${at}] = value;`);
      if (column.isNullable) code.add(`ids[${at}] = 1;`);
      return;
    case 'boolean':
      code.add(readScalarCode('boolean'), `ids[${at}] = byte + 1;`);
      return;
    case 'symbol': {
      const symbolIds = symbolIdsOf(code.definitionOf(type)?.symbols ?? [], column.reader);
      scope[`${column.name}Symbols`] = symbolIds;
      code.skip(type, `ids[${at}] = ${column.name}Symbols[bytes[pos] >> 1];`);
      return;
    }
  }
}

/** Avro's promotions, less `bytes` to `string`. */
function isReadAs(writer: string, reader: string): boolean {
  switch (reader) {
    case 'long':
      return writer === 'int' || writer === 'long';
    case 'double':
      return ['int', 'long', 'float', 'double'].includes(writer);
    default:
      return writer === reader;
  }
}

function addMap(
  code: WalkCode,
  type: AvroSchemaJson,
  columns: readonly Column[],
  scope: Record<string, unknown>,
): void {
  const values = code.definitionOf(type)?.values;
  if (code.typeNameOf(type) !== 'map' || values === undefined) throw new BeyondWalk('map');
  for (const { offset } of columns) code.add(`ids[${offset} + i] = 0;`);
  code.blocks(() => {
    code.add(readScalarCode('string'), `const key = pos - length;`);
    columns.forEach((column, index) => {
      const key = Buffer.from(column.key ?? '');
      scope[`${column.name}Key`] = new Uint8Array(key);
      code.add(
        `${index === 0 ? '' : 'else '}if (length === ${key.length} && hasBytes(bytes, key, ${column.name}Key)) {`,
      );
      addValue(code, values, column, scope);
      code.add('}');
    });
    code.add('else {');
    code.skip(values);
    code.add('}');
  });
}

/** A text that stands in for a missing field gets its id once a message. */
function absentConstant({ name, reader, key }: Column): readonly string[] {
  const isText = key === null && reader.kind === 'text' && typeof reader.absentValue === 'string';
  return isText ? [`const ${name}Absent = ${name}Ids.idOfText(${JSON.stringify(reader.absentValue)});`] : [];
}

/** The reader's default, for a field that the writer does not have. */
function absentCode(column: Column): string {
  const { absentValue, kind, symbols } = column.reader;
  const id = `ids[${column.offset} + i]`;
  if (column.key !== null && isEmptyMap(absentValue)) return `${id} = 0;`;
  if (column.key !== null) throw new BeyondWalk(column.field);
  if (absentValue === null) return `${id} = 0;`;
  if (kind === 'text' && typeof absentValue === 'string') return `${id} = ${column.name}Absent;`;
  if (kind === 'boolean' && typeof absentValue === 'boolean') return `${id} = ${absentValue ? 2 : 1};`;
  if (kind === 'symbol' && typeof absentValue === 'string')
    return `${id} = ${symbols.indexOf(absentValue) + 1};`;
  if (kind === 'number' && typeof absentValue === 'number') {
    return `numbers[${column.offset} + i] = ${absentValue}; ${id} = 1;`;
  }
  throw new BeyondWalk(column.field);
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
