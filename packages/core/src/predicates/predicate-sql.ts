import { chainOf, checkPredicate, typeOf } from './predicate-check.ts';
import type { EntryNode, FieldNode, LiteralNode, PredicateNode, ValueType } from './predicate-node.ts';

type Node<Kind extends PredicateNode['kind']> = Extract<PredicateNode, { kind: Kind }>;

export interface PredicateSqlOptions {
  /** The SQL for a field's column; the name itself by default. */
  readonly column?: (name: string) => string;
}

interface ValueSql {
  readonly sql: string;
  /** Whether the expression may be NULL, which is what absent is in SQL. */
  readonly isNullable: boolean;
}

/** One past the largest integer that a double holds exactly: what reaches it is absent. */
const INT_LIMIT = '9007199254740992.';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'" };

/** A string literal; control characters are written as \xHH. */
export function sqlText(text: string): string {
  const escaped = text.replace(
    /[\\']|\p{Cc}/gu,
    (found) =>
      ESCAPES[found] ??
      [...encodeUtf8(found)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return `'${escaped}'`;
}

/** UTF-8 of a control character, U+0000 to U+009F. */
const encodeUtf8 = (found: string): readonly number[] => {
  const code = found.charCodeAt(0);
  return code < 0x80 ? [code] : [0xc0 | (code >> 6), 0x80 | (code & 0x3f)];
};

/** A number as a literal: doubles keep a point or exponent, so that none is read as a wide integer. */
function sqlNumber(value: number, type: ValueType): string {
  const text = String(value);
  const isWhole = type === 'double' && /^-?\d+$/.test(text);
  const sql = isWhole ? `${text}.` : text;
  return value < 0 ? `(${sql})` : sql;
}

function sqlLiteral({ type, value }: LiteralNode): string {
  if (typeof value === 'string') return sqlText(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  return sqlNumber(value, type);
}

class SqlWriter {
  readonly #column: (name: string) => string;

  constructor(column: (name: string) => string) {
    this.#column = column;
  }

  /** A boolean expression: UInt8, never NULL. */
  test(node: PredicateNode): string {
    switch (node.kind) {
      case 'not':
        return `(NOT ${this.test(node.operand)})`;
      case 'and':
      case 'or': {
        const operands = chainOf(node, node.kind).map((operand) => this.test(operand));
        return `(${operands.join(node.kind === 'and' ? ' AND ' : ' OR ')})`;
      }
      case 'has':
        return this.#has(node.operand);
      case 'compare':
        return this.#compare(node);
      case 'in':
        return this.#in(node);
      case 'text':
        return this.#text(node);
      case 'conditional':
        return `if(${this.test(node.test)}, ${this.test(node.then)}, ${this.test(node.otherwise)})`;
      case 'literal':
      case 'field':
      case 'entry':
      case 'arithmetic':
      case 'negate':
      case 'size':
        return definite(this.#value(node));
    }
  }

  #has(operand: FieldNode | EntryNode): string {
    const value = this.#value(operand);
    return value.isNullable ? `(${value.sql} IS NOT NULL)` : '1';
  }

  #compare(node: Node<'compare'>): string {
    const [left, right] = [this.#value(node.left), this.#value(node.right)];
    const operator = node.operator === '==' ? '=' : node.operator;
    return definite({
      sql: `(${left.sql} ${operator} ${right.sql})`,
      isNullable: left.isNullable || right.isNullable,
    });
  }

  #in(node: Node<'in'>): string {
    const operand = this.#value(node.operand);
    if (node.values.length === 0) return '0';
    // A list takes the operand's type; numbers of another type are compared one by one instead, without rounding.
    const isPlain = typeOf(node.operand) === 'string';
    const sql = isPlain
      ? `(${operand.sql} IN (${node.values.map(sqlLiteral).join(', ')}))`
      : `(${node.values.map((value) => `${operand.sql} = ${sqlLiteral(value)}`).join(' OR ')})`;
    return definite({ sql, isNullable: operand.isNullable });
  }

  #text(node: Node<'text'>): string {
    const [text, argument] = [this.#value(node.operand), this.#value(node.argument)];
    const isNullable = text.isNullable || argument.isNullable;
    const sql =
      node.test === 'contains'
        ? `(position(${text.sql}, ${argument.sql}) > 0)`
        : `${node.test}(${text.sql}, ${argument.sql})`;
    return definite({ sql, isNullable });
  }

  #value(node: PredicateNode): ValueSql {
    switch (node.kind) {
      case 'literal':
        return { sql: sqlLiteral(node), isNullable: false };
      case 'field':
        return this.#field(node);
      case 'entry':
        return this.#entry(node);
      case 'arithmetic':
        return { sql: this.#arithmetic(node), isNullable: true };
      case 'negate':
        return this.#applied(node.operand, (sql) => `(0 - ${sql})`, true);
      case 'size':
        return this.#applied(node.operand, (sql) => `lengthUTF8(${sql})`, false);
      case 'conditional':
        return this.#conditional(node);
      case 'has':
      case 'not':
      case 'and':
      case 'or':
      case 'compare':
      case 'in':
      case 'text':
        return { sql: this.test(node), isNullable: false };
    }
  }

  #field(node: FieldNode): ValueSql {
    const sql = this.#column(node.name);
    switch (node.type) {
      case 'double':
        return { sql: finiteSql(sql), isNullable: true };
      case 'bool':
        return { sql: `(${sql} = 1)`, isNullable: node.nullable };
      case 'string':
      case 'int':
        return { sql, isNullable: node.nullable };
    }
  }

  #entry(node: EntryNode): ValueSql {
    const [map, key] = [this.#column(node.map), sqlText(node.key)];
    const value = `${map}[${key}]`;
    // A missing key reads as '' or 0, which is not absent.
    const isPresent = `mapContains(${map}, ${key})`;
    const held = node.type === 'double' ? finiteSql(value) : value;
    return { sql: `if(${isPresent}, ${held}, NULL)`, isNullable: true };
  }

  /** Numbers as doubles, so that column widths and signs play no part. */
  #asDouble(node: PredicateNode): ValueSql {
    const { sql, isNullable } = this.#value(node);
    if (node.kind === 'literal') return { sql: sqlNumber(Number(node.value), 'double'), isNullable };
    const isInteger = node.kind === 'field' && node.type === 'int';
    return { sql: isInteger || node.kind === 'size' ? `toFloat64(${sql})` : sql, isNullable };
  }

  #applied(operand: PredicateNode, apply: (sql: string) => string, isNumeric: boolean): ValueSql {
    const { sql, isNullable } = isNumeric ? this.#asDouble(operand) : this.#value(operand);
    return { sql: apply(sql), isNullable };
  }

  #arithmetic(node: Node<'arithmetic'>): string {
    const [left, right] = [this.#asDouble(node.left).sql, this.#asDouble(node.right).sql];
    if (node.type === 'double') {
      return finiteSql(`${left} ${node.operator} ${right}`);
    }
    switch (node.operator) {
      case '+':
      case '-':
      case '*':
        return exactSql(`${left} ${node.operator} ${right}`);
      case '/':
        return `(trunc(${left} / nullIf(${right}, 0)) + 0)`;
      case '%':
        return `(modulo(${left}, nullIf(${right}, 0)) + 0)`;
    }
  }

  #conditional(node: Node<'conditional'>): ValueSql {
    const isNumeric = typeOf(node) === 'int' || typeOf(node) === 'double';
    const [then, otherwise] = [node.then, node.otherwise].map((branch) =>
      isNumeric ? this.#asDouble(branch) : this.#value(branch),
    ) as [ValueSql, ValueSql];
    return {
      sql: `if(${this.test(node.test)}, ${then.sql}, ${otherwise.sql})`,
      isNullable: then.isNullable || otherwise.isNullable,
    };
  }
}

