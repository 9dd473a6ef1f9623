import type { FieldNode, PredicateNode } from '../predicates/predicate-node.ts';

/**
 * The model of a record: the one that answered, else the one that was asked for. It is on no wire and in no table; whoever
 * counts or groups by it reads the two fields that it follows from.
 */
export const MODEL_FIELD = 'model';

const text = (name: string): FieldNode => ({ kind: 'field', name, type: 'string', nullable: false });
const SERVED = text('model_served');
const REQUESTED = text('model_requested');

/** The model's value in a predicate. */
export const MODEL_NODE: PredicateNode = {
  kind: 'conditional',
  test: {
    kind: 'compare',
    operator: '!=',
    left: SERVED,
    right: { kind: 'literal', type: 'string', value: '' },
  },
  then: SERVED,
  otherwise: REQUESTED,
};

/** What asks whether there is a model: every event has one. */
export const MODEL_PRESENCE: FieldNode = REQUESTED;

/** A field, or an entry of one that is a map: `attributes.plan` is the key `plan` of `attributes`. Keys may have dots. */
export function referenceParts(name: string): { readonly field: string; readonly key: string | null } {
  const dot = name.indexOf('.');
  return dot < 0 ? { field: name, key: null } : { field: name.slice(0, dot), key: name.slice(dot + 1) };
}

/** What of the wire a field, or an entry of a map, is read from: fields, or that entry. */
export function sourcesOf(name: string): readonly string[] {
  return name === MODEL_FIELD ? [SERVED.name, REQUESTED.name] : [name];
}

/** The same as whole fields. */
export function sourceFieldsOf(name: string): readonly string[] {
  return sourcesOf(referenceParts(name).field);
}

type DecodedRecord = Readonly<Record<string, unknown>>;

/** Reads a field of decoded records, derived ones included, or an entry of a map; made once, for records by the million. */
export function valueReader(name: string): (record: DecodedRecord) => unknown {
  const { field, key } = referenceParts(name);
  if (key === null) return (record) => fieldOf(record, field);
  return (record) => (record[field] as DecodedRecord | undefined)?.[key];
}

function fieldOf(record: DecodedRecord, field: string): unknown {
  if (field !== MODEL_FIELD) return record[field];
  const served = record[SERVED.name];
  return served === '' || served === undefined || served === null ? record[REQUESTED.name] : served;
}

/** The same in SQL, over columns as `column` gives them. */
export function fieldSql(field: string, column: (name: string) => string): string {
  if (field !== MODEL_FIELD) return column(field);
  const served = column(SERVED.name);
  return `if(${served} != '', ${served}, ${column(REQUESTED.name)})`;
}
