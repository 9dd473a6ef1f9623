import { widthOf } from './shown.ts';

const INDENT = /^ */;

/** Text on several lines where it is longer than `columns`, broken between words; lines that follow are indented as it is, or further. */
export function wrapped(text: string, columns: number, further = ''): string {
  const indent = INDENT.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let width = 0;
  for (const word of text.slice(indent.length).split(' ')) {
    const line = lines.at(-1);
    const wider = width + 1 + widthOf(word);
    if (line !== undefined && wider <= columns) {
      lines[lines.length - 1] = `${line} ${word}`;
      width = wider;
    } else {
      const start = line === undefined ? indent : indent + further;
      lines.push(start + word);
      width = start.length + widthOf(word);
    }
  }
  return lines.join('\n');
}

/** Paragraphs for a terminal of any width: those that are indented stay as they are. */
export function paragraphs(text: string, columns: number): string {
  const blocks = text.split('\n\n').map((block) => {
    const lines = block.split('\n');
    const first = lines.findIndex((line) => line.startsWith(' '));
    const prose = lines.slice(0, first === -1 ? lines.length : first).filter((line) => line !== '');
    const kept = first === -1 ? [] : lines.slice(first);
    return [...(prose.length === 0 ? [] : [wrapped(prose.join(' '), columns)]), ...kept].join('\n');
  });
  return blocks.join('\n\n');
}

/** Columns where a stream is no terminal, or one that does not say: as commander has them. */
const COLUMNS_DEFAULT = 80;

export const columnsOf = ({ columns }: { readonly columns?: number | undefined }): number =>
  columns ?? COLUMNS_DEFAULT;

/** What stands below a command's options. */
export function helpText(text: string): () => string {
  return () => `\n${paragraphs(text, columnsOf(process.stdout))}`;
}
