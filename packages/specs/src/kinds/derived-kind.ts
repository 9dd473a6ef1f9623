import type { Derivation } from '@burnline/core';
import type { ObjectiveField, ObjectivePlace } from './sli-kind.ts';

/**
 * SQL that makes rows of a derived kind from rows of what is counted. Rows have the columns `sli`, `series`, `p` (the pane that
 * a window counts them by, epoch seconds), `first` (their oldest pane), `good` and `total`, counted ones also `good_extra` and
 * `total_extra` (thousandths).
 */
export interface DerivedSql {
  /** Counted rows are read from a multiple of so many seconds on. */
  readonly gridS: number;
  /**
   * SELECT of derived rows at an instant, from a SELECT of the counted ones before it. They have `newest` too: of the panes
   * that a row was made from, the last one with anything in its total.
   */
  readonly rowsAt: (counted: string, atS: number) => string;
  /**
   * SELECT of what changes them and when: counted rows have `seen`, the tick from which they are known, and derived ones are
   * differences, each `seen` at the tick at which it is made.
   */
  readonly changes: (counted: string, tickS: number) => string;
}

/** A kind whose good and total are made from the panes of a counted kind. */
export interface DerivedKind {
  /** The budgeting method that asks for it. */
  readonly method: string;
  readonly objectiveFields: readonly ObjectiveField[];
  /** Bad ones that an alert needs in its long window, unless the SLO says otherwise. */
  readonly badCountMin: number;
  /** What an objective says of it; null where it has a mistake, each of which is reported. */
  readonly read: (objective: ObjectivePlace) => Derivation | null;
  readonly sql: (derivation: Derivation, settings: { readonly paneS: number }) => DerivedSql;
}
