import {
  fieldsOf,
  sumReferencesOf,
  type Derivation,
  type PredicateNode,
  type SliPlan,
  type SloDimension,
} from '@burnline/core';

/** What of a request says whether it got an answer. */
const OUTCOME_FIELDS = new Set(['status', 'outcome', 'http_status', 'refused_by', 'is_final']);
const isTime = (field: string): boolean => field.endsWith('_ms');
const isSpend = (field: string): boolean => field.startsWith('cost_');

/** Ways to make good and total that are of one thing, whatever is counted. */
const BY_DERIVATION: Readonly<Partial<Record<Derivation['kind'], SloDimension>>> = {
  'drift-timeslices': 'drift',
  'capacity-timeslices': 'capacity',
  'calibration-timeslices': 'quality',
  envelope: 'cost',
};

/** What a budget is of where its spec does not say: by how its good and total are made, then by what its condition reads. */
export function defaultDimensionOf(sli: Omit<SliPlan, 'specRev'>): SloDimension {
  const { derivation, weight, stream, scope, verdict } = sli;
  const ofDerivation = derivation === undefined ? undefined : BY_DERIVATION[derivation.kind];
  if (ofDerivation !== undefined) return ofDerivation;
  if (weight !== undefined && 'fields' in weight) return 'cost';
  if (stream === 'verdicts') return isOfSafety(scope) ? 'safety' : 'quality';
  const fields =
    derivation?.kind === 'mean-timeslices'
      ? sumReferencesOf(derivation.sum)
      : fieldsOf([verdict.where]).filter((field) => !OUTCOME_FIELDS.has(field));
  if (fields.some(isTime)) return 'latency';
  if (fields.some(isSpend)) return 'cost';
  // Of a mean nothing was taken away.
  return fields.length === 0 && derivation?.kind !== 'mean-timeslices' && readsAnything(verdict.where)
    ? 'availability'
    : 'other';
}

const readsAnything = (node: PredicateNode): boolean => fieldsOf([node]).length > 0;

/** Whether a scope lets verdicts of safety through alone, in so many words: `dimension == 'safety'`, and whatever else. */
function isOfSafety(scope: PredicateNode | null): boolean {
  if (scope === null) return false;
  if (scope.kind === 'and') return isOfSafety(scope.left) || isOfSafety(scope.right);
  if (scope.kind !== 'compare' || scope.operator !== '==') return false;
  const sides = [scope.left, scope.right];
  return (
    sides.some((side) => side.kind === 'field' && side.name === 'dimension') &&
    sides.some((side) => side.kind === 'literal' && side.value === 'safety')
  );
}
