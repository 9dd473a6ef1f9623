import type { FieldRule } from './field-rules.ts';
import { RowProblem } from './row-problem.ts';
import { convertText } from './value-conversion.ts';
import type { ColumnSpec, Condition, Scalar, TextPart, ValueSpec } from './value-spec.ts';

export type Cells = readonly string[];
export type CellTest = (cells: Cells) => boolean;
export type CellValue = (cells: Cells) => Scalar;

/** What compiling needs to know of the file. */
export interface ColumnLookup {
  /** The header's columns are known to hold every column that the mapping names. */
  readonly indexOf: (column: string) => number;
  /** Texts that stand for an empty cell. */
  readonly emptyTexts: ReadonlySet<string>;
}

function compileCondition(condition: Condition, columns: ColumnLookup): CellTest {
  if (condition.kind === 'any') {
    const tests = condition.conditions.map((inner) => compileCondition(inner, columns));
    return (cells) => tests.some((test) => test(cells));
  }
  const at = columns.indexOf(condition.column);
  switch (condition.kind) {
    case 'in': {
      const texts = new Set(condition.texts);
      return (cells) => texts.has(cells[at] ?? '') !== condition.negated;
    }
    case 'empty':
      return (cells) => columns.emptyTexts.has(cells[at] ?? '') !== condition.negated;
    case 'atLeast':
      return (cells) => numberIn(cells[at]) >= condition.bound;
    case 'lessThan':
      return (cells) => numberIn(cells[at]) < condition.bound;
  }
}

/** NaN, of which no comparison holds, where the cell holds no number. */
function numberIn(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? Number.NaN : Number(text);
}

/** True where every condition holds; none at all: true. */
export function compileConditions(conditions: readonly Condition[], columns: ColumnLookup): CellTest {
  const tests = conditions.map((condition) => compileCondition(condition, columns));
  return (cells) => tests.every((test) => test(cells));
}

/** The part of a text; empty where a separator is missing. */
function partOf(text: string, { from, to }: TextPart): string {
  let rest = text;
  if (from !== null) {
    const at = from.last ? rest.lastIndexOf(from.separator) : rest.indexOf(from.separator);
    if (at < 0) return '';
    rest = rest.slice(at + from.separator.length);
  }
  if (to === null) return rest;
  const at = to.last ? rest.lastIndexOf(to.separator) : rest.indexOf(to.separator);
  return at < 0 ? '' : rest.slice(0, at);
}

function compileColumn(spec: ColumnSpec, rule: FieldRule, columns: ColumnLookup): CellValue {
  const at = columns.indexOf(spec.column);
  const isNull = spec.nullWhen.length === 0 ? () => false : compileConditions(spec.nullWhen, columns);
  const table = spec.table === undefined ? null : new Map(Object.entries(spec.table));
  return (cells) => {
    if (isNull(cells)) return null;
    const cell = cells[at] ?? '';
    const text = spec.part === undefined ? cell : partOf(cell, spec.part);
    const known = table?.get(text);
    if (known !== undefined) return known;
    if (columns.emptyTexts.has(text)) return spec.whenEmpty ?? null;
    if (table === null) return convertText(text, { rule, unit: spec.unit });
    if (spec.otherwise !== undefined) return spec.otherwise;
    throw new RowProblem(`${JSON.stringify(text)} is not in the table of column ${spec.column}`);
  };
}

/** What is not known of a part is not known of the whole. */
function sumOf(values: readonly Scalar[]): number | null {
  if (values.includes(null)) return null;
  const sum = values.reduce<number>((total, value) => total + Number(value), 0);
  if (sum > Number.MAX_SAFE_INTEGER) throw new RowProblem('is a sum that is too large');
  return sum;
}

function compileSpec(spec: ValueSpec, rule: FieldRule, columns: ColumnLookup): CellValue {
  switch (spec.kind) {
    case 'constant':
      return () => spec.value;
    case 'column':
      return compileColumn(spec, rule, columns);
    case 'template': {
      const places = spec.columns.map(columns.indexOf);
      return (cells) => spec.texts.map((text, index) => text + (cells[places[index] ?? -1] ?? '')).join('');
    }
    case 'sum': {
      const values = spec.values.map((value) => compileSpec(value, rule, columns));
      return (cells) => sumOf(values.map((value) => value(cells)));
    }
    case 'cases': {
      const otherwise = compileSpec(spec.otherwise, rule, columns);
      const cases = spec.cases.map(({ when, value }) => ({
        holds: compileConditions(when, columns),
        value: compileSpec(value, rule, columns),
      }));
      return (cells) => (cases.find(({ holds }) => holds(cells))?.value ?? otherwise)(cells);
    }
  }
}

/**
 * A function from a row's cells to the field's value. It throws `RowProblem` naming the field where the cell cannot
 * be converted, and where the value is absent although the field may not be. An absent text field is the empty text.
 */
export function compileValue(
  spec: ValueSpec,
  field: { readonly name: string; readonly rule: FieldRule },
  columns: ColumnLookup,
): CellValue {
  const evaluate = compileSpec(spec, field.rule, columns);
  const source = spec.kind === 'column' ? ` (column ${spec.column})` : '';
  return (cells) => {
    try {
      const value = evaluate(cells);
      if (value !== null || field.rule.nullable) return value;
      if (field.rule.type.kind === 'text') return '';
      throw new RowProblem('is empty, and the field may not be absent: state when_empty');
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      throw new RowProblem(`${field.name}${source}: ${error.message}`);
    }
  };
}
