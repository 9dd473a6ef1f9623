import type { FieldDefinition, PredicateNode, ValueType } from '@burnline/core';

/** A translated subexpression, with what CEL knows of it. */
export interface CelValue {
  readonly node: PredicateNode;
  readonly type: ValueType;
  /** Set for an enum field: its words. */
  readonly symbols?: readonly string[];
}

export const isNumber = (type: ValueType): boolean => type === 'int' || type === 'double';
export const areComparable = (left: ValueType, right: ValueType): boolean =>
  left === right || (isNumber(left) && isNumber(right));

const TYPE_WORDS: Readonly<Record<FieldDefinition['type'], string>> = {
  string: 'text',
  int: 'an integer',
  double: 'a double',
  bool: 'a boolean',
  string_map: 'a map of texts',
  double_map: 'a map of doubles',
};
/** `text`, `an integer`: a type as messages say it. */
export const typeWord = (type: FieldDefinition['type']): string => TYPE_WORDS[type];

export const SUPPORTED_CEL =
  "fields, attributes['k'], measures['k'], literals, has(), && || !, comparisons, in [...], + - * / %, double(), startsWith, endsWith, contains, size, ?:";

/** `a, b or c` */
export const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;

export const bool = (node: PredicateNode): CelValue => ({ node, type: 'bool' });
