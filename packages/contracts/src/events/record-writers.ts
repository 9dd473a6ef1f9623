import {
  INFERENCE_FIELDS,
  JUDGEMENT_FIELDS,
  VERDICT_FIELDS,
  type EvalVerdict,
  type EventField,
  type EventFields,
  type FieldKind,
  type InferenceEvent,
  type Mark,
  type SourceReport,
} from '@burnline/core';
import { UUID_BYTES, type AvroWriter } from './avro-writer.ts';
import { encodeFailed } from './event-contract-error.ts';

/**
 * One writer per record, field by field in the schema's order. Those of events and verdicts are compiled from their fields
 * rather than driven by them, because they are the publisher's hot path (half the time of avsc's encoder, measured); a test
 * holds every byte against avsc.
 */

export const MARK_KINDS = ['idle', 'tick', 'end', 'specs'] as const;

const indexesOf = (symbols: readonly string[]): ReadonlyMap<string, number> =>
  new Map(symbols.map((symbol, index) => [symbol, index]));

const MARK_INDEXES = indexesOf(MARK_KINDS);

/** The writer's method for a value of a kind. */
const METHODS: Readonly<Record<Exclude<FieldKind, 'id' | 'word' | 'verdicts'>, string>> = {
  time: 'long',
  text: 'text',
  flag: 'boolean',
  count: 'long',
  tokens: 'long',
  nanoUsd: 'long',
  durationMs: 'double',
  httpStatus: 'long',
  share: 'double',
  weight: 'double',
  score: 'double',
  texts: 'textMap',
  numbers: 'doubleMap',
};

function writeCode([name, { kind, isNullable }]: readonly [string, EventField]): string {
  const value = `record.${name}`;
  if (kind === 'id') return `to.fixed('${name}', ${value}, ${UUID_BYTES});`;
  if (kind === 'word') return `to.symbol('${name}', ${value}, indexes.${name});`;
  if (kind === 'verdicts') return `writeVerdicts(to, '${name}', ${value});`;
  const method = METHODS[kind];
  const optional = `optional${method.charAt(0).toUpperCase()}${method.slice(1)}`;
  return `to.${isNullable === true ? optional : method}('${name}', ${value});`;
}

type WriteRecord<Fields> = (to: AvroWriter, record: Fields) => void;

/** Fields of one function: of a longer one the engine optimises less. */
const FIELDS_PER_FUNCTION = 32;

function compileWriter<Fields>(fields: EventFields): WriteRecord<Fields> {
  const entries = Object.entries(fields);
  const indexes = Object.fromEntries(
    entries.flatMap(([name, { word }]) => (word === undefined ? [] : [[name, indexesOf(word.symbols)]])),
  );
  const parts: string[] = [];
  for (let start = 0; start < entries.length; start += FIELDS_PER_FUNCTION)
    parts.push(
      entries
        .slice(start, start + FIELDS_PER_FUNCTION)
        .map(writeCode)
        .join('\n'),
    );
  const source = `'use strict';
${parts.map((code, part) => `function write${part}(to, record) {\n${code}\n}`).join('\n')}
return (to, record) => { ${parts.map((_, part) => `write${part}(to, record);`).join(' ')} };`;
  const make = Reflect.construct(Function, ['indexes', 'writeVerdicts', source]) as (
    ...values: readonly unknown[]
  ) => WriteRecord<Fields>;
  return make(indexes, writeVerdicts);
}

function writeVerdicts(to: AvroWriter, field: string, verdicts: InferenceEvent['verdicts']): void {
  const found: unknown = verdicts;
  if (!Array.isArray(found)) throw encodeFailed(field, 'an array', found);
  if (verdicts.length > 0) to.varint(verdicts.length);
  for (const verdict of verdicts) writeJudgement(to, verdict);
  to.byte(0);
}

const writeJudgement = compileWriter<InferenceEvent['verdicts'][number]>(JUDGEMENT_FIELDS);
export const writeInferenceEvent = compileWriter<InferenceEvent>(INFERENCE_FIELDS);
export const writeEvalVerdict = compileWriter<EvalVerdict>(VERDICT_FIELDS);

export function writeSourceReport(to: AvroWriter, report: SourceReport): void {
  to.text('instance', report.instance);
  to.text('service', report.service);
  to.text('environment', report.environment);
  to.long('interval_start', report.interval_start);
  to.long('interval_end', report.interval_end);
  to.boolean('is_final', report.is_final);
  to.long('emitted_count', report.emitted_count);
  to.long('acknowledged_count', report.acknowledged_count);
  to.long('retried_count', report.retried_count);
  to.longMap('dropped_by_reason', report.dropped_by_reason);
}

export function writeMark(to: AvroWriter, mark: Mark): void {
  to.symbol('kind', mark.kind, MARK_INDEXES);
  to.long('marked_at', mark.marked_at);
  to.textList('begun_specs', mark.begun_specs);
  to.textList('ended_specs', mark.ended_specs);
}
