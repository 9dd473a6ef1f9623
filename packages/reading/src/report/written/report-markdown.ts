import { markdownTable, markdownText } from '../../words/markdown.ts';
import type { Block } from './report-block.ts';
import type { ReportDocument } from './report-document.ts';

/** Markdown with tables as GitHub has them; `charts` is what the files of its charts are called before their name, null: without charts. */
export function reportMarkdown({ title, lead, sections }: ReportDocument, charts: string | null): string {
  const parts = sections.flatMap((section) => [
    `## ${markdownText(section.title)}`,
    ...section.blocks.flatMap((block) => blockMarkdown(block, charts)),
  ]);
  return `${[`# ${markdownText(title)}`, markdownText(lead), ...parts].join('\n\n')}\n`;
}

function blockMarkdown(block: Block, charts: string | null): readonly string[] {
  switch (block.kind) {
    case 'text':
      return [markdownText(block.text)];
    case 'chart':
      return charts === null
        ? []
        : [`![${markdownText(block.label)}](${encodeURI(chartFile(charts, block.name))})`];
    case 'table':
      return [
        markdownTable(
          block.head.map(markdownText),
          block.rows.map((cells) => cells.map(markdownText)),
        ).join('\n'),
      ];
  }
}

/** What the file of a chart is called beside a report. */
export const chartFile = (prefix: string, name: string): string => `${prefix}.${name}.svg`;
