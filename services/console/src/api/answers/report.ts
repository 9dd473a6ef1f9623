import {
  REPORT_FORMATS,
  REPORT_KINDS,
  REPORT_PAGE_POLICY,
  readToldReport,
  writtenReport,
  type ReportFormat,
} from '@burnline/reading';
import { z } from 'zod';
import type { ConsoleParts } from '../../console-parts.ts';
import { oneStream } from '../reading/about.ts';
import { QUERY } from '../route.ts';

/** Group values of one customer, team and the like. */
const SERIES_MAX = 8;

const pair = z
  .string()
  .max(1_000)
  .regex(/^[^=]+=[^]+$/, 'give NAME=VALUE');

const query = z.strictObject({
  kind: z.enum(REPORT_KINDS),
  of: QUERY.from.describe('A moment in that week or month; without it, the last one that is over.'),
  stream: QUERY.stream,
  series: z
    .union([z.array(pair).max(SERIES_MAX), pair.transform((one) => [one])])
    .optional()
    .describe('`NAME=VALUE`: only series with this group value; of several all have to be there.'),
  sla: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: what was promised and what was measured alone, for a customer.'),
  format: z.enum(REPORT_FORMATS).optional().describe('markdown by default.'),
});

const TYPES: Readonly<Record<ReportFormat, string>> = {
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** The one answer that is for people as it stands: what `burnline report` prints. It reads, so nothing of it is kept. */
export const reportRoute = {
  path: '/report',
  summary: 'A week or a month as a text or a page that prints; nothing of it is kept',
  query,
  types: Object.values(TYPES).map((type) => type.split(';')[0] ?? type),
  answerTo: async ({ store, book, clock }: ConsoleParts, asked: unknown): Promise<ReportAnswer> => {
    const { kind, of, stream, series = [], sla, format = 'markdown' } = asked as z.output<typeof query>;
    const { report } = await readToldReport(store, {
      ...{ kind, stream: oneStream(await book.page(), stream).stream, holdsMs: of ?? null },
      labels: Object.fromEntries(
        series.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
      ),
      nowMs: clock.nowMs(),
    });
    return {
      text: writtenReport(report, { format, isSla: sla === 'true', chartPrefix: null }).text,
      headers: {
        'content-type': TYPES[format],
        'cache-control': 'private, no-store',
        ...(format === 'html' && { 'content-security-policy': REPORT_PAGE_POLICY }),
      },
    };
  },
};

interface ReportAnswer {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}
