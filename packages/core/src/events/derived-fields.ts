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

/** The fields of the wire that a field is read from. */
export function sourceFieldsOf(field: string): readonly string[] {
  return field === MODEL_FIELD ? [SERVED.name, REQUESTED.name] : [field];
}

/** A field of a decoded record, derived ones included. */
export function fieldOf(record: Readonly<Record<string, unknown>>, field: string): unknown {
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
