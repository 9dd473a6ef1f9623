import type { Derivation } from '@burnline/core';
import type { DerivedKind, DerivedSql } from './derived-kind.ts';
import { envelopeSql } from './envelope/envelope-sql.ts';
import { timeslicesKind } from './timeslices/timeslices-kind.ts';
import { timeslicesSql } from './timeslices/timeslices-sql.ts';

/** Every kind that a budgeting method asks for, one folder each. */
const METHOD_KINDS: readonly DerivedKind[] = [timeslicesKind];

/** Every way to make a budget: of events, or of what is made from them. */
export const BUDGETING_METHODS: readonly string[] = [
  'Occurrences',
  ...METHOD_KINDS.map(({ method }) => method),
];

/** The kind that a budgeting method asks for; null: events are counted one by one. */
export function derivedKindOf(method: string | undefined): DerivedKind | null {
  return METHOD_KINDS.find((kind) => kind.method === method) ?? null;
}

export function derivedSql(derivation: Derivation, settings: { readonly paneS: number }): DerivedSql {
  switch (derivation.kind) {
    case 'timeslices':
      return timeslicesSql(derivation, settings);
    case 'envelope':
      return envelopeSql(derivation, settings);
  }
}
