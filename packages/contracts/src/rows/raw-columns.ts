import { sqlText } from '@burnline/core';
import type { AvroComplexJson, AvroFieldJson, AvroSchemaJson } from '../events/schema-source.ts';

/**
 * SQL that reads fields of the raw tables as a reader of this schema reads them in a message. Raw rows keep a word as it
 * was written; the reader takes one that its enum does not know for the enum's default, and a missing one for the field's.
 *
 * @returns the SQL of a field's column, to be given to `predicateToSql`
 */
export function rawColumnSql(schema: AvroComplexJson): (name: string) => string {
  const words = new Map((schema.fields ?? []).flatMap(wordColumn));
  return (name) => words.get(name) ?? name;
}

function wordColumn(field: AvroFieldJson): readonly (readonly [string, string])[] {
  const { name, type } = field;
  if (!isEnum(type)) return [];
  const known = (type.symbols ?? []).map(sqlText).join(', ');
  const [missing, unknown] = [field.default, type.default].map((word) =>
    sqlText(typeof word === 'string' ? word : ''),
  );
  return [[name, `multiIf(${name} IN (${known}), ${name}, ${name} = '', ${missing}, ${unknown})`]];
}

function isEnum(type: AvroSchemaJson): type is AvroComplexJson {
  return typeof type === 'object' && 'type' in type && type.type === 'enum';
}
