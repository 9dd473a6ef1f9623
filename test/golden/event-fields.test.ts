import {
  INFERENCE_FIELDS,
  JUDGEMENT_FIELDS,
  VERDICT_FIELDS,
  defaultOf,
  type EventField,
  type EventFields,
  type FieldKind,
  type WordSymbols,
} from '@burnline/core';
import {
  readSchemaTable,
  schemaHashes,
  type AvroComplexJson,
  type SchemaTableEntry,
} from '@burnline/contracts';
import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';

/**
 * What is made from the tables of fields and checked in: the interfaces, for their comments in editors, and the newest
 * schemas, for readers in other languages. After a change: `npx vitest run --config .config/vitest.config.js --project units
 * test/golden/event-fields.test.ts -u`.
 */
const ROOT = new URL('../..', import.meta.url).pathname;

async function prettier(text: string, path: string): Promise<string> {
  return format(text, { ...(await resolveConfig(`${ROOT}${path}`)), filepath: path });
}

const TYPES: Readonly<Record<Exclude<FieldKind, 'word'>, string>> = {
  id: 'Uint8Array',
  time: 'number',
  text: 'string',
  flag: 'boolean',
  count: 'number',
  tokens: 'number',
  nanoUsd: 'number',
  durationMs: 'number',
  httpStatus: 'number',
  share: 'number',
  weight: 'number',
  score: 'number',
  texts: 'Readonly<Record<string, string>>',
  numbers: 'Readonly<Record<string, number>>',
  verdicts: 'readonly InlineVerdict[]',
};

/** Comments are cut where the style of the project cuts lines. */
const COMMENT_CHARS = 110;

