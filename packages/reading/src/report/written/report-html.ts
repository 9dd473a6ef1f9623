import { createHash } from 'node:crypto';
import { escaped } from './escaped.ts';
import type { Block } from './report-block.ts';
import type { ReportDocument } from './report-document.ts';

/** One page without anything from elsewhere, which prints as it stands: a browser makes a PDF of it. */
export function reportHtml({ title, lead, sections }: ReportDocument): string {
  const body = sections.map(
    (section) =>
      `<section><h2>${escaped(section.title)}</h2>${section.blocks.map(blockHtml).join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="${OWN_POLICY}">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body><main>
<h1>${escaped(title)}</h1>
<p>${escaped(lead)}</p>
${body.join('\n')}
</main></body>
</html>
`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escaped(block.text)}</p>`;
    case 'chart':
      return `<figure>${block.svg}</figure>`;
    case 'table': {
      const head = block.head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('');
      const rows = block.rows.map(
        (row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`,
      );
      return `<div class="wide" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
    }
  }
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2129; background: #fff; margin: 0; }
main { max-width: 900px; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 24px; } h2 { font-size: 17px; margin-top: 28px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid #d8dbe0; vertical-align: top; }
figure { margin: 12px 0; } svg { max-width: 100%; height: auto; }
svg .axis { font-size: 11px; fill: #4a505a; }
@page { margin: 14mm; }
@media print { main { padding: 0; max-width: none; } .wide { overflow: visible; } tr, figure { break-inside: avoid; } h2 { break-after: avoid; } }
`;

/** Nothing runs, nothing is loaded, and no style holds but its own. */
const OWN_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** What whoever serves the page says of it: the same, and that nobody frames it, which a page cannot say of itself. */
export const REPORT_PAGE_POLICY = `${OWN_POLICY}; frame-ancestors 'none'`;
