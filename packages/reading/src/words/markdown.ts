import { shown, unlinked } from './shown.ts';

/**
 * What comes from outside, as Markdown that shows it and does nothing else: what Markdown, HTML or mathematics would read is escaped,
 * lines do not end, a terminal only shows it, and nobody is mentioned or linked to.
 */
export const markdownText = (text: string): string =>
  unlinked(shown(text.replace(/\s+/g, ' ')).replace(/[\\`*_{}[\]<>#+|~&$]/g, String.raw`\$&`));

/** A table as GitHub has them, by line; its cells are Markdown. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)];
}
