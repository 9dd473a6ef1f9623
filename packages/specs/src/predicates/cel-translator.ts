import { DERIVED_FIELDS, PREDICATE_DEPTH_MAX } from '@burnline/core';
import type {
  EntryNode,
  FieldDefinition,
  FieldNode,
  LiteralNode,
  PredicateNode,
  ValueType,
} from '@burnline/core';
import type { ASTNode } from '@marcbachmann/cel-js';
import { areComparable, bool, isNumber, oneOf, SUPPORTED_CEL, typeWord } from './cel-value.ts';
import type { CelValue } from './cel-value.ts';
import { CelReferences } from './cel-references.ts';
import { didYouMean } from '@burnline/core';
import type { PredicateIssueList } from './predicate-issue.ts';

type Ast<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;
type Comparison = Ast<'==' | '!=' | '<' | '<=' | '>' | '>='>;
type Arithmetic = Ast<'+' | '-' | '*' | '/' | '%'>;
const TEXT_TESTS = ['startsWith', 'endsWith', 'contains'] as const;

/**
 * Turns the syntax tree of CEL into a predicate. A part with a mistake becomes null and is reported where the mistake
 * is; what surrounds it goes on being checked and does not report it again.
 */
export class CelTranslator {
  readonly #issues: PredicateIssueList;
  readonly #references: CelReferences;
  #depth = 0;

  constructor(fields: readonly FieldDefinition[], issues: PredicateIssueList) {
    this.#issues = issues;
    this.#references = new CelReferences(fields, issues);
  }

  predicate(ast: ASTNode): PredicateNode | null {
    return this.#typed(ast, 'bool', 'The expression must be true or false')?.node ?? null;
  }

  #translate(ast: ASTNode): CelValue | null {
    // One level more than a predicate may have: the tree's own check then sees that it is too deep.
    if (this.#depth > PREDICATE_DEPTH_MAX) return this.#tooDeep(ast);
    this.#depth += 1;
    const value = this.#translateNode(ast);
    this.#depth -= 1;
    return value;
  }

