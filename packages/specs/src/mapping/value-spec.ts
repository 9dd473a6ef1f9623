/** Where a field's value comes from, as a mapping file says it, and the conditions on columns. Plain data. */

export type Scalar = string | number | boolean | null;

/** A test of one cell's text, or several tests of which one must hold. */
export type Condition =
  | { readonly kind: 'any'; readonly conditions: readonly Condition[] }
  | {
      readonly kind: 'in';
      readonly column: string;
      readonly texts: readonly string[];
      readonly negated: boolean;
    }
  | { readonly kind: 'empty'; readonly column: string; readonly negated: boolean }
  | { readonly kind: 'atLeast' | 'lessThan'; readonly column: string; readonly bound: number };

/** Which part of a cell's text is meant; what lies between two separators if both ends are given. */
export interface TextPart {
  readonly from: { readonly separator: string; readonly last: boolean } | null;
  readonly to: { readonly separator: string; readonly last: boolean } | null;
}

export interface ColumnSpec {
  readonly kind: 'column';
  readonly column: string;
  /** The cell is read as if it held this part alone; a text without the separator is an empty cell. */
  readonly part: TextPart | undefined;
  readonly unit: string | undefined;
  readonly table: Readonly<Record<string, Scalar>> | undefined;
  /** For texts that the table lacks. */
  readonly otherwise: Scalar | undefined;
  readonly whenEmpty: Scalar | undefined;
  /** All of them hold: the value is absent, whatever the cell says. Empty: never. */
  readonly nullWhen: readonly Condition[];
}

export type ValueSpec =
  | { readonly kind: 'constant'; readonly value: Scalar }
  | ColumnSpec
  /** Literal texts around columns: one more text than there are columns. */
  | { readonly kind: 'template'; readonly texts: readonly string[]; readonly columns: readonly string[] }
  /** One that is absent makes the sum absent. */
  | { readonly kind: 'sum'; readonly values: readonly ValueSpec[] }
  | {
      readonly kind: 'cases';
      readonly cases: readonly { readonly when: readonly Condition[]; readonly value: ValueSpec }[];
      readonly otherwise: ValueSpec;
    };

function conditionColumns(condition: Condition): string[] {
  return condition.kind === 'any' ? condition.conditions.flatMap(conditionColumns) : [condition.column];
}

export function columnsOfConditions(conditions: readonly Condition[]): string[] {
  return conditions.flatMap(conditionColumns);
}

/** Every column that the value may look at. */
export function columnsOfValue(spec: ValueSpec): string[] {
  switch (spec.kind) {
    case 'constant':
      return [];
    case 'column':
      return [spec.column, ...columnsOfConditions(spec.nullWhen)];
    case 'template':
      return [...spec.columns];
    case 'sum':
      return spec.values.flatMap(columnsOfValue);
    case 'cases':
      return [
        ...spec.cases.flatMap(({ when, value }) => [...columnsOfConditions(when), ...columnsOfValue(value)]),
        ...columnsOfValue(spec.otherwise),
      ];
  }
}
