import type { Derivation, Slices } from '@burnline/core';
import { calibrationTimeslicesForm } from './calibration-timeslices/calibration-timeslices-form.ts';
import { capacityTimeslicesForm } from './capacity-timeslices/capacity-timeslices-form.ts';
import type { DerivedKind, DerivedSql } from './derived-kind.ts';
import { driftStates } from './drift-timeslices/drift-timeslices-states.ts';
import { envelopeSql } from './envelope/envelope-sql.ts';
import { meanTimeslicesForm } from './mean-timeslices/mean-timeslices-form.ts';
import { ratioTimeslicesForm, ratioTimeslicesKind } from './ratio-timeslices/ratio-timeslices-kind.ts';
import { sliceSql, type OwnStates } from './slices/slice-sql.ts';
import { summedStates } from './slices/summed-states.ts';
import { timeslicesForm } from './timeslices/timeslices-form.ts';
import { timeslicesKind } from './timeslices/timeslices-kind.ts';

/** Every kind that a budgeting method asks for, one folder each. */
const METHOD_KINDS: readonly DerivedKind[] = [timeslicesKind, ratioTimeslicesKind];

/** Every way to make a budget: of events, or of what is made from them. */
export const BUDGETING_METHODS: readonly string[] = [
  'Occurrences',
  ...METHOD_KINDS.map(({ method }) => method),
];

/** The kind that a budgeting method asks for; null: events are counted one by one. */
export function derivedKindOf(method: string | undefined): DerivedKind | null {
  return METHOD_KINDS.find((kind) => kind.method === method) ?? null;
}

/** The SQL of whatever is made from panes. */
export function derivedSql(derivation: Derivation, settings: { readonly paneS: number }): DerivedSql {
  if (derivation.kind === 'envelope') return envelopeSql(derivation, settings);
  return sliceSql(derivation, statesOf(derivation), settings);
}

function statesOf(slices: Slices): OwnStates {
  switch (slices.kind) {
    case 'timeslices':
      return summedStates(slices, timeslicesForm(slices));
    case 'ratio-timeslices':
      return summedStates(slices, ratioTimeslicesForm(slices));
    case 'mean-timeslices':
      return summedStates(slices, meanTimeslicesForm(slices));
    case 'calibration-timeslices':
      return summedStates(slices, calibrationTimeslicesForm(slices));
    case 'capacity-timeslices':
      return summedStates(slices, capacityTimeslicesForm(slices));
    case 'drift-timeslices':
      return driftStates(slices);
  }
}
