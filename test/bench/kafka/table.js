import { median, show } from '../support/figures.js';

/** Prints a Markdown table: a name, then numbers, as the documentation takes them over. */
export function printTable(title, columns, rows) {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? show(cell) : cell)));
  const line = (parts) => `| ${parts.join(' | ')} |`;
  console.log(`\n${title}\n`);
  console.log(line(columns));
  console.log(line(columns.map((_, at) => (at === 0 ? '---' : '---:'))));
  for (const row of cells) console.log(line(row));
}

/** The median of one figure over runs. */
export const medianOf = (runs, figure) => median(runs.map(figure));
