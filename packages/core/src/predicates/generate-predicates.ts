/**
 * JavaScript source for a set of predicates. It is made from checked trees alone: identifiers are numbered here, field
 * names have passed a pattern, and texts stand in it as JSON.
 */
import { chainOf, checkPredicate, childrenOf, typeOf } from './predicate-check.ts';
import { InputTable } from './predicate-inputs.ts';
import type { PredicateInput } from './predicate-inputs.ts';
import type { ArithmeticOperator, CompareOperator, LiteralNode, PredicateNode } from './predicate-node.ts';

type Node<Kind extends PredicateNode['kind']> = Extract<PredicateNode, { kind: Kind }>;

export interface PredicateSource {
  readonly inputs: readonly PredicateInput[];
  /** Statements that come before the function, once: constants. They use `operations`. */
  readonly constants: string;
  /** Statements that read the inputs' locals and write 0 or 1 to `out[index]` for each predicate. */
  readonly body: string;
}

/** An expression for a value, and whether it may be null. */
interface ValueCode {
  readonly code: string;
  readonly isNullable: boolean;
  /** A name or literal: costs nothing to repeat. */
  readonly isPlain: boolean;
}

const COMPARE_CODE: Readonly<Record<CompareOperator, string>> = {
  '==': '===',
  '!=': '!==',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const TEXT_METHODS = { startsWith: 'startsWith', endsWith: 'endsWith', contains: 'includes' } as const;
/** Longer lists are looked up in a Set; shorter ones are faster as comparisons. */
const LISTED_COUNT_MAX = 6;

const plain = (code: string, isNullable: boolean): ValueCode => ({ code, isNullable, isPlain: true });
const computed = (code: string, isNullable: boolean): ValueCode => ({ code, isNullable, isPlain: false });

/** Subtrees worth computing once when they occur again. */
const isShareable = (node: PredicateNode): boolean =>
  typeOf(node) === 'bool' && node.kind !== 'literal' && node.kind !== 'field' && node.kind !== 'has';

class PredicateGenerator {
  readonly inputs = new InputTable();
  readonly statements: string[] = [];
  readonly constants: string[] = [];
  readonly #occurrences = new Map<string, number>();
  readonly #shared = new Map<string, string>();
  #temporaryCount = 0;

  get temporaries(): readonly string[] {
    return Array.from({ length: this.#temporaryCount }, (_, index) => `t${index}`);
  }

  /** Counts boolean subtrees, so that those that occur again are computed once. */
  count(node: PredicateNode): void {
    if (isShareable(node)) {
      const key = JSON.stringify(node);
      const seen = this.#occurrences.get(key) ?? 0;
      this.#occurrences.set(key, seen + 1);
      // Below a repeated tree nothing is computed again.
      if (seen > 0) return;
    }
    for (const child of childrenOf(node)) this.count(child);
  }

  /** A boolean expression, never null. */
  test(node: PredicateNode): string {
    const key = isShareable(node) ? JSON.stringify(node) : '';
    if ((this.#occurrences.get(key) ?? 0) < 2) return this.#testOnce(node);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const code = this.#testOnce(node);
    const local = `s${this.#shared.size}`;
    this.#shared.set(key, local);
    // Operands are total functions without effects, so computing one that a short circuit would skip changes nothing.
    this.statements.push(`const ${local} = ${code};`);
    return local;
  }

  #testOnce(node: PredicateNode): string {
    switch (node.kind) {
      case 'not':
        return `!${this.test(node.operand)}`;
      case 'and':
        return this.#chain(node, 'and', ' && ');
      case 'or':
        return this.#chain(node, 'or', ' || ');
      case 'compare':
        return this.#compare(node);
      case 'in':
        return this.#in(node);
      case 'text':
        return this.#text(node);
      case 'conditional':
        return `(${this.test(node.test)} ? ${this.test(node.then)} : ${this.test(node.otherwise)})`;
      case 'has':
        return `(${this.#value(node.operand).code} !== null)`;
      case 'literal':
      case 'field':
      case 'entry':
      case 'arithmetic':
      case 'negate':
      case 'size':
        return `(${this.#value(node).code} === true)`;
    }
  }

  #chain(node: PredicateNode, kind: 'and' | 'or', joint: string): string {
    return `(${chainOf(node, kind)
      .map((operand) => this.test(operand))
      .join(joint)})`;
  }

  #value(node: PredicateNode): ValueCode {
    switch (node.kind) {
      case 'literal':
        return plain(literalCode(node), false);
      case 'field':
      case 'entry':
        return plain(this.inputs.inputOf(node).local, true);
      case 'arithmetic':
        return this.#arithmetic(node);
      case 'negate':
        return this.#applied(node.operand, (value) => `-${value}`);
      case 'size':
        return this.#applied(node.operand, (value) => `operations.codePointCount(${value})`);
      case 'conditional': {
        const [then, otherwise] = [this.#value(node.then), this.#value(node.otherwise)];
        return computed(
          `(${this.test(node.test)} ? ${then.code} : ${otherwise.code})`,
          then.isNullable || otherwise.isNullable,
        );
      }
      case 'has':
      case 'not':
      case 'and':
      case 'or':
      case 'compare':
      case 'in':
      case 'text':
        return computed(this.test(node), false);
    }
  }

  #arithmetic(node: Node<'arithmetic'>): ValueCode {
    const [left, right] = [this.#value(node.left).code, this.#value(node.right).code];
    const operation = node.type === 'int' ? 'intArithmetic' : 'doubleArithmetic';
    return computed(`operations.${operation}(${operatorCode(node.operator)}, ${left}, ${right})`, true);
  }

  /** A function of one value, null where the value is. */
  #applied(node: PredicateNode, apply: (value: string) => string): ValueCode {
    const { guards, reads } = this.#operands([node]);
    const [read = ''] = reads;
    const applied = apply(read);
    if (guards.length === 0) return computed(`(${applied})`, false);
    return computed(`(${guards.join(' && ')} ? ${applied} : null)`, true);
  }

  /** Names for operands, and the conditions under which all are present; the conditions must be evaluated first. */
  #operands(nodes: readonly PredicateNode[]): { guards: readonly string[]; reads: readonly string[] } {
    const guards: string[] = [];
    const reads = nodes.map((node) => {
      const value = this.#value(node);
      if (!value.isNullable) return value.code;
      const name = value.isPlain ? value.code : this.#temporary();
      guards.push(value.isPlain ? `${name} !== null` : `(${name} = ${value.code}) !== null`);
      return name;
    });
    return { guards, reads };
  }

  #temporary(): string {
    this.#temporaryCount += 1;
    return `t${this.#temporaryCount - 1}`;
  }

  #compare(node: Node<'compare'>): string {
    const { guards, reads } = this.#operands([node.left, node.right]);
    const [left = '', right = ''] = reads;
    const operator = COMPARE_CODE[node.operator];
    const isByCodePoint = typeOf(node.left) === 'string' && node.operator !== '==' && node.operator !== '!=';
    const comparison = isByCodePoint
      ? `operations.compareText(${left}, ${right}) ${operator} 0`
      : `${left} ${operator} ${right}`;
    return `(${[...guards, comparison].join(' && ')})`;
  }

  #in(node: Node<'in'>): string {
    const { guards, reads } = this.#operands([node.operand]);
    const [operand = ''] = reads;
    return `(${[...guards, this.#membership(operand, node.values)].join(' && ')})`;
  }

  #membership(operand: string, values: readonly LiteralNode[]): string {
    if (values.length === 0) return 'false';
    const codes = values.map(literalCode);
    if (codes.length <= LISTED_COUNT_MAX) {
      return `(${codes.map((code) => `${operand} === ${code}`).join(' || ')})`;
    }
    const name = `c${this.constants.length}`;
    this.constants.push(`const ${name} = new Set([${codes.join(', ')}]);`);
    return `${name}.has(${operand})`;
  }

  #text(node: Node<'text'>): string {
    const { guards, reads } = this.#operands([node.operand, node.argument]);
    const [text = '', argument = ''] = reads;
    return `(${[...guards, `${text}.${TEXT_METHODS[node.test]}(${argument})`].join(' && ')})`;
  }
}

