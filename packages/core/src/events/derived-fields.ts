import type { FieldNode, PredicateNode } from '../predicates/predicate-node.ts';

type DecodedRecord = Readonly<Record<string, unknown>>;

/**
 * A field that follows from others. It is on no wire and in no table; whoever counts or groups by it reads the fields that it
 * follows from. A test holds its forms together.
 */
export interface DerivedField {
  readonly name: string;
  /** Its value in a predicate. */
  readonly node: PredicateNode;
  /** What asks whether there is one. */
  readonly presence: FieldNode;
  /** The fields of the wire. */
  readonly sources: readonly string[];
  /** The closed set of its values. */
  readonly symbols?: readonly string[];
  readonly read: (record: DecodedRecord) => unknown;
  /** SQL over columns as `column` gives them. */
  readonly sql: (column: (name: string) => string) => string;
}

const text = (name: string): FieldNode => ({ kind: 'field', name, type: 'string', nullable: false });
const literal = (value: string): PredicateNode => ({ kind: 'literal', type: 'string', value });
const compared = (field: FieldNode, operator: '==' | '!=', word: string): PredicateNode => ({
  kind: 'compare',
  operator,
  left: field,
  right: literal(word),
});

const SERVED = text('model_served');
const REQUESTED = text('model_requested');

/** The model of a record: the one that answered, else the one that was asked for. */
const MODEL: DerivedField = {
  name: 'model',
  node: { kind: 'conditional', test: compared(SERVED, '!=', ''), then: SERVED, otherwise: REQUESTED },
  // Every event has a model.
  presence: REQUESTED,
  sources: [SERVED.name, REQUESTED.name],
  read: (record) => {
    const served = record[SERVED.name];
    return served === '' || served === undefined || served === null ? record[REQUESTED.name] : served;
  },
  sql: (column) => `if(${column(SERVED.name)} != '', ${column(SERVED.name)}, ${column(REQUESTED.name)})`,
};

const STATUS = text('status');
const REFUSER = text('refused_by');
/** Who may refuse a call before the provider has seen it. */
const BEFORE_PROVIDER = ['gateway', 'budget', 'guardrail'] as const;

/**
 * How an attempt came out, in four words: what its caller gave up is not its provider's error, nor is what a gateway, a
 * budget or a guardrail refused.
 */
const OUTCOME: DerivedField = {
  name: 'outcome',
  node: {
    kind: 'conditional',
    test: {
      kind: 'in',
      operand: STATUS,
      values: ['ok', 'cancelled'].map((value) => ({ kind: 'literal', type: 'string', value })),
    },
    then: STATUS,
    otherwise: {
      kind: 'conditional',
      test: {
        kind: 'in',
        operand: REFUSER,
        values: BEFORE_PROVIDER.map((value) => ({ kind: 'literal', type: 'string', value })),
      },
      then: literal('refused'),
      otherwise: literal('error'),
    },
  },
  presence: STATUS,
  sources: [STATUS.name, REFUSER.name],
  symbols: ['ok', 'cancelled', 'refused', 'error'],
  read: ({ status, refused_by: refuser }) => {
    if (status === 'ok' || status === 'cancelled') return status;
    return (BEFORE_PROVIDER as readonly unknown[]).includes(refuser) ? 'refused' : 'error';
  },
  sql: (column) => {
    const refusers = BEFORE_PROVIDER.map((word) => `'${word}'`).join(', ');
    return `multiIf(${column(STATUS.name)} IN ('ok', 'cancelled'), ${column(STATUS.name)}, ${column(REFUSER.name)} IN (${refusers}), 'refused', 'error')`;
  },
};

export const DERIVED_FIELDS: readonly DerivedField[] = [MODEL, OUTCOME];
const BY_NAME: ReadonlyMap<string, DerivedField> = new Map(
  DERIVED_FIELDS.map((field) => [field.name, field]),
);

export function derivedField(name: string): DerivedField | undefined {
  return BY_NAME.get(name);
}

/** A field, or an entry of one that is a map: `attributes.plan` is the key `plan` of `attributes`. Keys may have dots. */
export function referenceParts(name: string): { readonly field: string; readonly key: string | null } {
  const dot = name.indexOf('.');
  return dot < 0 ? { field: name, key: null } : { field: name.slice(0, dot), key: name.slice(dot + 1) };
}

/** What of the wire a field, or an entry of a map, is read from: fields, or that entry. */
export function sourcesOf(name: string): readonly string[] {
  return BY_NAME.get(name)?.sources ?? [name];
}

/** The same as whole fields. */
export function sourceFieldsOf(name: string): readonly string[] {
  return sourcesOf(referenceParts(name).field);
}

/** Reads a field of decoded records, derived ones included, or an entry of a map; made once, for records by the million. */
export function valueReader(name: string): (record: DecodedRecord) => unknown {
  const { field, key } = referenceParts(name);
  if (key !== null) return (record) => (record[field] as DecodedRecord | undefined)?.[key];
  return BY_NAME.get(field)?.read ?? ((record) => record[field]);
}

/** The same in SQL, over columns as `column` gives them. */
export function fieldSql(field: string, column: (name: string) => string): string {
  return BY_NAME.get(field)?.sql(column) ?? column(field);
}
