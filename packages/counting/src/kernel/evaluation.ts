import { compileInFrame, type PredicateNode } from '@burnline/core';
import { valueCode, type ColumnTable } from './columns.ts';

/** Decides predicates for event `i`: `out[index]` becomes 1 where predicate `index` holds, else 0. */
export type Evaluate = (i: number, out: Uint8Array, numbers: Float64Array, ids: Int32Array) => void;

/** Compiles twice: what is in scope must be known before, and only the first pass tells which inputs there are. */
export function compileEvaluation(nodes: readonly PredicateNode[], columns: ColumnTable): Evaluate {
  const compile = (scope: Readonly<Record<string, unknown>>): Evaluate =>
    compileInFrame(nodes, {
      parameters: ['i', 'out', 'numbers', 'ids'],
      prologue: (inputs) =>
        inputs
          .map(({ local, field, key }) => `let ${local} = ${valueCode(columns.columnOf(field, key))};`)
          .join('\n'),
      scope,
    }) as Evaluate;
  compile({});
  return compile(Object.fromEntries(columns.all.map(({ name, texts }) => [name, texts])));
}
