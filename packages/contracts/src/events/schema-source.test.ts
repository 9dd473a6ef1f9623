import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPackageSchemas, readSchemaFile, readSchemaTable, schemaHashes } from './schema-source.ts';
import type { AvroComplexJson, AvroFieldJson, AvroSchemaJson } from './schema-source.ts';

/**
 * The content of every schema ever released. Bytes in logs refer to it by id for ever: a new version is a new file and a
 * new line here, and no line ever changes.
 */
const RELEASED: Readonly<Record<number, string>> = {
  1: 'a5387fe9e7351905f5c0cf61dc878676545900d525a981c0ed527f94925c94c8',
  2: '402fe1b0441db8504cc6099dfb18c8e717fc5fc9c975766bfb571f5eea534b89',
  3: '3c6422a6b1083ecc7ebdd09fcdf63c7155e634943206cacaa76f21e45b0cb116',
  4: '3baf9cca2584a30ccf3ee2a9ee5f0e9a7413fbf3251e9adec99e7ae41152321a',
  5: 'b278c8dec72c914242e60d7263c01d1abd1e87a061b08a1fa15a3617a0944240',
  6: '5a8698cd414d7de0fe39984f8abf1956e2f551d6d43ae80f10bb674c7e944a83',
  7: 'f7f506de7ac8f02745f239ccf1498a077b430e8a66c631042eba8874e3d8f31a',
};

/**
 * Identity and time have no sensible default: a record without them is refused rather than merged with others. Nor has how
 * an inference went: one that does not say so must not count as good.
 */
const WITHOUT_DEFAULT = [
  'event_id',
  'occurred_at',
  'judged_at',
  'inference_at',
  'interval_start',
  'interval_end',
  'marked_at',
  'status',
];

const INTERFACES = {
  inference: 'InferenceEvent',
  verdict: 'EvalVerdict',
  report: 'SourceReport',
  mark: 'Mark',
} as const;

/** Field names and types as the interface's source text has them, in order. */
function interfaceFields(name: string): readonly { readonly name: string; readonly type: string }[] {
  const source = ['events.ts', 'records.ts']
    .map((file) => readFileSync(new URL(`../../../core/src/events/${file}`, import.meta.url), 'utf8'))
    .join('\n');
  const body = new RegExp(`export interface ${name} \\{(.*?)\\n\\}`, 's').exec(source)![1]!;
  return [...body.matchAll(/readonly (\w+): ([^;]+);/g)].map((match) => ({
    name: match[1]!,
    type: match[2]!,
  }));
}

/** The TypeScript type that an Avro type stands for, as the interfaces write it. */
function typeText(schema: AvroSchemaJson): string {
  if (typeof schema === 'string') {
    return { string: 'string', boolean: 'boolean', long: 'number', double: 'number' }[schema] ?? schema;
  }
  if (Array.isArray(schema)) return `${typeText((schema as AvroSchemaJson[])[1]!)} | null`;
  const complex = schema as AvroComplexJson;
  switch (complex.type) {
    case 'fixed':
      return 'Uint8Array';
    case 'enum':
      return complex.name === 'MarkKind' ? "'idle' | 'tick' | 'end' | 'specs'" : complex.name!;
    case 'array':
      return `readonly ${(complex.items as AvroComplexJson).name ?? typeText(complex.items!)}[]`;
    case 'map':
      return `Readonly<Record<string, ${typeText(complex.values!)}>>`;
    default:
      return typeText(complex.type);
  }
}

function fieldsOf(schema: AvroComplexJson): readonly AvroFieldJson[] {
  return (schema.fields ?? []).flatMap((field) => {
    const type = field.type as AvroComplexJson;
    const items = type.items as AvroComplexJson | undefined;
    return items?.fields === undefined ? [field] : [field, ...items.fields];
  });
}

describe('the schema table', () => {
  it('never changes a released schema', () => {
    for (const [id, contentSha256] of Object.entries(RELEASED)) {
      const entry = readSchemaTable().find((candidate) => candidate.id === Number(id));
      expect(entry?.contentSha256, `schema ${id}`).toBe(contentSha256);
    }
  });

  it('names each file with its true hashes, by ids that count from 1', () => {
    const table = readSchemaTable();
    expect(table.map((entry) => entry.id)).toEqual(table.map((_, index) => index + 1));
    expect(Object.keys(RELEASED)).toHaveLength(table.length);
    for (const entry of table) {
      const schema = readSchemaFile(entry.file);
      expect(schemaHashes(schema)).toEqual({
        fingerprint: entry.fingerprint,
        contentSha256: entry.contentSha256,
      });
      expect(entry.subject).toBe(`${schema.namespace!}.${schema.name!}`);
    }
  });

  it('notices a change of a default, which the canonical form leaves out', () => {
    const schema = readSchemaFile('mark.v1.avsc');
    const [kind, markedAt] = schema.fields!;
    const changed = { ...schema, fields: [{ ...kind!, default: 'end' }, markedAt!] };
    expect(schemaHashes(changed).fingerprint).toBe(schemaHashes(schema).fingerprint);
    expect(schemaHashes(changed).contentSha256).not.toBe(schemaHashes(schema).contentSha256);
  });
});

describe.each(Object.entries(INTERFACES))('the current schema of %s', (kind, interfaceName) => {
  const schemas = loadPackageSchemas();
  const { schema } = schemas.schemaOf(schemas.idOf(kind as keyof typeof INTERFACES))!;

  it('has exactly the fields of the interface, in its order, of its types and nullability', () => {
    const actual = schema.fields!.map((field) => ({ name: field.name, type: typeText(field.type) }));
    expect(actual).toEqual(interfaceFields(interfaceName));
  });

  it('documents every field and gives every one a default that an old message can take', () => {
    for (const field of fieldsOf(schema)) {
      expect(field.doc ?? '', field.name).toMatch(/^\S.{9,}\.$/s);
      const hasDefault = Object.hasOwn(field, 'default');
      expect(hasDefault, field.name).toBe(!WITHOUT_DEFAULT.includes(field.name));
      if (Array.isArray(field.type)) {
        expect((field.type as unknown[])[0]).toBe('null');
        expect(field.default).toBeNull();
      }
    }
  });

  it('reads unknown enum symbols as a symbol that it has', () => {
    for (const field of fieldsOf(schema)) {
      const type = field.type as AvroComplexJson;
      if (type.type === 'enum') expect(type.symbols).toContain(type.default);
    }
  });
});