/** A boolean that is 0 where it would be NULL. */
const definite = ({ sql, isNullable }: ValueSql): string => (isNullable ? `ifNull(${sql}, 0)` : sql);

/**
 * A double that is NULL where it is not finite. Adding 0 makes -0 a 0: ClickHouse turns three or more equalities into IN,
 * which compares bits.
 */
const finiteSql = (sql: string): string => `ifNotFinite(${sql} + 0, NULL)`;

/**
 * An integer result, NULL from 2^53 on either way. The expression stands in it once: a guard that repeated it would
 * double the text with every level. Whether or not least and greatest skip NULL (that changed between versions of
 * ClickHouse), a NULL stays one.
 */
const exactSql = (sql: string): string =>
  `nullIf(nullIf(least(greatest(${sql} + 0, -${INT_LIMIT}), ${INT_LIMIT}), ${INT_LIMIT}), -${INT_LIMIT})`;

/**
 * A predicate as a ClickHouse expression with the same meaning on the raw tables: UInt8 (of LowCardinality columns alone
 * ClickHouse may make it LowCardinality(UInt8), which conditions and countIf take alike), 0 or 1, never NULL.
 * Nullable fields are Nullable columns, maps are Map(LowCardinality(String), String or Float64), enums are
 * LowCardinality(String) or Enum8 (which texts compare with by name).
 *
 * @throws AppError PREDICATE_INVALID
 */
export function predicateToSql(node: PredicateNode, options: PredicateSqlOptions = {}): string {
  checkPredicate(node);
  return new SqlWriter(options.column ?? ((name) => name)).test(node);
}
