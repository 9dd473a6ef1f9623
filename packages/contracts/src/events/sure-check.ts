import { defaultOf, INFERENCE_FIELDS, JUDGEMENT_FIELDS, VERDICT_FIELDS } from '@burnline/core';
import type { EventField, EventFields, FieldKind } from '@burnline/core';
import { BeyondWalk } from '../walk/beyond-walk.ts';
import { buildMessageWalk, type MessageWalk } from '../walk/message-walk.ts';
import { readScalarCode } from '../walk/read-code.ts';
import { WalkCode } from '../walk/walk-code.ts';
import { UUID_BYTES } from './avro-writer.ts';
import { BETWEEN_FIELDS } from './contradictions.ts';
import { SEED_PLACE } from './event-id.ts';
import { NUMBER_RULES, VERDICTS_MAX, ruleOfField, type NumberKind } from './event-rules.ts';
import { MAP_ENTRIES_MAX, MAP_KEY_CHARS_MAX, MAP_VALUE_CHARS_MAX, TEXT_CHARS_MAX } from './field-rules.ts';
import { isUnion, type AvroComplexJson, type AvroFieldJson, type AvroSchemaJson } from './schema-source.ts';
import { isNewKey, isText, keysAtHand } from './text-checks.ts';

/** Where the records of a message lie, and the numbers by which their partitions are chosen. */
export interface CheckedRecords {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly places: Uint32Array;
}

/** Stands for any text that is not empty: the rules between fields ask no more of one. */
const SOME_TEXT = 'text';

/** Avro's types that a kind takes, by the promotions of the specification. */
const INTEGERS = ['int', 'long'];
const NUMBERS = ['double', 'float', ...INTEGERS];
const TAKEN: Readonly<Record<FieldKind, readonly string[]>> = {
  id: ['fixed'],
  time: ['long'],
  text: ['string'],
  word: ['enum'],
  flag: ['boolean'],
  count: INTEGERS,
  tokens: INTEGERS,
  nanoUsd: INTEGERS,
  httpStatus: INTEGERS,
  durationMs: NUMBERS,
  share: NUMBERS,
  weight: NUMBERS,
  score: NUMBERS,
  texts: ['map'],
  numbers: ['map'],
  verdicts: ['array'],
};

/**
 * Compiles a walk that finds a message whole and its records right, by the rules of event-rules.ts and contradictions.ts, in
 * one pass over the bytes and without making a record. What it passes is sure to be right; what it does not (ODD_MESSAGE or
 * another RangeError) is for the plain check, which takes it or says what is wrong with it.
 *
 * Throws BeyondWalk for a writer's schema with fields, types or symbols that this build does not know.
 */
export function compileSureCheck(
  writer: AvroComplexJson,
  kind: 'inference' | 'verdict',
): MessageWalk<CheckedRecords> {
  const code = new CheckCode();
  code.addRecord(writer.fields ?? [], kind === 'inference' ? INFERENCE_FIELDS : VERDICT_FIELDS, 'given');
  return buildMessageWalk({
    before: 'const { starts, ends, places } = to;\nlet keyCount = 0;',
    record: `starts[i] = pos;\n${code.text}\nif (contradictionsOf(given).length > 0) refuse();\nends[i] = pos;`,
    after: '',
    scope: { ...code.scope, contradictionsOf: BETWEEN_FIELDS[kind], isNewKey, isText, keys: keysAtHand() },
  });
}

/** Statements that check records; what numbers, words and flags say is left in an object, for the rules between fields. */
class CheckCode {
  readonly #code = new WalkCode();
  readonly #scope: Record<string, unknown> = {};

  get text(): string {
    return this.#code.text;
  }

  get scope(): Readonly<Record<string, unknown>> {
    return this.#scope;
  }

  /** `given` is the name of the object. */
  addRecord(written: readonly AvroFieldJson[], fields: EventFields, given: string): void {
    this.#scope[given] = valuesAtHand(written, fields);
    for (const { name, type } of written) {
      const field = fields[name];
      if (field === undefined) throw new BeyondWalk(name);
      this.#addField(type, field, `${given}.${name}`);
    }
  }