function comment(meaning: string): string {
  if (meaning.length <= COMMENT_CHARS) return `/** ${meaning} */`;
  const lines = [''];
  for (const word of meaning.split(' ')) {
    const last = lines.at(-1)!;
    if (last.length + word.length >= COMMENT_CHARS) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return ['/**', ...lines.map((line) => ` * ${line}`), ' */'].join('\n');
}

function propertyText([name, field]: readonly [string, EventField]): string {
  const type = field.kind === 'word' ? field.word!.name : TYPES[field.kind];
  return `${comment(field.meaning)}\nreadonly ${name}: ${type}${field.isNullable === true ? ' | null' : ''};`;
}

function interfaceText(name: string, doc: string, fields: EventFields): string {
  return `/** ${doc} */\nexport interface ${name} {\n${Object.entries(fields).map(propertyText).join('\n')}\n}\n`;
}

const INLINE = {
  name: 'InlineVerdict',
  doc: 'An evaluation that the service made itself and sent with the inference.',
} as const;
const DOCS = {
  inference: 'One attempt at one inference. Absent is null, never zero.',
  verdict: "A judgement of an earlier inference. It counts at the inference's time, whenever it arrives.",
} as const;

function recordsText(): string {
  const words = new Set(
    [...Object.values<EventField>(INFERENCE_FIELDS), ...Object.values<EventField>(VERDICT_FIELDS)].flatMap(
      ({ word }) => (word === undefined ? [] : [word.name]),
    ),
  );
  return [
    '// Made from the tables of fields (inference-fields.ts, verdict-fields.ts) by test/golden/event-fields.test.ts.',
    `import type { ${[...words].sort().join(', ')} } from './words.ts';\n`,
    interfaceText(INLINE.name, INLINE.doc, JUDGEMENT_FIELDS),
    interfaceText('InferenceEvent', DOCS.inference, INFERENCE_FIELDS),
    interfaceText('EvalVerdict', DOCS.verdict, VERDICT_FIELDS),
  ].join('\n');
}

const AVRO: Readonly<Record<Exclude<FieldKind, 'word' | 'verdicts'>, unknown>> = {
  id: { type: 'fixed', name: 'EventId', size: 16 },
  time: { type: 'long', logicalType: 'timestamp-micros' },
  text: 'string',
  flag: 'boolean',
  count: 'long',
  tokens: 'long',
  nanoUsd: 'long',
  durationMs: 'double',
  httpStatus: 'long',
  share: 'double',
  weight: 'double',
  score: 'double',
  texts: { type: 'map', values: 'string' },
  numbers: { type: 'map', values: 'double' },
};

function avroType({ kind, word, isNullable }: EventField): unknown {
  if (kind === 'word') return enumType(word!);
  if (kind === 'verdicts')
    return { type: 'array', items: { type: 'record', ...INLINE, fields: avroFields(JUDGEMENT_FIELDS) } };
  return isNullable === true ? ['null', AVRO[kind]] : AVRO[kind];
}

function enumType({ name, symbols, unknown, unknownMeaning }: WordSymbols): unknown {
  const why = unknownMeaning === undefined ? '' : `: ${unknownMeaning}`;
  const doc = `A symbol that a reader does not know reads as ${unknown}${why}.`;
  return { type: 'enum', name, doc, symbols, default: unknown };
}

function avroFields(fields: EventFields): readonly unknown[] {
  return Object.entries(fields).map(([name, field]) => {
    const value = defaultOf(field);
    const type = avroType(field);
    return { name, doc: field.meaning, type, ...(value === undefined ? {} : { default: value }) };
  });
}

const RECORDS = {
  inference: { name: 'InferenceEvent', fields: INFERENCE_FIELDS },
  verdict: { name: 'EvalVerdict', fields: VERDICT_FIELDS },
} as const;
type RecordKind = keyof typeof RECORDS;

const SCHEMAS = 'packages/contracts/schemas';
const table = readSchemaTable();
const isOf = (kind: RecordKind) => (entry: SchemaTableEntry) => entry.kind === kind;

function storedSchema({ file }: SchemaTableEntry): AvroComplexJson {
  return JSON.parse(readFileSync(`${ROOT}${SCHEMAS}/${file}`, 'utf8')) as AvroComplexJson;
}

function ownSchema(kind: RecordKind): AvroComplexJson {
  const { name, fields } = RECORDS[kind];
  const schema = { type: 'record', name, namespace: 'burnline', doc: DOCS[kind], fields: avroFields(fields) };
  return schema as AvroComplexJson;
}

describe('what follows from the tables of fields', () => {
  it('has the interfaces of the records', async () => {
    const path = 'packages/core/src/events/records.ts';
    await expect(await prettier(recordsText(), path)).toMatchFileSnapshot(`${ROOT}${path}`);
  });

  it.each(['inference', 'verdict'] as const)('has the schema that %s events are written by', async (kind) => {
    const path = `${SCHEMAS}/${table.findLast(isOf(kind))!.file}`;
    const text = JSON.stringify(ownSchema(kind), null, 2);
    await expect(await prettier(text, path)).toMatchFileSnapshot(`${ROOT}${path}`);
  });

  it('has the hashes of every schema', async () => {
    const path = `${SCHEMAS}/schema-table.json`;
    const newest = (['inference', 'verdict'] as const).map((kind) => table.findLast(isOf(kind)));
    const entries = table.map((entry) => {
      const schema = newest.includes(entry) ? ownSchema(entry.kind as RecordKind) : storedSchema(entry);
      return { ...entry, ...schemaHashes(schema) };
    });
    const text = JSON.stringify(entries, null, 2);
    await expect(await prettier(text, path)).toMatchFileSnapshot(`${ROOT}${path}`);
  });

  it.each(['inference', 'verdict'] as const)('says since which schema %s events have a field', (kind) => {
    for (const entry of table.filter(isOf(kind))) {
      const had = Object.entries<EventField>(RECORDS[kind].fields)
        .filter(([, { sinceSchema = 0 }]) => sinceSchema <= entry.id)
        .map(([name]) => name);
      expect(storedSchema(entry).fields!.map(({ name }) => name)).toEqual(had);
    }
  });
});
