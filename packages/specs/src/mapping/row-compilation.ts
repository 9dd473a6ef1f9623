import {
  ATTRIBUTE_RULE,
  INFERENCE_RULES,
  MEASURE_RULE,
  VERDICT_RULES,
  type FieldRule,
  type MappedField,
} from './field-rules.ts';
import type { MappingSpec, TimeTextSpec, VerdictSpec } from './mapping-schema.ts';
import { RowProblem } from './row-problem.ts';
import type { Placement } from './mapped-record.ts';
import { instantMicros, timeReader } from './time-text.ts';
import { timeZone } from './time-zone.ts';
import {
  compileConditions,
  compileValue,
  type Cells,
  type CellTest,
  type CellValue,
  type ColumnLookup,
} from './value-evaluation.ts';
import type { ValueSpec } from './value-spec.ts';

/** Fields by name, each with what computes it from a row. */
export type Values = readonly (readonly [name: string, value: CellValue])[];

export interface CompiledVerdict {
  readonly holds: CellTest;
  readonly values: Values;
  readonly judgedAt: ((cells: Cells) => number) | null;
}

/** A mapping, its columns looked up: what remains to be done for a row. */
export interface CompiledRow {
  readonly isDropped: CellTest;
  readonly occurredAt: ((cells: Cells, durationMicros: number) => number) | null;
  readonly placement: ((cells: Cells, durationMicros: number) => Placement) | null;
  /** False: what is known of the inference serves its verdicts alone. */
  readonly hasInference: boolean;
  readonly inference: Values;
  readonly attributes: Values;
  readonly measures: Values;
  readonly inlineVerdicts: readonly CompiledVerdict[];
  readonly verdicts: readonly CompiledVerdict[];
}

function compileValues(
  specs: Readonly<Record<string, ValueSpec | undefined>>,
  ruleOf: (name: string) => FieldRule,
  columns: ColumnLookup,
): Values {
  return Object.entries(specs).flatMap(([name, spec]) =>
    spec === undefined ? [] : [[name, compileValue(spec, { name, rule: ruleOf(name) }, columns)] as const],
  );
}

function compileTime(name: string, spec: TimeTextSpec, columns: ColumnLookup): (cells: Cells) => number {
  const zone = spec.zone === undefined ? null : timeZone(spec.zone);
  const originMicros = spec.origin === undefined ? null : instantMicros(spec.origin);
  const read = timeReader({ format: spec.format, zone, ...(originMicros === null ? {} : { originMicros }) });
  const at = columns.indexOf(spec.column);
  return (cells) => {
    try {
      if (read === null) throw new RowProblem(`there is no time format ${spec.format}`);
      return read(cells[at] ?? '');
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      throw new RowProblem(`${name} (column ${spec.column}): ${error.message}`);
    }
  };
}

function compileVerdict(verdict: VerdictSpec, columns: ColumnLookup): CompiledVerdict {
  const { evaluator, evaluator_version, kind, dimension, passed, score, judged_at: judgedAt } = verdict;
  const specs = { evaluator, evaluator_version, kind, dimension, passed, score };
  return {
    holds: compileConditions(verdict.when ?? [], columns),
    values: compileValues(specs, (name) => VERDICT_RULES[name as keyof typeof VERDICT_RULES], columns),
    judgedAt: judgedAt === undefined ? null : compileTime('judged_at', judgedAt, columns),
  };
}

function compileRowTime(
  time: MappingSpec['time'],
  columns: ColumnLookup,
): Pick<CompiledRow, 'occurredAt' | 'placement'> {
  if (time.kind === 'column') {
    const read = compileTime('time', time, columns);
    const isStart = time.meaning === 'start';
    return {
      occurredAt: (cells, durationMicros) => read(cells) + (isStart ? durationMicros : 0),
      placement: null,
    };
  }
  const endAt = compileTime('time.ends', time.ends, columns);
  const group = columns.indexOf(time.group);
  return {
    occurredAt: null,
    placement: (cells, durationMicros) => ({
      group: cells[group] ?? '',
      endAtMicros: endAt(cells),
      durationMicros,
    }),
  };
}

/** The header is known to hold every column that the mapping names. */
export function compileRow(spec: MappingSpec, columns: ColumnLookup): CompiledRow {
  const drop = spec.drop_when;
  return {
    isDropped: drop === undefined ? () => false : compileConditions(drop, columns),
    ...compileRowTime(spec.time, columns),
    hasInference: spec.inference !== undefined,
    inference: compileValues(
      spec.inference ?? spec.judged ?? {},
      (name) => INFERENCE_RULES[name as MappedField],
      columns,
    ),
    attributes: compileValues(spec.attributes, () => ATTRIBUTE_RULE, columns),
    measures: compileValues(spec.measures, () => MEASURE_RULE, columns),
    inlineVerdicts: spec.inline_verdicts.map((verdict) =>
      compileVerdict({ ...verdict, judged_at: undefined }, columns),
    ),
    verdicts: spec.verdicts.map((verdict) => compileVerdict(verdict, columns)),
  };
}
