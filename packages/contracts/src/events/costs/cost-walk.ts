import { INFERENCE_FIELDS, type InferenceEvent } from '@burnline/core';
import { BeyondWalk } from '../../walk/beyond-walk.ts';
import { buildMessageWalk, type MessageWalk } from '../../walk/message-walk.ts';
import { readScalarCode } from '../../walk/read-code.ts';
import { WalkCode } from '../../walk/walk-code.ts';
import { MAX_EVENTS_PER_MESSAGE } from '../batch-format.ts';
import { isUnion, type AvroComplexJson, type AvroFieldJson, type AvroSchemaJson } from '../schema-source.ts';
import { COMPUTED_COST_MEASURE, COST_FIELDS, COST_NUMBERS, COST_TEXTS } from './cost-fields.ts';

/** Where things lie in a message, record by record. */
interface CostPlaces {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** From the first of COST_FIELDS to the end of the last. */
  readonly costStarts: Uint32Array;
  readonly costEnds: Uint32Array;
  /** The map of measures: where it begins, its entries, where they begin and end; the value of the computed cost, 0: none. */
  readonly measureStarts: Uint32Array;
  readonly measureCounts: Uint32Array;
  readonly entryStarts: Uint32Array;
  readonly entryEnds: Uint32Array;
  readonly computedAt: Uint32Array;
}

/** What of a message's events a cost follows from, column by column. Copied before the next message, or not kept. */
export interface CostColumns extends CostPlaces {
  readonly numbers: Readonly<Record<(typeof COST_NUMBERS)[number], Float64Array>>;
  readonly textStarts: Readonly<Record<(typeof COST_TEXTS)[number], Uint32Array>>;
  /** Lengths in bytes; -1: null. */
  readonly textLengths: Readonly<Record<(typeof COST_TEXTS)[number], Int32Array>>;
  readonly cacheHits: Uint8Array;
  readonly sources: InferenceEvent['cost_source'][];
  readonly trusts: InferenceEvent['trust'][];
}

const placesOf = (): Uint32Array => new Uint32Array(MAX_EVENTS_PER_MESSAGE);

function byName<Name extends string, Made>(
  names: readonly Name[],
  make: () => Made,
): Readonly<Record<Name, Made>> {
  return Object.fromEntries(names.map((name) => [name, make()])) as Readonly<Record<Name, Made>>;
}

export function newCostColumns(): CostColumns {
  return {
    starts: placesOf(),
    ends: placesOf(),
    costStarts: placesOf(),
    costEnds: placesOf(),
    measureStarts: placesOf(),
    measureCounts: placesOf(),
    entryStarts: placesOf(),
    entryEnds: placesOf(),
    computedAt: placesOf(),
    numbers: byName(COST_NUMBERS, () => new Float64Array(MAX_EVENTS_PER_MESSAGE)),
    textStarts: byName(COST_TEXTS, placesOf),
    textLengths: byName(COST_TEXTS, () => new Int32Array(MAX_EVENTS_PER_MESSAGE)),
    cacheHits: new Uint8Array(MAX_EVENTS_PER_MESSAGE),
    sources: [],
    trusts: [],
  };
}

const NUMBERS: ReadonlySet<string> = new Set(COST_NUMBERS);
const TEXTS: ReadonlySet<string> = new Set(COST_TEXTS);

/**
 * Compiles a walk that reads what costs follow from and where they would stand, in one pass over a message that was checked
 * before. Throws BeyondWalk for a writer's schema in which the fields of costs do not stand one after the other, or have
 * other types than every schema of the table gave them.
 */
export function compileCostWalk(writer: AvroComplexJson): MessageWalk<CostColumns> {
  const fields = writer.fields ?? [];
  checkOrder(fields);
  const code = new WalkCode();
  const scope: Record<string, unknown> = { measureName: Buffer.from(COMPUTED_COST_MEASURE) };
  code.add('to.starts[i] = pos;');
  for (const field of fields) addField(code, scope, field);
  code.add('to.ends[i] = pos;', ...absentCode(fields));
  return buildMessageWalk({ before: 'let measureCount = 0;', record: code.text, after: '', scope });
}