  #translateNode(ast: ASTNode): CelValue | null {
    switch (ast.op) {
      case 'value':
        return this.#literal(ast, ast.args);
      case 'id':
      case '.':
      case '[]':
        return this.#references.value(ast);
      case '!_': {
        const operand = this.#typed(ast.args, 'bool', '! negates a boolean');
        return operand === null ? null : bool({ kind: 'not', operand: operand.node });
      }
      case '-_':
        return this.#negate(ast);
      case '&&':
      case '||':
        return this.#connective(ast);
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#compare(ast);
      case 'in':
        return this.#in(ast);
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return this.#arithmetic(ast);
      case '?:':
        return this.#conditional(ast);
      case 'call':
        return this.#call(ast);
      case 'rcall':
        return this.#method(ast);
      case '.?':
      case '[?]':
      case 'list':
      case 'map':
        return this.#unsupported(
          ast,
          ast.op === 'list' ? 'A list outside of `in`' : `The operator ${ast.op}`,
        );
    }
  }

  #fail(
    ast: ASTNode,
    message: string,
    expected: string,
    more: { found?: string; remedy?: string | undefined } = {},
  ): null {
    this.#issues.add(ast, {
      message,
      expected,
      found: more.found ?? this.#issues.textAt(ast),
      remedy: more.remedy,
    });
    return null;
  }

  #tooDeep(ast: ASTNode): null {
    const expected = `at most ${PREDICATE_DEPTH_MAX} levels of nesting`;
    return this.#fail(ast, 'The expression nests too deeply.', expected, { remedy: 'Simplify it.' });
  }

  #unsupported(ast: ASTNode, what: string): null {
    return this.#fail(ast, `${what} is not supported in predicates.`, SUPPORTED_CEL);
  }

  /** Translates a part that must have a type. */
  #typed(ast: ASTNode, type: ValueType, reason: string): CelValue | null {
    const value = this.#translate(ast);
    if (value === null || value.type === type) return value;
    return this.#fail(ast, `${reason}, and this is ${typeWord(value.type)}.`, typeWord(type));
  }

  #literal(ast: ASTNode, value: Ast<'value'>['args']): CelValue | null {
    if (typeof value === 'string')
      return { node: { kind: 'literal', type: 'string', value }, type: 'string' };
    if (typeof value === 'boolean') return bool({ kind: 'literal', type: 'bool', value });
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) return this.#fail(ast, 'The number is too large.', 'a finite double');
      return { node: { kind: 'literal', type: 'double', value }, type: 'double' };
    }
    if (typeof value === 'bigint') {
      const isExact = Number.isSafeInteger(Number(value));
      if (!isExact) return this.#fail(ast, 'The integer is too large.', 'at most 2^53 - 1 either way');
      return { node: { kind: 'literal', type: 'int', value: Number(value) }, type: 'int' };
    }
    if (value !== null) return this.#unsupported(ast, 'A literal of this type');
    const remedy = 'Write has(field) to ask whether a field has a value, !has(field) for the opposite.';
    return this.#fail(ast, 'null is not supported in predicates.', SUPPORTED_CEL, { remedy });
  }

  #negate(ast: Ast<'-_'>): CelValue | null {
    const operand = this.#translate(ast.args);
    if (operand === null) return null;
    const { node, type } = operand;
    if (type !== 'int' && type !== 'double') {
      return this.#fail(ast.args, `Only numbers can be negated, and this is ${typeWord(type)}.`, 'a number');
    }
    if (node.kind === 'literal') return { node: { ...node, value: -Number(node.value) }, type };
    return { node: { kind: 'negate', type, operand: node }, type };
  }

  #connective(ast: Ast<'&&' | '||'>): CelValue | null {
    // A long chain is a deep tree to the left; walking it in a loop keeps it one level.
    const operands: ASTNode[] = [];
    let rest: ASTNode = ast;
    while (rest.op === ast.op) {
      operands.push(rest.args[1]);
      rest = rest.args[0];
    }
    operands.push(rest);
    const values = operands
      .reverse()
      .map((operand) => this.#typed(operand, 'bool', `${ast.op} joins booleans`)?.node ?? null);
    const nodes = values.filter((node) => node !== null);
    if (nodes.length < values.length) return null;
    const kind = ast.op === '&&' ? 'and' : 'or';
    return bool(nodes.reduce((left, right) => ({ kind, left, right })));
  }

  #compare(ast: Comparison): CelValue | null {
    const [left, right] = [this.#translate(ast.args[0]), this.#translate(ast.args[1])];
    if (left === null || right === null) return null;
    if (!areComparable(left.type, right.type)) {
      return this.#fail(
        ast.args[1],
        `${typeWord(left.type)} cannot be compared with ${typeWord(right.type)}.`.replace(/^./, (first) =>
          first.toUpperCase(),
        ),
        typeWord(left.type),
      );
    }
    const isEqualityOnly = left.symbols !== undefined || right.symbols !== undefined;
    if (isEqualityOnly && ast.op !== '==' && ast.op !== '!=') {
      return this.#fail(ast, 'Words of a closed set have no order.', '==, != or in');
    }
    if (!this.#hasKnownWord(left, ast.args[1], right) || !this.#hasKnownWord(right, ast.args[0], left))
      return null;
    return bool({ kind: 'compare', operator: ast.op, left: left.node, right: right.node });
  }

  /** Whether an operand may stand beside an enum field: only one of its words may. Reports otherwise. */
  #hasKnownWord(field: CelValue, ast: ASTNode, other: CelValue): boolean {
    const { symbols } = field;
    if (symbols === undefined) return true;
    const word = other.node.kind === 'literal' ? String(other.node.value) : null;
    if (word !== null && symbols.includes(word)) return true;
    const name = field.node.kind === 'field' ? field.node.name : 'the field';
    const message =
      word === null
        ? `${name} can only be compared with a word.`
        : `${name} is never ${JSON.stringify(word)}.`;
    this.#fail(ast, message, oneOf(symbols), {
      remedy: word === null ? undefined : didYouMean(word, symbols),
    });
    return false;
  }

  #in(ast: Ast<'in'>): CelValue | null {
    const [operandAst, listAst] = ast.args;
    if (listAst.op !== 'list') return this.#inMap(ast);
    const operand = this.#translate(operandAst);
    const literals = listAst.args.map((item) => this.#listItem(item, operand));
    const values = literals.filter((value) => value !== null);
    if (operand === null || values.length < literals.length) return null;
    return bool({ kind: 'in', operand: operand.node, values });
  }

  #listItem(ast: ASTNode, operand: CelValue | null): LiteralNode | null {
    const item = this.#translate(ast);
    if (item === null || operand === null) return null;
    if (item.node.kind !== 'literal') return this.#fail(ast, 'A list holds literals only.', 'a literal');
    if (!areComparable(operand.type, item.type)) {
      return this.#fail(ast, 'The list holds values of another type.', typeWord(operand.type));
    }
    return this.#hasKnownWord(operand, ast, item) ? item.node : null;
  }

  /** `'k' in attributes` asks whether the map has the key. */
  #inMap({ args: [key, map] }: Ast<'in'>): CelValue | null {
    const entry = map.op === 'id' ? this.#references.entryOf(map, key, key) : undefined;
    if (entry !== undefined) return entry === null ? null : bool({ kind: 'has', operand: entry });
    return this.#fail(map, '`in` wants a list of literals.', "a list such as ['a', 'b'], or attributes");
  }

  #arithmetic(ast: Arithmetic): CelValue | null {
    const [left, right] = [this.#translate(ast.args[0]), this.#translate(ast.args[1])];
    if (left === null || right === null) return null;
    for (const [operand, place] of [
      [left, ast.args[0]],
      [right, ast.args[1]],
    ] as const) {
      if (isNumber(operand.type)) continue;
      return this.#fail(
        place,
        `${ast.op} calculates with numbers, and this is ${typeWord(operand.type)}.`,
        'a number',
      );
    }
    if (left.type !== right.type) {
      const remedy = 'Write whole numbers as 2.0, and integer fields as double(field).';
      return this.#fail(ast, `${ast.op} wants two integers or two doubles.`, 'operands of one type', {
        remedy,
      });
    }
    if (ast.op === '%' && left.type !== 'int') return this.#fail(ast, '% is for integers only.', 'integers');
    const type = left.type === 'int' ? 'int' : 'double';
    return { node: { kind: 'arithmetic', type, operator: ast.op, left: left.node, right: right.node }, type };
  }

  #conditional({ args: [testAst, thenAst, otherwiseAst] }: Ast<'?:'>): CelValue | null {
    const test = this.#typed(testAst, 'bool', 'A condition is true or false');
    const [then, otherwise] = [this.#translate(thenAst), this.#translate(otherwiseAst)];
    if (test === null || then === null || otherwise === null) return null;
    if (then.type !== otherwise.type) {
      return this.#fail(otherwiseAst, 'Both branches of ?: must have one type.', typeWord(then.type));
    }
    for (const [branch, place] of [
      [then, thenAst],
      [otherwise, otherwiseAst],
    ] as const) {
      // Its column may be an enumeration in the database, which mixes with no other text.
      if (branch.symbols !== undefined)
        return this.#fail(place, 'A word of a closed set cannot be a branch.', 'other text');
    }
    const node = {
      kind: 'conditional',
      test: test.node,
      then: then.node,
      otherwise: otherwise.node,
    } as const;
    return { node, type: then.type };
  }

  #call(ast: Ast<'call'>): CelValue | null {
    const [name, parameters] = ast.args;
    const [first] = parameters;
    if (first === undefined || parameters.length > 1)
      return this.#unsupported(ast, `${name}() with ${parameters.length} arguments`);
    switch (name) {
      case 'has': {
        const operand = this.#references.resolve(first);
        if (operand === null) return null;
        const derived = DERIVED_FIELDS.find(({ node }) => node === operand.node);
        const reference = derived?.presence ?? operand.node;
        return bool({ kind: 'has', operand: reference as FieldNode | EntryNode });
      }
      case 'size':
        return this.#size(first);
      case 'double': {
        const value = this.#translate(first);
        if (value === null) return null;
        if (!isNumber(value.type)) return this.#fail(first, 'double() wants a number.', 'a number');
        // Integers are exact as doubles, so only what CEL allows to stand beside it changes.
        return { node: value.node, type: 'double' };
      }
      default:
        return this.#unsupported(ast, `${name}()`);
    }
  }

  #size(ast: ASTNode): CelValue | null {
    const text = this.#text(ast, 'size() measures text');
    return text === null ? null : { node: { kind: 'size', operand: text.node }, type: 'int' };
  }

  /** Text that is not a word of a closed set. */
  #text(ast: ASTNode, reason: string): CelValue | null {
    const value = this.#typed(ast, 'string', reason);
    if (value?.symbols === undefined) return value;
    return this.#fail(ast, 'Words of a closed set can only be compared.', '==, != or in');
  }

  #method(ast: Ast<'rcall'>): CelValue | null {
    const [name, receiver, parameters] = ast.args;
    const test = TEXT_TESTS.find((known) => known === name);
    const [first] = parameters;
    if (name === 'size' && parameters.length === 0) return this.#size(receiver);
    if (test === undefined || first === undefined || parameters.length > 1)
      return this.#unsupported(ast, `.${name}()`);
    const operand = this.#text(receiver, `${name} looks into text`);
    const argument = this.#text(first, `${name} looks for text`);
    if (operand === null || argument === null) return null;
    return bool({ kind: 'text', test, operand: operand.node, argument: argument.node });
  }
}