const operatorCode = (operator: ArithmeticOperator): string => JSON.stringify(operator);

/** JSON, in parentheses where a sign could run into an operator. */
function literalCode({ value }: LiteralNode): string {
  return typeof value === 'number' && (value < 0 || Object.is(value, -0))
    ? `(${value})`
    : JSON.stringify(value);
}

/** @throws AppError PREDICATE_INVALID */
export function generatePredicates(nodes: readonly PredicateNode[]): PredicateSource {
  const generator = new PredicateGenerator();
  for (const node of nodes) {
    checkPredicate(node);
    generator.count(node);
  }
  const writes = nodes.map((node, index) => {
    // A predicate's shared parts are stated before its own line.
    const code = generator.test(node);
    const statements = generator.statements.splice(0);
    return [...statements, `out[${index}] = ${code} ? 1 : 0;`].join('\n');
  });
  const inputs = generator.inputs.all;
  const normalized = inputs
    .filter((input) => input.type === 'double')
    .map(({ local }) => `if (${local} !== null && !Number.isFinite(${local})) ${local} = null;`);
  const declared = generator.temporaries.length === 0 ? [] : [`let ${generator.temporaries.join(', ')};`];
  return {
    inputs,
    constants: generator.constants.join('\n'),
    body: [...normalized, ...declared, ...writes].join('\n'),
  };
}
