import type { FieldDefinition } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { loadPackageSchemas } from '@burnline/contracts';
import type { AvroFieldJson, AvroSchemaJson } from '@burnline/contracts';
import { inferenceFields, verdictFields } from './event-fields.ts';

/** What an Avro type is to a predicate; null where predicates cannot read it. */
function definitionOf({ name, type }: AvroFieldJson): FieldDefinition | null {
  const branches: readonly AvroSchemaJson[] = Array.isArray(type)
    ? (type as readonly AvroSchemaJson[])
    : [type];
  const [inner] = branches.filter((branch) => branch !== 'null');
  const nullable = branches.includes('null');
  const plain: Readonly<Record<string, FieldDefinition['type']>> = {
    string: 'string',
    long: 'int',
    int: 'int',
    double: 'double',
    boolean: 'bool',
  };
  if (typeof inner === 'string') {
    const known = plain[inner];
    return known === undefined ? null : { name, type: known, nullable };
  }
  if (inner === undefined || !('type' in inner)) return null;
  if (inner.type === 'enum') return { name, type: 'string', nullable, symbols: inner.symbols ?? [] };
  if (inner.type === 'map')
    return { name, type: inner.values === 'string' ? 'string_map' : 'double_map', nullable };
  return null;
}

describe('the fields that predicates may read', () => {
  it.each([
    ['inference', inferenceFields, ['event_id', 'occurred_at', 'verdicts'], ['model', 'outcome']],
    ['verdict', verdictFields, ['event_id', 'judged_at', 'inference_at'], ['model']],
  ] as const)(
    'are those of the Avro schema of %s, but for identity, times and nested records, and the derived ones',
    (kind, fields, left, derived) => {
      const source = loadPackageSchemas();
      const avro = source.schemaOf(source.idOf(kind))?.schema.fields ?? [];
      expect(avro.filter(({ name }) => left.some((other) => other === name))).toHaveLength(left.length);
      const readable = avro.filter(({ name }) => !left.some((other) => other === name)).map(definitionOf);
      const byName = (a: FieldDefinition | null, b: FieldDefinition | null) =>
        (a?.name ?? '').localeCompare(b?.name ?? '');
      const others = fields.filter(({ name }) => derived.some((one) => one === name));
      expect(others.map(({ type, nullable }) => ({ type, nullable }))).toEqual(
        derived.map(() => ({ type: 'string', nullable: false })),
      );
      expect([...fields].sort(byName)).toEqual([...readable, ...others].sort(byName));
    },
  );
});
