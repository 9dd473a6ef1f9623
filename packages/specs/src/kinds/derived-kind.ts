import type { Derivation } from '@burnline/core';
import type { ObjectiveField, ObjectivePlace } from './sli-kind.ts';

/** SELECTs of rows that a derived kind is made from; in a history each has `seen`, the tick from which it is known. */
export interface CountedRows {
  /** Columns `sli`, `series`, `p` (the pane, epoch seconds), `first` (its oldest pane), `good` and `total` with their extras. */
  readonly counted: string;
  /** Columns `sli`, `series` and `first`: those of `counted`, and what came before them. Asked for by `needsBegin`. */
  readonly begins: string;
}

/** What of time is looked at, epoch seconds: from the first pane that any window counts, on the kind's grid. */
export interface DerivedRange {
  readonly fromS: number;
  readonly toS: number;
}

/**
 * SQL that makes rows of a derived kind from rows of what is counted. Rows have the columns `sli`, `series`, `p` (the pane that
 * a window counts them by, epoch seconds), `first` (their oldest pane), `good`, `total`, `good_extra` and `total_extra` (thousandths).
 */
export interface DerivedSql {
  /** Counted rows are read from a multiple of so many seconds on. */
  readonly gridS: number;
  /** And from so many seconds before the first pane that any window counts; a multiple of the grid. */
  readonly carryS: number;
  /** And of a period apart; null: of none. */
  readonly pinned: DerivedRange | null;
  /** Columns of counted rows that it reads beside the usual ones, by name: SQL over those of sli_panes and sli_archive. */
  readonly columns: Readonly<Record<string, string>>;
  /** Whether it goes by when a series began to have data. */
  readonly needsBegin: boolean;
  /**
   * SELECT of derived rows at the end of the range, from counted ones before it. They have `newest` too: of the panes
   * that a row was made from, the last one with anything in its total.
   */
  readonly rowsAt: (rows: CountedRows, range: DerivedRange) => string;
  /** SELECT of what changes them and when: derived rows are differences, each `seen` at the tick at which it is made. */
  readonly changes: (rows: CountedRows, range: DerivedRange, tickS: number) => string;
  /**
   * Of a kind that judges entities: SELECT of those that are judged, `entity` (its series among the counted ones), `p`,
   * `consumed_sum` (thousandths), `allowed` (units) and `is_within`.
   */
  readonly entities?: (counted: string) => string;
  /**
   * Of a kind that judges slices by one figure: SELECT of `sli`, `series`, `slice` (its start), `p`, `figure`, `degrees` (buckets
   * that hold anything, less one), `own_values` and `other_values` (what it was made from) and `is_good`.
   */
  readonly figures?: (counted: string, range: DerivedRange) => string;
}

/** A kind that a budgeting method asks for: its good and total are made from the panes of any counted kind. */
export interface DerivedKind {
  /** The budgeting method that asks for it. */
  readonly method: string;
  readonly objectiveFields: readonly ObjectiveField[];
  /** Bad ones that an alert needs in its long window, unless the SLO says otherwise. */
  readonly badCountMin: number;
  /** What an objective says of it; null where it has a mistake, each of which is reported. */
  readonly read: (objective: ObjectivePlace) => Derivation | null;
}