function checkOrder(fields: readonly AvroFieldJson[]): void {
  const names = fields.map(({ name }) => name);
  const first = names.indexOf(COST_FIELDS[0]);
  if (first < 0 || COST_FIELDS.some((name, index) => names[first + index] !== name))
    throw new BeyondWalk('costs');
}

/** What the writer's schema lacks is its default in each record; a field that no default can stand for is always there. */
function absentCode(fields: readonly AvroFieldJson[]): readonly string[] {
  const written = new Set(fields.map(({ name }) => name));
  for (const name of [...COST_NUMBERS, ...COST_TEXTS, 'measures', 'response_cache_hit'])
    if (!written.has(name) && name !== 'service_tier' && name !== 'cache_write_input_tokens')
      throw new BeyondWalk(name);
  return [
    ...(written.has('service_tier') ? [] : ['to.textLengths.service_tier[i] = -1;']),
    ...(written.has('cache_write_input_tokens') ? [] : ['to.numbers.cache_write_input_tokens[i] = NaN;']),
    ...(written.has('trust') ? [] : [`to.trusts[i] = '${INFERENCE_FIELDS.trust.default}';`]),
  ];
}

function addField(code: WalkCode, scope: Record<string, unknown>, { name, type }: AvroFieldJson): void {
  if (name === COST_FIELDS[0]) code.add('to.costStarts[i] = pos;');
  if (NUMBERS.has(name))
    orNull(code, type, `to.numbers.${name}[i] = NaN;`, (branch) => {
      code.add(readScalarCode(code.typeNameOf(branch)), `to.numbers.${name}[i] = value;`);
    });
  else if (TEXTS.has(name))
    orNull(code, type, `to.textLengths.${name}[i] = -1;`, (branch) => {
      if (code.typeNameOf(branch) !== 'string') throw new BeyondWalk(name);
      code.add(
        readScalarCode('string'),
        `to.textLengths.${name}[i] = length;`,
        `to.textStarts.${name}[i] = pos - length;`,
      );
    });
  else if (name === 'response_cache_hit')
    code.add(readScalarCode(code.typeNameOf(type)), 'to.cacheHits[i] = byte;');
  else if (name === 'cost_source' || name === 'trust') addWord(code, scope, { name, type });
  else if (name === 'measures') addMeasures(code, type);
  else code.skip(type);
  if (name === COST_FIELDS.at(-1)) code.add('to.costEnds[i] = pos;');
}

function orNull(
  code: WalkCode,
  type: AvroSchemaJson,
  absent: string,
  addPresent: (branch: AvroSchemaJson) => void,
): void {
  if (!isUnion(type)) {
    addPresent(type);
    return;
  }
  code.union(type, (branch) => {
    if (code.typeNameOf(branch) === 'null') code.add(absent);
    else addPresent(branch);
  });
}

function addWord(code: WalkCode, scope: Record<string, unknown>, { name, type }: AvroFieldJson): void {
  const symbols = code.definitionOf(type)?.symbols;
  if (symbols === undefined) throw new BeyondWalk(name);
  scope[`${name}Symbols`] = symbols;
  const to = name === 'trust' ? 'trusts' : 'sources';
  code.skip(type, `to.${to}[i] = ${name}Symbols[bytes[pos] >> 1];`);
}

function addMeasures(code: WalkCode, type: AvroSchemaJson): void {
  const values = code.definitionOf(type)?.values;
  if (values !== 'double') throw new BeyondWalk('measures');
  code.add('to.measureStarts[i] = pos;', 'to.computedAt[i] = 0;', 'measureCount = 0;');
  code.blocks(
    () => {
      code.add(
        readScalarCode('string'),
        'if (length === measureName.length && hasBytes(bytes, pos - length, measureName)) to.computedAt[i] = pos;',
        'pos += 8;',
        'to.entryEnds[i] = pos;',
      );
    },
    (count) => {
      code.add(`measureCount = ${count};`, 'to.entryStarts[i] = pos;');
    },
  );
  code.add('to.measureCounts[i] = measureCount;');
}
