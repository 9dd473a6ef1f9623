import { randomBytes } from 'node:crypto';
import { REPORT_KINDS, readToldReport, type Report } from '@burnline/reading';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import {
  instantField,
  invalidRequest,
  textField,
  wordField,
  type GoverningRequest,
} from '../governing/request-fields.ts';

/** Group values of one customer, team and the like. */
const LABELS_MAX = 8;

/** Who reads figures, as any other reader, and who may keep them. */
export interface ReportStores {
  readonly reader: Store;
  readonly writer: Store;
}

/**
 * A report of a week or a month. What it tells is kept where it differs from what was told of that time before; a function that the
 * operations port and the command share.
 *
 * @param request `kind`, `stream`, `author`; `holds` (a moment in the week or month, ISO 8601 or epoch ms; the last one that is over),
 *   `labels` (group values that its series have)
 *
 * Rejects with GOVERNING_INVALID, REPORT_PERIOD_OPEN, REPORT_NOTHING_JUDGED and QUERY_TOO_LARGE.
 */
export async function makeReport(
  { reader, writer }: ReportStores,
  request: GoverningRequest,
  nowMs: number,
): Promise<Report> {
  const kind = wordField(request, 'kind', REPORT_KINDS);
  const stream = textField(request, 'stream');
  const author = textField(request, 'author');
  const labels = labelsField(request);
  const holdsMs = instantField(request, 'holds') ?? null;
  const { report, figuresText } = await readToldReport(reader, { kind, stream, labels, holdsMs, nowMs });
  if (report.id !== null) return report;
  const id = randomBytes(4).toString('hex');
  await writer.insertRows('reports', [
    {
      ...{ id, stream, kind, labels, author, figures: figuresText },
      ...{ period_start: report.fromMs / 1_000, period_end: report.toMs / 1_000 },
      made_at: dateTime64OfMs(nowMs),
    },
  ]);
  return { ...report, id };
}

/** @throws AppError GOVERNING_INVALID */
function labelsField({ labels = {} }: GoverningRequest): Readonly<Record<string, string>> {
  const isMap = typeof labels === 'object' && labels !== null && !Array.isArray(labels);
  const entries = isMap ? Object.entries(labels) : [];
  if (!isMap || entries.length > LABELS_MAX || entries.some(([, value]) => typeof value !== 'string'))
    throw invalidRequest(
      `labels must be ${LABELS_MAX} names with texts at most`,
      'Give group values of an SLO.',
    );
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
