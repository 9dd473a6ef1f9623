import { compileInFrame, type PredicateNode } from '@burnline/core';
import type { Column } from '../columns.ts';
import { BITS_PER_WORD } from './event-masks.ts';

/** Predicates of one table: one bit of a word each. */
export const TABLE_PREDICATES_MAX = BITS_PER_WORD;
/** Doubles as values come. */
const VALUES_FIRST = 16;
const BOOLEANS = [null, false, true] as const;

interface Placed {
  readonly node: PredicateNode;
  /** First word of its plane. */
  readonly at: number;
}

/**
 * Predicates over nothing but one column of texts, symbols or booleans. Each is decided once for every value that the column
 * has had, by the same code as anywhere else, and looked up by the value's id.
 */
export class TruthTable {
  readonly #column: Column;
  readonly #placed: readonly Placed[];
  readonly #decide: (value: string | boolean | null, out: Uint8Array) => void;
  readonly #held: Uint8Array;
  /** By id: what holds for its value. */
  #truths = new Int32Array(VALUES_FIRST);
  #knownCount = 0;

  constructor(column: Column, placed: readonly Placed[]) {
    this.#column = column;
    this.#placed = placed;
    this.#held = new Uint8Array(placed.length);
    this.#decide = compileInFrame(
      placed.map(({ node }) => node),
      {
        parameters: ['value', 'out'],
        prologue: (inputs) => inputs.map(({ local }) => `let ${local} = value;`).join('\n'),
      },
    ) as (value: string | boolean | null, out: Uint8Array) => void;
  }

  get #values(): readonly (string | boolean | null)[] {
    return this.#column.reader.kind === 'boolean' ? BOOLEANS : this.#column.texts;
  }

  /** Ids are given anew. */
  clear(): void {
    this.#knownCount = 0;
  }

  /** Fills the planes for the first `count` events. */
  run(ids: Int32Array, count: number, masks: Int32Array): void {
    this.#learn();
    let wordIndex = 0;
    for (let start = 0; start < count; start += BITS_PER_WORD) {
      const from = this.#column.offset + start;
      const bits = Math.min(BITS_PER_WORD, count - start);
      let place = 0;
      for (const { at } of this.#placed) {
        masks[at + wordIndex] = this.#wordOf(ids, from, bits, place);
        place += 1;
      }
      wordIndex += 1;
    }
  }

  #wordOf(ids: Int32Array, from: number, count: number, place: number): number {
    const truths = this.#truths;
    let word = 0;
    for (let bit = 0; bit < count; bit += 1) {
      word |= (((truths[ids[from + bit] ?? 0] ?? 0) >>> place) & 1) << bit;
    }
    return word;
  }

  /** Decides for the values that came since. */
  #learn(): void {
    const values = this.#values;
    if (values.length > this.#truths.length) this.#grow(values.length);
    for (; this.#knownCount < values.length; this.#knownCount += 1) {
      this.#decide(values[this.#knownCount] ?? null, this.#held);
      let truth = 0;
      for (const [place, holds] of this.#held.entries()) truth |= holds << place;
      this.#truths[this.#knownCount] = truth;
    }
  }

  #grow(count: number): void {
    const grown = new Int32Array(Math.max(count, 2 * this.#truths.length));
    grown.set(this.#truths);
    this.#truths = grown;
  }
}
