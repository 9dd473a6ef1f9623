import { childrenOf, type EntryNode, type FieldNode, type PredicateNode } from '@burnline/core';
import type { Column, ColumnTable } from '../columns.ts';
import { MASK_WORDS } from './event-masks.ts';
import type { NumberTest } from './number-tests.ts';
import { TABLE_PREDICATES_MAX, TruthTable } from './truth-table.ts';

type Compare = Extract<PredicateNode, { kind: 'compare' }>;

/** A plane made of others, word by word. */
export interface MaskStep {
  readonly kind: 'and' | 'or' | 'not';
  /** First words of planes; of `not` both operands are the same. */
  readonly left: number;
  readonly right: number;
  readonly at: number;
}

/** A predicate that is decided event by event. */
export interface ScalarTest {
  readonly node: PredicateNode;
  readonly at: number;
}

/** The first plane: every event. */
export const ALL_AT = 0;

/** As seen from the other operand. */
const TURNED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
/** What a comparison is the opposite of, among values that are present. */
const OPPOSITES = { '!=': 'equal', '>': 'lessOrEqual', '>=': 'less' } as const;
const DIRECT = { '==': 'equal', '<': 'less', '<=': 'lessOrEqual' } as const;

/**
 * Takes predicates apart into what columns say and how that is combined, each part once for all predicates that have it.
 * Predicates have two values and no effects, so `and`, `or` and `not` may be taken over whole sets of events.
 */
export class MaskPlan {
  readonly numberTests: NumberTest[] = [];
  readonly scalarTests: ScalarTest[] = [];
  /** In an order in which each finds its operands. */
  readonly steps: MaskStep[] = [];
  readonly #columns: ColumnTable;
  readonly #planes = new Map<string, number>();
  readonly #ofColumns = new Map<Column, ScalarTest[]>();
  #wordCount = MASK_WORDS;

  constructor(columns: ColumnTable) {
    this.#columns = columns;
  }

  /** Words of all planes. */
  get wordCount(): number {
    return this.#wordCount;
  }

  tables(): readonly TruthTable[] {
    return [...this.#ofColumns].flatMap(([column, tests]) => {
      const tables: TruthTable[] = [];
      for (let start = 0; start < tests.length; start += TABLE_PREDICATES_MAX) {
        tables.push(new TruthTable(column, tests.slice(start, start + TABLE_PREDICATES_MAX)));
      }
      return tables;
    });
  }

  /** First word of a predicate's plane. */
  place(node: PredicateNode): number {
    return this.#once(JSON.stringify(node), () => this.#make(node));
  }

  #once(name: string, make: () => number): number {
    const known = this.#planes.get(name);
    if (known !== undefined) return known;
    const at = make();
    this.#planes.set(name, at);
    return at;
  }

  #make(node: PredicateNode): number {
    const column = this.#onlyWordColumn(node);
    if (column !== null) return this.#tablePlane(column, node);
    switch (node.kind) {
      case 'and':
      case 'or': {
        const { kind } = node;
        return childrenOf(node)
          .map((operand) => this.place(operand))
          .reduce((left, right) => this.#step(kind, left, right));
      }
      case 'not':
        return this.#not(this.place(node.operand));
      case 'has': {
        const number = this.#numberColumn(node.operand);
        return number === null ? this.#scalarPlane(node) : this.#presence(number, node.operand);
      }
      case 'compare':
        return this.#comparison(node) ?? this.#scalarPlane(node);
      case 'literal':
      case 'field':
      case 'entry':
      case 'in':
      case 'text':
      case 'conditional':
      case 'arithmetic':
      case 'negate':
      case 'size':
        return this.#scalarPlane(node);
    }
  }

  /** null where it is none of a number with a literal. */
  #comparison(node: Compare): number | null {
    const isTurned = node.left.kind === 'literal';
    const [operand, literal] = isTurned ? [node.right, node.left] : [node.left, node.right];
    if (literal.kind !== 'literal' || typeof literal.value !== 'number') return null;
    const column = this.#numberColumn(operand);
    if (column === null) return null;
    const present = this.#presence(column, operand);
    const test = { offset: column.offset, literal: literal.value };
    const operator = isTurned ? TURNED[node.operator] : node.operator;
    if (operator === '==' || operator === '<' || operator === '<=') {
      return this.#step('and', this.#numberPlane({ ...test, kind: DIRECT[operator] }), present);
    }
    const opposite = this.#numberPlane({ ...test, kind: OPPOSITES[operator] });
    return this.#step('and', this.#not(opposite), present);
  }

  /** Where a number is there; a double that is not finite is absent to predicates. */
  #presence(column: Column, operand: PredicateNode): number {
    const { offset } = column;
    const present = column.isNullable ? this.#numberPlane({ kind: 'present', offset, literal: 0 }) : ALL_AT;
    const isDouble = 'type' in operand && operand.type === 'double';
    if (!isDouble) return present;
    return this.#step('and', present, this.#numberPlane({ kind: 'finite', offset, literal: 0 }));
  }

  #numberPlane(test: Omit<NumberTest, 'at'>): number {
    return this.#once(`${test.kind} ${test.offset} ${test.literal}`, () => {
      const at = this.#room();
      this.numberTests.push({ ...test, at });
      return at;
    });
  }

  #step(kind: 'and' | 'or', left: number, right: number): number {
    if (kind === 'and' && left === ALL_AT) return right;
    if (kind === 'and' && right === ALL_AT) return left;
    return this.#once(`${kind} ${left} ${right}`, () => {
      const at = this.#room();
      this.steps.push({ kind, left, right, at });
      return at;
    });
  }

  #not(operand: number): number {
    return this.#once(`not ${operand}`, () => {
      const at = this.#room();
      this.steps.push({ kind: 'not', left: operand, right: operand, at });
      return at;
    });
  }

  #tablePlane(column: Column, node: PredicateNode): number {
    const tests = this.#ofColumns.get(column) ?? [];
    this.#ofColumns.set(column, tests);
    const at = this.#room();
    tests.push({ node, at });
    return at;
  }

  #scalarPlane(node: PredicateNode): number {
    const at = this.#room();
    this.scalarTests.push({ node, at });
    return at;
  }

  #room(): number {
    const at = this.#wordCount;
    this.#wordCount += MASK_WORDS;
    return at;
  }

  /** The column of a field or entry that holds numbers of the node's own type. */
  #numberColumn(node: PredicateNode): Column | null {
    if (node.kind !== 'field' && node.kind !== 'entry') return null;
    const column = this.#columnOf(node);
    if (column.reader.kind !== 'number') return null;
    const isDouble = column.reader.typeName === 'double';
    return (node.type === 'double') === isDouble ? column : null;
  }

  /** The column of texts, symbols or booleans that is all that a predicate reads. */
  #onlyWordColumn(node: PredicateNode): Column | null {
    const found = new Set<Column>();
    const collect = (part: PredicateNode): void => {
      if (part.kind === 'field' || part.kind === 'entry') found.add(this.#columnOf(part));
      for (const child of childrenOf(part)) collect(child);
    };
    collect(node);
    const [column] = found;
    return column !== undefined && found.size === 1 && column.reader.kind !== 'number' ? column : null;
  }

  #columnOf(node: FieldNode | EntryNode): Column {
    return node.kind === 'field'
      ? this.#columns.columnOf(node.name, null)
      : this.#columns.columnOf(node.map, node.key);
  }
}
