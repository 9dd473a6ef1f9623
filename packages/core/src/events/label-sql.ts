import { sqlText } from '../predicates/predicate-sql.ts';
import { fieldSql, referenceParts } from './derived-fields.ts';

/** SQL of a group-by dimension's value as text, '' where there is none; over columns as `column` gives them. */
export function labelSql(dimension: string, column: (name: string) => string): string {
  const { field, key } = referenceParts(dimension);
  if (key === null) return `ifNull(toString(${fieldSql(field, column)}), '')`;
  return `${column(field)}[${sqlText(key)}]`;
}
