import { DAY_MS, floorTo, type Derivation } from '@burnline/core';
import { derivedSql, type DerivedRange, type DerivedSql } from '@burnline/specs';

const DAY_S = DAY_MS / 1_000;

export type SliceDerivation = Extract<Derivation, { readonly sliceMs: number }>;

/**
 * Time cut into units: the slices that begin within a UTC day. A slice is counted where its last pane lies, so a unit's first
 * counted pane is that of its first slice. All times in epoch seconds.
 */
export class SliceUnits {
  readonly derived: DerivedSql;
  readonly #sliceS: number;
  /** From a slice's start to its last pane. */
  readonly #lastPaneS: number;

  constructor(derivation: SliceDerivation, paneS: number) {
    this.derived = derivedSql(derivation, { paneS });
    this.#sliceS = derivation.sliceMs / 1_000;
    this.#lastPaneS = this.#sliceS - paneS;
  }

  /** The period that slices are held against whenever they are; null: there is none. */
  get pinned(): DerivedRange | null {
    return this.derived.pinned;
  }

  /** The unit of the slice that a pane is part of. */
  ofPane(paneS: number): number {
    return Math.floor(floorTo(paneS, this.#sliceS) / DAY_S);
  }

  /** The unit of the first slice that a window counts, by the first pane that it counts. */
  ofEdge(edgeS: number): number {
    return Math.floor(this.#firstSliceS(edgeS) / DAY_S);
  }

  /** Whether a window counts all of the unit that its edge lies in. */
  isWholeAt(edgeS: number): boolean {
    return this.#firstSliceS(edgeS) === this.fromS(this.ofEdge(edgeS));
  }

  /** Where a unit's first slice begins. */
  fromS(unit: number): number {
    return Math.ceil((unit * DAY_S) / this.#sliceS) * this.#sliceS;
  }

  /** Where its first slice is counted. */
  firstPaneS(unit: number): number {
    return this.fromS(unit) + this.#lastPaneS;
  }

  /** SQL over p: the unit of a slice. */
  get sql(): string {
    return `intDiv(p - ${this.#lastPaneS}, ${DAY_S})`;
  }

  #firstSliceS(edgeS: number): number {
    return Math.ceil((edgeS - this.#lastPaneS) / this.#sliceS) * this.#sliceS;
  }
}
