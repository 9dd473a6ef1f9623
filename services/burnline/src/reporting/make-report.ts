import { randomBytes } from 'node:crypto';
import { AppError } from '@burnline/core';
import { areRowsWhole, readEvaluatedThrough, readKeptReports } from '@burnline/queries';
import {
  REPORT_KINDS,
  readDue,
  readReport,
  reportPeriod,
  restatedFigures,
  type Report,
  type ReportFigures,
} from '@burnline/reading';
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

/**
 * A report of a week or a month. What it tells is kept where it differs from what was told of that time before; a function that the
 * operations port and the command share.
 *
 * @param request `kind`, `stream`, `author`; `holds` (a moment in the week or month, ISO 8601 or epoch ms; the last one that is over),
 *   `labels` (group values that its series have)
 *
 * Rejects with GOVERNING_INVALID, REPORT_PERIOD_OPEN, REPORT_NOTHING_JUDGED and QUERY_TOO_LARGE.
 */
export async function makeReport(store: Store, request: GoverningRequest, nowMs: number): Promise<Report> {
  const kind = wordField(request, 'kind', REPORT_KINDS);
  const stream = textField(request, 'stream');
  const labels = labelsField(request);
  const throughMs = await readEvaluatedThrough(store, { stream, asOfMs: null });
  if (throughMs === null)
    throw new AppError('REPORT_NOTHING_JUDGED', `Nothing of ${stream} was judged yet`, {
      remedy: 'Start `burnline up` with specs, or replay a history with some.',
    });
  const period = reportPeriod(kind, { holdsMs: instantField(request, 'holds') ?? null, throughMs });
  const query = { stream, kind, labels, ...period };
  const kept = await readKeptReports(store, query);
  const told = kept === null ? null : (JSON.parse(kept.last.figures) as ReportFigures);
  const isWhole = await areRowsWhole(store, { stream, fromMs: period.fromMs, nowMs });
  const read = await readReport(store, { ...query, nowMs });
  const figures = isWhole ? withToldBefore(read, told) : withoutLostRows(read, told);
  const text = JSON.stringify(figures);
  const same = kept?.last.figures === text ? kept.last.id : null;
  const id = same ?? randomBytes(4).toString('hex');
  if (same === null)
    await store.insertRows('reports', [
      {
        ...{ id, stream, kind, labels, author: textField(request, 'author'), figures: text },
        ...{ period_start: period.fromMs / 1_000, period_end: period.toMs / 1_000 },
        made_at: dateTime64OfMs(nowMs),
      },
    ]);
  return {
    ...figures,
    ...{ id, madeAtMs: nowMs, firstMadeAtMs: kept?.first.madeAtMs ?? null },
    restated: kept === null ? [] : restatedFigures(JSON.parse(kept.first.figures) as ReportFigures, figures),
    due: await readDue(store, { stream, labels, nowMs, untilMs: throughMs + period.toMs - period.fromMs }),
  };
}

/** What was spent before the time of a report is gone first: then it is what a report told of it. */
function withToldBefore(figures: ReportFigures, told: ReportFigures | null): ReportFigures {
  const { cost } = figures;
  const before = cost?.before ?? told?.cost?.before ?? null;
  return cost === null ? figures : { ...figures, cost: { ...cost, before } };
}

/** Once raw rows are gone, what they said is what a report told of them; without one, it is not known. */
function withoutLostRows(figures: ReportFigures, told: ReportFigures | null): ReportFigures {
  const budgets = new Map(told?.budgets.map((one) => [JSON.stringify([one.slo, one.labels]), one]));
  const alerts = new Map(
    told?.alerts.map((one) => [JSON.stringify([one.slo, one.labels, one.tier, one.firedAtMs]), one]),
  );
  return {
    ...figures,
    ...{ cost: told?.cost ?? null, costUnread: null },
    budgets: figures.budgets.map((one) => ({
      ...one,
      reasons: budgets.get(JSON.stringify([one.slo, one.labels]))?.reasons ?? [],
    })),
    alerts: figures.alerts.map((one) => ({
      ...one,
      detectMs: alerts.get(JSON.stringify([one.slo, one.labels, one.tier, one.firedAtMs]))?.detectMs ?? null,
    })),
  };
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
