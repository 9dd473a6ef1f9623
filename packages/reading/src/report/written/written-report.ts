import type { Report } from '../report.ts';
import { reportDocument, slaDocument } from './report-document.ts';
import { reportHtml } from './report-html.ts';
import { chartFile, reportMarkdown } from './report-markdown.ts';

export const REPORT_FORMATS = ['markdown', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

interface ReportForm {
  readonly format: ReportFormat;
  /** For a customer: what was promised and what was measured alone. */
  readonly isSla: boolean;
  /** What files of Markdown's charts are called before their name; null: it has none. HTML holds its own. */
  readonly chartPrefix: string | null;
}

/** A report as people read it, with the files that lie beside it. */
export function writtenReport(
  report: Report,
  { format, isSla, chartPrefix }: ReportForm,
): { readonly text: string; readonly charts: readonly { readonly file: string; readonly svg: string }[] } {
  const document = isSla ? slaDocument(report) : reportDocument(report);
  if (format === 'html') return { text: reportHtml(document), charts: [] };
  const blocks = chartPrefix === null ? [] : document.sections.flatMap((section) => section.blocks);
  return {
    text: reportMarkdown(document, chartPrefix),
    charts: blocks.flatMap((block) =>
      block.kind === 'chart' && chartPrefix !== null
        ? [{ file: chartFile(chartPrefix, block.name), svg: block.svg }]
        : [],
    ),
  };
}
