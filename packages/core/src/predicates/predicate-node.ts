/**
 * The normal form of a predicate: what the CEL expression of a spec becomes once it is parsed and type-checked.
 * JavaScript and SQL are generated from this tree alone, never from the expression's text.
 *
 * Absence: a comparison, `in` or text test with an absent operand is false; arithmetic with an absent operand is absent;
 * an absent boolean is false; `not` negates the two-valued result (so `!(ttft_ms > 5)` is true where ttft_ms is absent).
 */
export type ValueType = 'string' | 'int' | 'double' | 'bool';
export type MapType = 'string_map' | 'double_map';
export type FieldType = ValueType | MapType;

export interface FieldDefinition {
  readonly name: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  /** The closed set of an enum field; predicates that compare with another word are refused. */
  readonly symbols?: readonly string[];
}

export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type TextTest = 'startsWith' | 'endsWith' | 'contains';

export interface LiteralNode {
  readonly kind: 'literal';
  readonly type: ValueType;
  readonly value: string | number | boolean;
}
/** A top-level field of the event. */
export interface FieldNode {
  readonly kind: 'field';
  readonly name: string;
  readonly type: ValueType;
  readonly nullable: boolean;
}
/** One entry of a map field, absent where the key is. */
export interface EntryNode {
  readonly kind: 'entry';
  readonly map: string;
  readonly key: string;
  readonly type: 'string' | 'double';
}

export type PredicateNode =
  | LiteralNode
  | FieldNode
  | EntryNode
  | { readonly kind: 'has'; readonly operand: FieldNode | EntryNode }
  | { readonly kind: 'not'; readonly operand: PredicateNode }
  | { readonly kind: 'and' | 'or'; readonly left: PredicateNode; readonly right: PredicateNode }
  | {
      readonly kind: 'compare';
      readonly operator: CompareOperator;
      readonly left: PredicateNode;
      readonly right: PredicateNode;
    }
  | { readonly kind: 'in'; readonly operand: PredicateNode; readonly values: readonly LiteralNode[] }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly type: 'int' | 'double';
      readonly left: PredicateNode;
      readonly right: PredicateNode;
    }
  | { readonly kind: 'negate'; readonly type: 'int' | 'double'; readonly operand: PredicateNode }
  | {
      readonly kind: 'text';
      readonly test: TextTest;
      readonly operand: PredicateNode;
      readonly argument: PredicateNode;
    }
  /** Length of a string in Unicode code points. */
  | { readonly kind: 'size'; readonly operand: PredicateNode }
  | {
      readonly kind: 'conditional';
      readonly test: PredicateNode;
      readonly then: PredicateNode;
      readonly otherwise: PredicateNode;
    };
