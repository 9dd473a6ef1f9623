import {
  INFERENCE_FIELDS,
  JUDGEMENT_FIELDS,
  VERDICT_FIELDS,
  type EventField,
  type EventFields,
  type FieldKind,
} from '@burnline/core';
import { expect, it } from 'vitest';

/**
 * The types and names that the Python publisher knows are made from the tables of fields, so that a field which is added
 * there is known here. After a change: `npx vitest run --config .config/vitest.config.js --project units
 * test/golden/python-fields.test.ts -u`.
 */
const FILE = new URL('../../packages/publisher-python/src/burnline/event_fields.py', import.meta.url)
  .pathname;
const LINE_CHARS = 116;
const TIMES = 'epoch microseconds, ISO 8601 or a datetime with a zone';

const TYPES: Readonly<Record<Exclude<FieldKind, 'word'>, string>> = {
  id: 'Union[str, uuid.UUID]',
  time: 'Union[int, str, datetime]',
  text: 'str',
  flag: 'bool',
  count: 'int',
  tokens: 'int',
  nanoUsd: 'int',
  durationMs: 'float',
  httpStatus: 'int',
  share: 'float',
  weight: 'float',
  score: 'float',
  texts: 'Mapping[str, str]',
  numbers: 'Mapping[str, float]',
  verdicts: 'Sequence[InlineVerdict]',
};

/** What JSON takes beside the fields of a record. */
const COST_USD = `    cost_usd: Optional[Union[float, str]]
    """Cost of this attempt in USD, in place of \`\`cost_nano_usd\`\`. None: unknown, never zero."""`;

/** Python's names, and how JSON has ids and times. */
function meaningOf({ kind, meaning, isRequired }: EventField): string {
  const text = meaning.replaceAll('Null:', 'None:').replaceAll('"', "'");
  const form =
    kind === 'id' ? text.replace('UUID, 16 bytes,', 'UUID,') : text.replace('epoch microseconds', TIMES);
  const isMadeUp = isRequired !== true && (kind === 'id' || kind === 'time');
  return isMadeUp ? form.replace(/ No default: .*/, ' Made up where it is left out.') : form;
}

function docLines(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last.length + word.length >= LINE_CHARS - 10) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return `    """${lines.join('\n    ')}"""`;
}

function typeOf({ kind, word, isNullable }: EventField): string {
  const type = kind === 'word' ? word!.name : TYPES[kind];
  return isNullable === true ? `Optional[${type}]` : type;
}

function fieldText([name, field]: readonly [string, EventField]): string {
  return `    ${name}: ${typeOf(field)}\n${docLines(meaningOf(field))}`;
}

interface Shape {
  readonly fields: EventFields;
  readonly required: readonly string[];
  readonly doc: string;
  readonly optionalName: string;
  readonly optionalDoc: string;
  readonly further?: string;
}

/** Two classes: before Python 3.11 a field cannot say by itself that it is required. */
function classText(name: string, shape: Shape): string {
  const { fields, required, doc, optionalName, optionalDoc, further } = shape;
  const entries = Object.entries(fields);
  const texts = (isRequired: boolean): string[] =>
    entries.filter(([field]) => required.includes(field) === isRequired).map(fieldText);
  const optional = [...texts(false), ...(further === undefined ? [] : [further])];
  return [
    `class ${optionalName}(TypedDict, total=False):\n    """${optionalDoc}"""\n\n${optional.join('\n')}`,
    `class ${name}(${optionalName}):\n    """${doc}"""\n\n${texts(true).join('\n')}`,
  ].join('\n\n\n');
}

function wordsText(): string {
  const fields = [
    ...Object.values<EventField>(INFERENCE_FIELDS),
    ...Object.values<EventField>(VERDICT_FIELDS),
  ];
  const words = new Map(
    fields.flatMap(({ word }) => (word === undefined ? [] : [[word.name, word.symbols]])),
  );
  return [...words]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, symbols]) => `${name} = Literal[${symbols.map((symbol) => `"${symbol}"`).join(', ')}]`)
    .join('\n');
}

function namesText(name: string, names: readonly string[]): string {
  return `${name} = frozenset(\n    (\n${names.map((field) => `        "${field}",\n`).join('')}    )\n)`;
}

function moduleText(): string {
  return `"""Fields of events and verdicts, for editors and type checkers. None, or leaving a field out: not known, never zero.

Made from packages/core/src/events/inference-fields.ts and verdict-fields.ts by test/golden/python-fields.test.ts.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Optional, TypedDict, Union

${wordsText()}


${classText('InlineVerdict', {
  fields: JUDGEMENT_FIELDS,
  required: ['evaluator', 'dimension', 'passed'],
  doc: 'An evaluation that the service made itself and sent with the inference.',
  optionalName: '_InlineVerdictOptional',
  optionalDoc: 'What an evaluation may leave out.',
})}


${classText('InferenceEvent', {
  fields: INFERENCE_FIELDS,
  required: ['status', 'duration_ms'],
  doc: 'One attempt at one inference. A model is needed too, requested or served.',
  optionalName: 'EventContext',
  optionalDoc: 'What may be known of an inference before its end is.',
  further: COST_USD,
})}


${classText('EvalVerdict', {
  fields: VERDICT_FIELDS,
  required: ['inference_at', 'evaluator', 'dimension', 'passed'],
  doc: "A judgement of an earlier inference. It counts at the inference's time, whenever it arrives.",
  optionalName: '_EvalVerdictOptional',
  optionalDoc: 'What a judgement may leave out.',
})}


${namesText('INFERENCE_FIELD_NAMES', [...Object.keys(INFERENCE_FIELDS), 'cost_usd'])}
${namesText('VERDICT_FIELD_NAMES', Object.keys(VERDICT_FIELDS))}
`;
}

it('the fields of the Python publisher are those of the tables', async () => {
  await expect(moduleText()).toMatchFileSnapshot(FILE);
});
