import { floorTo, type Derivation, type SliWeight } from '@burnline/core';
import { derivedSql, type DerivedSql } from '@burnline/specs';
import { edgeOf, type EvaluationWindow } from './window-levels.ts';

/** SLOs that are looked at over the same windows, in the same queries. */
export interface WindowGroup {
  readonly slis: readonly { readonly slo: string; readonly specRev: string }[];
  readonly windows: readonly EvaluationWindow[];
  /** How what is judged is made from what is counted; null: it is the same. */
  readonly derivation: Derivation | null;
  /** Absent: events weigh the same. */
  readonly weight?: SliWeight;
}

export interface RowsWanted {
  readonly stream: string;
  readonly group: WindowGroup;
  readonly fromS: number;
  readonly toS: number;
  readonly paneS: number;
  /** Only these series; all where it is absent. */
  readonly series?: readonly string[] | undefined;
  /** Of a derived kind: rows of the archive before it alone, epoch seconds. */
  readonly untilS?: number;
}

/** The SQL of what is made from counted rows; null: they are judged as they are. */
export function derivedOf({ group, paneS }: RowsWanted): DerivedSql | null {
  return group.derivation === null ? null : derivedSql(group.derivation, { paneS });
}

/** The first pane that any window counts, on the grid of a derived kind; epoch seconds. */
export function oldestCountedOf(wanted: RowsWanted): number {
  const edges = wanted.group.windows.map((window) => edgeOf(window, wanted.fromS, wanted.paneS));
  const oldestS = Math.max(0, Math.min(...edges));
  return floorTo(oldestS, derivedOf(wanted)?.gridS ?? 1);
}
