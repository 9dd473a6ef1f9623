import type { InferenceEvent } from '@burnline/core';
import { PANE_MS } from './slos.ts';
import type { PaneCount, PeerCondition, PeerSlo } from './slos.ts';

/**
 * The definition that the peers are held against: whole events, one condition after another, one number at a time.
 * It shares no code with any peer.
 */
export class NaiveCount {
  readonly #slos: readonly PeerSlo[];
  readonly #panes = new Map<
    string,
    { slo: string; pane: number; group: string; good: number; total: number }
  >();

  constructor(slos: readonly PeerSlo[]) {
    this.#slos = slos;
  }

  add(event: InferenceEvent): void {
    const pane = Math.floor(event.occurred_at / (PANE_MS * 1_000)) * PANE_MS;
    for (const slo of this.#slos) {
      if (!slo.total.every((condition) => holds(condition, event))) continue;
      const group = slo.byProvider ? event.provider : '';
      const key = `${slo.name} ${pane} ${group}`;
      let count = this.#panes.get(key);
      if (count === undefined) {
        count = { slo: slo.name, pane, group, good: 0, total: 0 };
        this.#panes.set(key, count);
      }
      count.total += 1;
      if (slo.good.every((condition) => holds(condition, event))) count.good += 1;
    }
  }

  panes(): readonly PaneCount[] {
    return [...this.#panes.values()];
  }
}

function holds(condition: PeerCondition, event: InferenceEvent): boolean {
  const value = event[condition.field];
  if ('is' in condition) return value === condition.is;
  if ('present' in condition) return value !== null;
  return typeof value === 'number' && value <= condition.atMost;
}

/** What differs between a peer's panes and the expected ones, a line each; empty if every integer is equal. */
export function differingPanes(
  found: readonly PaneCount[],
  expected: readonly PaneCount[],
): readonly string[] {
  const textOf = ({ good, total }: PaneCount): string => `${good} of ${total}`;
  const keyOf = ({ slo, pane, group }: PaneCount): string =>
    `${slo}, pane ${pane}${group === '' ? '' : `, ${group}`}`;
  const left = new Map(expected.map((pane) => [keyOf(pane), textOf(pane)]));
  const differences: string[] = [];
  for (const pane of found) {
    const key = keyOf(pane);
    const wanted = left.get(key);
    left.delete(key);
    if (wanted !== textOf(pane))
      differences.push(`${key}: ${textOf(pane)}, expected ${wanted ?? 'no such pane'}`);
  }
  for (const [key, wanted] of left) differences.push(`${key}: missing, expected ${wanted}`);
  return differences;
}
