/** A stretch of event or evaluation time, epoch ms: from included, to not included. Tables keep whole seconds of it. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Text of a DateTime column in UTC, as parameters and literals take it; fractions of a second are cut off. */
export function dateTimeOfMs(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** Epoch ms of a DateTime or DateTime64 column's text in UTC. */
export function msOfDateTime(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

/** The same, NULL included. */
export function msOrNull(text: string | null): number | null {
  return text === null ? null : msOfDateTime(text);
}

/** The same values under the same names, in whatever order a map keeps them. */
export const SAME_LABELS_SQL = 'mapSort(labels) = mapSort({labels:Map(String, String)})';
