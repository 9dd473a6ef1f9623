import { describe, expect, it } from 'vitest';
import type { Report, ReportChange } from '../report.ts';
import { reportDocument, slaDocument } from './report-document.ts';
import { reportMarkdown } from './report-markdown.ts';
import { escaped } from './escaped.ts';

/** Goal: what events are called is text wherever a report is read, and a customer is told nothing of how a service is run. */
const change = (figure: ReportChange['figure'], what: string): ReportChange => ({
  ...{ what, figure, before: 1, after: 2 },
});
const report: Report = {
  ...{ stream: 'live', kind: 'weekly', fromMs: 0, toMs: 7 * 86_400_000, labels: { tenant: 'acme' } },
  ...{ coverage: 1, budgets: [], budgetsLeftOut: 0, burnDowns: [], alerts: [], alertsLeftOut: 0, due: [] },
  ...{ alertsOver: { count: 0, resolveMedianMs: null }, restatedUntold: 0 },
  ...{ cost: null, costUnread: 'more than 10000 rows', id: 'a1', madeAtMs: 8 * 86_400_000, firstMadeAtMs: 1 },
  restated: [
    ...[change('good', 'slo'), change('total', 'slo'), change('spent', 'slo')],
    ...[change('alerts', 'alerts that fired'), change('cost', 'spend')],
  ],
};
const markdownOf = (title: string): string => reportMarkdown({ title, lead: '', sections: [] }, null);

describe('a report', () => {
  it('for a customer restates what counts, and neither spend nor alerts', () => {
    const figures = slaDocument(report)
      .sections.filter(({ title }) => title === 'Restated')
      .flatMap(({ blocks }) => blocks)
      .flatMap((block) => (block.kind === 'table' ? block.rows.map(([, figure]) => figure) : []));
    expect(figures).toEqual(['good', 'all that counts']);
    const bare = slaDocument({ ...report, restated: [change('cost', 'spend')] });
    expect(bare.sections.map(({ title }) => title)).toEqual(['Promises']);
  });

  it('says so where spend could not be read', () => {
    expect(reportMarkdown(reportDocument(report), null)).toContain('Not read: more than 10000 rows');
  });

  it('shows on a terminal and as Markdown what names are made of, mentions nobody and links nowhere', () => {
    const text = markdownOf(
      'a\u001b[2J\u009b1m\u202eb @team https://evil.example www.evil.example ops@evil.example',
    );
    expect(text).not.toMatch(/[\u001b\u0080-\u009f\u202e]/u);
    expect(text).not.toMatch(/@\w|:\/\/|www\./);
    expect(markdownOf('&lt;b&gt; <b>')).toContain(String.raw`\&lt;b\&gt; \<b\>`);
  });

  it('holds in HTML and SVG what XML allows', () => {
    expect(escaped('a\u001b\u0085\ufffe\uffff\ud800<"\u{1f600}\tb')).toBe('a&lt;&quot;\u{1f600}\tb');
  });
});
