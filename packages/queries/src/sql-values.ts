import { sqlText } from '@burnline/core';

/** A stretch of event or evaluation time, epoch ms: from included, to not included. Tables keep whole seconds of it. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Text of a DateTime column in UTC, as parameters and literals take it; fractions of a second are cut off. */
export function dateTimeOfMs(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** The last second that a DateTime has. */
const LAST_S = 4_294_967_295;

/** A moment of the history as whole seconds for a statement; null, which is now, lets every row through. */
export const asOfSeconds = (asOfMs: number | null): number =>
  asOfMs === null ? LAST_S : Math.min(LAST_S, Math.max(0, Math.floor(asOfMs / 1_000)));

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

/**
 * Settings of a statement on rows of one SLO that reads with FINAL: conditions on the sorting key are tested before versions are merged,
 * which they do not tell apart. It reads a few series instead of all of a time.
 */
export const KEYS_FIRST_SQL = 'SETTINGS optimize_move_to_prewhere_if_final = 1';

/** A statement with its values in it, for whoever runs it by hand: what `{name:Type}` stands for is written out. */
export function statementOf(sql: string, params: Readonly<Record<string, unknown>>): string {
  return sql
    .replace(/\{(\w+):([^}]+)\}/g, (_, name: string, type: string) => literalOf(params[name], type))
    .trim();
}

function literalOf(value: unknown, type: string): string {
  if (typeof value === 'number') return String(value);
  const text = textLiteral(value);
  return /^(String|U?Int\d+)$/.test(type) ? text : `CAST(${text} AS ${type})`;
}

/** Texts, and lists and maps of them. */
function textLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textLiteral).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return sqlText(typeof value === 'string' ? value : '');
  return `map(${Object.entries(value).flat().map(textLiteral).join(', ')})`;
}
