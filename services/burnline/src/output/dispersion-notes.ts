import type { WindowBudgetBurn } from '@burnline/queries';
import { formatNumber } from './format.ts';
import { shown } from './shown.ts';

/** Says of which SLOs events come in bursts, as far as that was measured: they are the less evidence for an alert. */
export function dispersionNotes(burns: readonly WindowBudgetBurn[]): readonly string[] {
  const bursting = new Map<string, { readonly name: string; readonly series: Set<string>; most: number }>();
  for (const { stream, slo, labels, dispersion } of burns) {
    if (dispersion <= 1) continue;
    const key = JSON.stringify([stream, slo]);
    const known = bursting.get(key) ?? { name: `${slo} (${stream})`, series: new Set<string>(), most: 1 };
    known.series.add(JSON.stringify(labels));
    known.most = Math.max(known.most, dispersion);
    bursting.set(key, known);
  }
  return [...bursting.values()].map(
    ({ name, series, most }) =>
      `${shown(name)}: bad events of ${series.size} series come in bursts; as evidence for an alert they count by as much less, up to ${formatNumber(most, { digits: 1, boundaries: [] })} for one`,
  );
}
