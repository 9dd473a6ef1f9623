import { shown, unlinked } from '../output/shown.ts';
import type { Block } from './report-block.ts';
import type { ReportDocument } from './report-document.ts';

/** Markdown with tables as GitHub has them; `charts` is what the files of its charts are called before their name, null: without charts. */
export function reportMarkdown({ title, lead, sections }: ReportDocument, charts: string | null): string {
  const parts = sections.flatMap((section) => [
    `## ${plain(section.title)}`,
    ...section.blocks.flatMap((block) => blockMarkdown(block, charts)),
  ]);
  return `${[`# ${plain(title)}`, plain(lead), ...parts].join('\n\n')}\n`;
}

function blockMarkdown(block: Block, charts: string | null): readonly string[] {
  switch (block.kind) {
    case 'text':
      return [plain(block.text)];
    case 'chart':
      return charts === null ? [] : [`![${plain(block.label)}](${encodeURI(chartFile(charts, block.name))})`];
    case 'table': {
      const row = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
      return [
        [row(block.head), row(block.head.map(() => '---')).replaceAll('\\', ''), ...block.rows.map(row)].join(
          '\n',
        ),
      ];
    }
  }
}

/** What the file of a chart is called beside a report. */
export const chartFile = (prefix: string, name: string): string => `${prefix}.${name}.svg`;

/**
 * Names come from events, and are text, never markup: what Markdown or HTML would read is escaped, lines do not end, a terminal only shows
 * it, and nobody is mentioned or linked to.
 */
const plain = (text: string): string =>
  unlinked(shown(text.replace(/\s+/g, ' ')).replace(/[\\`*_{}[\]<>|#~&]/g, (one) => `\\${one}`));
