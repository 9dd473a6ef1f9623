import type { Derivation } from '@burnline/core';
import type { DerivedKind, DerivedSql } from './derived-kind.ts';
import { driftStates } from './drift-timeslices/drift-timeslices-states.ts';
import { meanTimeslicesForm } from './mean-timeslices/mean-timeslices-form.ts';
import { ratioTimeslicesForm, ratioTimeslicesKind } from './ratio-timeslices/ratio-timeslices-kind.ts';
import { sliceSql, type OwnStates } from './slices/slice-sql.ts';
import { summedStates } from './slices/summed-states.ts';
import { timeslicesForm } from './timeslices/timeslices-form.ts';
import { timeslicesKind } from './timeslices/timeslices-kind.ts';

/** Kinds that a budgeting method asks for, one folder each. */
const METHODS: readonly DerivedKind[] = [timeslicesKind, ratioTimeslicesKind];

/** The kind that a budgeting method asks for; null: events are counted one by one. */
export function derivedKindOf(method: string | undefined): DerivedKind | null {
  return METHODS.find((kind) => kind.method === method) ?? null;
}

/** The SQL of whatever is made from panes. */
export function derivedSql(derivation: Derivation, settings: { readonly paneS: number }): DerivedSql {
  return sliceSql(derivation, statesOf(derivation), settings);
}

function statesOf(derivation: Derivation): OwnStates {
  switch (derivation.kind) {
    case 'timeslices':
      return summedStates(derivation, timeslicesForm(derivation));
    case 'ratio-timeslices':
      return summedStates(derivation, ratioTimeslicesForm(derivation));
    case 'mean-timeslices':
      return summedStates(derivation, meanTimeslicesForm(derivation));
    case 'drift-timeslices':
      return driftStates(derivation);
  }
}
