import type { Derivation } from '@burnline/core';
import type { DerivedKind, DerivedSql } from './derived-kind.ts';
import { ratioTimeslicesKind } from './ratio-timeslices/ratio-timeslices-kind.ts';
import { timeslicesKind } from './timeslices/timeslices-kind.ts';

type DerivedKinds = {
  readonly [Kind in Derivation['kind']]: DerivedKind<Extract<Derivation, { kind: Kind }>>;
};

/** Every kind that is made from panes, one folder each. */
const DERIVED_KINDS: DerivedKinds = {
  timeslices: timeslicesKind,
  'ratio-timeslices': ratioTimeslicesKind,
};

/** The kind that a budgeting method asks for; null: events are counted one by one. */
export function derivedKindOf(method: string | undefined): DerivedKinds[Derivation['kind']] | null {
  return Object.values(DERIVED_KINDS).find((kind) => kind.method === method) ?? null;
}

export function derivedSql(derivation: Derivation, settings: { readonly paneS: number }): DerivedSql {
  switch (derivation.kind) {
    case 'timeslices':
      return DERIVED_KINDS.timeslices.sql(derivation, settings);
    case 'ratio-timeslices':
      return DERIVED_KINDS['ratio-timeslices'].sql(derivation, settings);
  }
}
