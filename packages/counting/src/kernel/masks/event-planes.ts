import type { PredicateNode } from '@burnline/core';
import { compileEvaluation, type Evaluate } from '../evaluation.ts';
import type { ColumnTable } from '../columns.ts';
import { MASK_WORDS } from './event-masks.ts';
import { MaskPlan, type MaskStep, type ScalarTest } from './mask-plan.ts';
import { runNumberTest, type NumberTest } from './number-tests.ts';
import type { TruthTable } from './truth-table.ts';

/** For every predicate of a set the events of a message for which it holds. */
export class EventPlanes {
  readonly masks: Int32Array;
  /** First word of each predicate's plane, in the order of the predicates. */
  readonly places: readonly number[];
  readonly #numberTests: readonly NumberTest[];
  readonly #tables: readonly TruthTable[];
  readonly #steps: readonly MaskStep[];
  readonly #scalarTests: readonly ScalarTest[];
  readonly #evaluate: Evaluate;
  readonly #held: Uint8Array;

  constructor(nodes: readonly PredicateNode[], columns: ColumnTable) {
    const plan = new MaskPlan(columns);
    this.places = nodes.map((node) => plan.place(node));
    this.#numberTests = plan.numberTests;
    this.#scalarTests = plan.scalarTests;
    this.#steps = plan.steps;
    this.#tables = plan.tables();
    this.#evaluate = compileEvaluation(
      plan.scalarTests.map(({ node }) => node),
      columns,
    );
    this.#held = new Uint8Array(plan.scalarTests.length);
    this.masks = new Int32Array(plan.wordCount).fill(-1, 0, MASK_WORDS);
  }

  /** Ids are given anew. */
  clearIds(): void {
    for (const table of this.#tables) table.clear();
  }

  fill(count: number, columns: { readonly numbers: Float64Array; readonly ids: Int32Array }): void {
    const { masks } = this;
    for (const test of this.#numberTests) runNumberTest(test, columns, count, masks);
    for (const table of this.#tables) table.run(columns.ids, count, masks);
    if (this.#scalarTests.length > 0) this.#fillScalar(count, columns);
    for (const step of this.#steps) runStep(step, masks);
  }

  #fillScalar(
    count: number,
    { numbers, ids }: { readonly numbers: Float64Array; readonly ids: Int32Array },
  ): void {
    const { masks } = this;
    for (const { at } of this.#scalarTests) masks.fill(0, at, at + MASK_WORDS);
    for (let index = 0; index < count; index += 1) {
      this.#evaluate(index, this.#held, numbers, ids);
      for (const [place, { at }] of this.#scalarTests.entries()) {
        const word = at + (index >> 5);
        masks[word] = (masks[word] ?? 0) | ((this.#held[place] ?? 0) << index);
      }
    }
  }
}

function runStep({ kind, left, right, at }: MaskStep, masks: Int32Array): void {
  for (let word = 0; word < MASK_WORDS; word += 1) {
    const first = masks[left + word] ?? 0;
    const second = masks[right + word] ?? 0;
    masks[at + word] = kind === 'and' ? first & second : kind === 'or' ? first | second : ~first;
  }
}