  #addField(type: AvroSchemaJson, field: EventField, given: string): void {
    if (!isUnion(type)) {
      this.#addPresent(type, field, given);
      return;
    }
    if (field.isNullable !== true) throw new BeyondWalk(given);
    this.#code.union(type, (branch) => {
      if (this.#code.typeNameOf(branch) === 'null') this.#code.add(`${given} = null;`);
      else this.#addPresent(branch, field, given);
    });
  }

  #addPresent(type: AvroSchemaJson, field: EventField, given: string): void {
    const typeName = this.#code.typeNameOf(type);
    const definition = this.#code.definitionOf(type);
    if (!TAKEN[field.kind].includes(typeName)) throw new BeyondWalk(given);
    switch (field.kind) {
      case 'id':
        if (definition?.size !== UUID_BYTES) throw new BeyondWalk(given);
        this.#code.skip(type, `places[i] = hashIdAt(view, pos, ${SEED_PLACE});`);
        return;
      case 'text':
        this.#addText(TEXT_CHARS_MAX, field.isRequired === true ? 1 : 0);
        this.#code.add(`${given} = length === 0 ? '' : '${SOME_TEXT}';`);
        return;
      case 'word':
        this.#addWord(type, field, given);
        return;
      case 'flag':
        this.#code.add(readScalarCode('boolean'), `${given} = byte === 1;`);
        return;
      case 'texts':
        this.#addMap(definition?.values ?? 'null', (values) => {
          if (!TAKEN.text.includes(values)) throw new BeyondWalk(values);
          this.#addText(MAP_VALUE_CHARS_MAX, 0);
        });
        return;
      case 'numbers':
        this.#addMap(definition?.values ?? 'null', (values) => {
          this.#addNumber(values, 'score');
        });
        return;
      case 'verdicts':
        this.#addVerdicts(definition?.items ?? 'null');
        return;
      case 'time':
      case 'count':
      case 'tokens':
      case 'nanoUsd':
      case 'httpStatus':
      case 'durationMs':
      case 'share':
      case 'weight':
      case 'score':
        this.#addNumber(typeName, field.kind);
        this.#code.add(`${given} = value;`);
    }
  }

  #addNumber(typeName: string, kind: NumberKind): void {
    if (!TAKEN[kind].includes(typeName)) throw new BeyondWalk(typeName);
    this.#code.add(readScalarCode(typeName), `if (!(${NUMBER_RULES[kind].code('value')})) refuse();`);
  }

  #addText(charsMax: number, charsMin: number): void {
    this.#code.add(
      readScalarCode('string'),
      ...(charsMin > 0 ? ['if (length === 0) refuse();'] : []),
      `if (length !== 0 && !isText(bytes, view, pos - length, length, ${charsMax})) refuse();`,
    );
  }

  #addWord(type: AvroSchemaJson, { word }: EventField, given: string): void {
    const symbols = this.#code.definitionOf(type)?.symbols ?? [];
    for (const symbol of symbols) if (word?.symbols.includes(symbol) !== true) throw new BeyondWalk(symbol);
    const name = `symbols${Object.keys(this.#scope).length}`;
    this.#scope[name] = symbols;
    this.#code.skip(type, `${given} = ${name}[bytes[pos] >> 1];`);
  }

  #addMap(values: AvroSchemaJson, addValue: (typeName: string) => void): void {
    const typeName = this.#code.typeNameOf(values);
    this.#code.blocks(
      () => {
        this.#addText(MAP_KEY_CHARS_MAX, 1);
        this.#code.add(
          'if (!isNewKey(bytes, pos - length, length, keys, keyCount)) refuse();',
          'keyCount += 1;',
        );
        addValue(typeName);
      },
      (count) => {
        this.#code.add(`if (${count} > ${MAP_ENTRIES_MAX}) refuse();`, 'keyCount = 0;');
      },
    );
  }

  #addVerdicts(item: AvroSchemaJson): void {
    const written = this.#code.definitionOf(item);
    if (written?.type !== 'record') throw new BeyondWalk('verdicts');
    // Each is checked by itself: no rule asks for two of them, or for one beside its event.
    this.#code.blocks(
      () => {
        this.addRecord(written.fields ?? [], JUDGEMENT_FIELDS, 'judgement');
      },
      (count) => {
        this.#code.add(`if (${count} > ${VERDICTS_MAX}) refuse();`);
      },
    );
  }
}

/** One object for all records: what the writer's schema lacks is its default in each of them, the rest is put in by the walk. */
function valuesAtHand(written: readonly AvroFieldJson[], fields: EventFields): Record<string, unknown> {
  const names = new Set(written.map(({ name }) => name));
  if (names.size < written.length) throw new BeyondWalk('names');
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = defaultOf(field);
    if (!names.has(name) && !ruleOfField(field).holds(value)) throw new BeyondWalk(name);
    values[name] = value;
  }
  return values;
}
