import type { Derivation } from '@burnline/core';
import type { ObjectiveField, ObjectivePlace } from './sli-kind.ts';

/**
 * SQL that makes rows of a derived kind from rows of what is counted. Rows have the columns `sli`, `series`, `p` (the pane that
 * a window counts them by, epoch seconds), `first` (their oldest pane), `good` and `total`, counted ones also `good_extra` and
 * `total_extra` (thousandths).
 */
export interface DerivedSql {
  /** Counted rows are read from a multiple of so many seconds on, */
  readonly gridS: number;
  /** and from so many seconds before the first that a window counts; 0 if absent. */
  readonly reachS?: number;
  /** Columns of counted rows beside those, by name: SQL over a row of panes. */
  readonly columns?: Readonly<Record<string, string>>;
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
  /**
   * Of a kind that judges entities: SELECT of those that are bad, `entity` (its series among the counted ones), `p`,
   * `consumed_sum` (thousandths) and `allowed` (units).
   */
  readonly entities?: (counted: string) => string;
}

/** A kind that a budgeting method asks for: its good and total are made from the panes of any counted kind. */
export interface DerivedKind<Kind extends Derivation = Derivation> {
  /** The budgeting method that asks for it. */
  readonly method: string;
  readonly objectiveFields: readonly ObjectiveField[];
  /** Bad ones that an alert needs in its long window, unless the SLO says otherwise. */
  readonly badCountMin: number;
  /** What an objective says of it; null where it has a mistake, each of which is reported. */
  readonly read: (objective: ObjectivePlace) => Kind | null;
}
