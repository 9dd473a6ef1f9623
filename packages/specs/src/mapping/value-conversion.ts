import { decimalToInteger, decimalToNumber } from './decimal.ts';
import { UNIT_SHIFTS, type FieldRule } from './field-rules.ts';
import { RowProblem } from './row-problem.ts';
import type { Scalar } from './value-spec.ts';

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['1', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
  ['0', false],
]);

function notNegative(value: number, text: string): number {
  if (value < 0) throw new RowProblem(`${JSON.stringify(text)} is negative`);
  return value;
}

/** The value of a cell's text for a field. `unit` is one of the field's units. Throws `RowProblem`. */
export function convertText(text: string, options: { rule: FieldRule; unit: string | undefined }): Scalar {
  const { type } = options.rule;
  const shift = UNIT_SHIFTS[type.kind]?.[options.unit ?? ''] ?? 0;
  switch (type.kind) {
    case 'text':
      return text;
    case 'word':
      if (type.symbols.includes(text)) return text;
      throw new RowProblem(`${JSON.stringify(text)} is none of ${type.symbols.join(', ')}`);
    case 'boolean': {
      const flag = BOOLEANS.get(text);
      if (flag === undefined) throw new RowProblem(`${JSON.stringify(text)} is none of true, false, 1, 0`);
      return flag;
    }
    case 'count':
      return notNegative(decimalToInteger(text, { shift, remainder: 'refuse' }), text);
    case 'nanoUsd':
      // Published costs are often doubles written out (0.0004019999999999): the nearest nano-USD is what was meant.
      return notNegative(decimalToInteger(text, { shift, remainder: 'round' }), text);
    case 'durationMs':
      return notNegative(decimalToNumber(text, shift), text);
    case 'share': {
      const share = notNegative(decimalToNumber(text, shift), text);
      if (share > 1) throw new RowProblem(`${JSON.stringify(text)} is more than the whole`);
      return share;
    }
    case 'number':
      return decimalToNumber(text, 0);
  }
}

/**
 * A constant as a field takes it (durations in milliseconds, costs in nano-USD), or what is wrong with it.
 */
export function constantProblem(value: Scalar, rule: FieldRule): string | null {
  if (value === null) return rule.nullable ? null : 'a value (the field may not be absent) is expected';
  switch (rule.type.kind) {
    case 'text':
      return typeof value === 'string' ? null : 'a text in quotes is expected';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false is expected';
    case 'word':
      return typeof value === 'string' && rule.type.symbols.includes(value)
        ? null
        : `one of ${rule.type.symbols.join(', ')} is expected`;
    case 'count':
    case 'nanoUsd':
      return Number.isSafeInteger(value) && Number(value) >= 0
        ? null
        : 'a whole number of at least 0 is expected';
    case 'durationMs':
      return typeof value === 'number' && value >= 0 ? null : 'a number of at least 0 is expected';
    case 'share':
      return typeof value === 'number' && value >= 0 && value <= 1
        ? null
        : 'a number from 0 to 1 is expected';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? null : 'a number is expected';
  }
}
