import type { Derivation } from '@burnline/core';
import type { DerivedKind, DerivedSql } from './derived-kind.ts';
import { timeslicesKind } from './timeslices/timeslices-kind.ts';

/** Every kind that is made from panes, one folder each. */
const DERIVED_KINDS: Readonly<Record<Derivation['kind'], DerivedKind>> = { timeslices: timeslicesKind };

/** Every way to make a budget: of events, or of what is made from them. */
export const BUDGETING_METHODS: readonly string[] = [
  'Occurrences',
  ...Object.values(DERIVED_KINDS).map(({ method }) => method),
];

/** The kind that a budgeting method asks for; null: events are counted one by one. */
export function derivedKindOf(method: string | undefined): DerivedKind | null {
  return Object.values(DERIVED_KINDS).find((kind) => kind.method === method) ?? null;
}

export function derivedSql(derivation: Derivation, settings: { readonly paneS: number }): DerivedSql {
  return DERIVED_KINDS[derivation.kind].sql(derivation, settings);
}
