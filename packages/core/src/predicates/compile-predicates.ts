import { generatePredicates } from './generate-predicates.ts';
import { recordPrologue } from './predicate-inputs.ts';
import type { PredicateInput } from './predicate-inputs.ts';
import type { PredicateNode } from './predicate-node.ts';
import { codePointCount, compareText, doubleArithmetic, intArithmetic } from './predicate-operations.ts';

/** Evaluates every predicate of a set on one record: `out[index]` becomes 1 where predicate `index` holds, else 0. */
export type CompiledPredicates = (record: object, out: Uint8Array) => void;

/** What surrounds the generated predicates: how values get into their locals, and what the function takes. */
export interface PredicateFrame {
  /** Names of the function's parameters; one of them must be `out`. */
  readonly parameters: readonly string[];
  /** Statements that declare every input's local with `let` and fill it with the value or null. */
  readonly prologue: (inputs: readonly PredicateInput[]) => string;
  /** Values that the prologue uses by name, beside `operations`. */
  readonly scope?: Readonly<Record<string, unknown>>;
}

const OPERATIONS = { codePointCount, compareText, doubleArithmetic, intArithmetic } as const;

/**
 * Compiles predicates into one function within a frame. The frame's texts become code as they are: they must come from
 * the program, never from input.
 *
 * @returns a function of the frame's parameters
 * @throws AppError PREDICATE_INVALID
 */
export function compileInFrame(
  nodes: readonly PredicateNode[],
  frame: PredicateFrame,
): (...values: readonly never[]) => void {
  const { inputs, constants, body } = generatePredicates(nodes);
  const scope = Object.entries(frame.scope ?? {});
  const source = `'use strict';
${constants}
return function evaluatePredicates(${frame.parameters.join(', ')}) {
${frame.prologue(inputs)}
${body}
};`;
  const build = Reflect.construct(Function, ['operations', ...scope.map(([name]) => name), source]) as (
    ...values: readonly unknown[]
  ) => (...values: readonly never[]) => void;
  return build(OPERATIONS, ...scope.map(([, value]) => value));
}

/**
 * Compiles predicates into one function that reads each needed field of a decoded record once and decides them all.
 * `out` must have room for as many bytes as there are predicates.
 *
 * @throws AppError PREDICATE_INVALID
 */
export function compilePredicates(nodes: readonly PredicateNode[]): CompiledPredicates {
  return compileInFrame(nodes, {
    parameters: ['record', 'out'],
    prologue: recordPrologue,
  }) as CompiledPredicates;
}
