import { AppError } from '@burnline/core';
import { areRowsWhole, readEvaluatedThrough, readKeptReports } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { readReport } from './read-report.ts';
import { readDue } from './report-due.ts';
import { reportPeriod, type ReportKind } from './report-period.ts';
import { restatedFigures } from './restated.ts';
import type { Report, ReportFigures } from './report.ts';

export interface ReportRequest {
  readonly kind: ReportKind;
  readonly stream: string;
  /** Group values that its series have; empty: all series. */
  readonly labels: Readonly<Record<string, string>>;
  /** A moment in the week or month, epoch ms; null: the last one that is over. */
  readonly holdsMs: number | null;
  readonly nowMs: number;
}

export interface ToldReport {
  /** Its `id` is null where no row keeps these figures yet. */
  readonly report: Report;
  /** What a row keeps of it, JSON. */
  readonly figuresText: string;
}

/**
 * A report of a week or a month, held against what was told of that time before. Reads alone: whoever may write keeps what is new.
 * Rejects with REPORT_PERIOD_OPEN, REPORT_NOTHING_JUDGED and QUERY_TOO_LARGE.
 */
export async function readToldReport(
  store: Store,
  { kind, stream, labels, holdsMs, nowMs }: ReportRequest,
): Promise<ToldReport> {
  const throughMs = await readEvaluatedThrough(store, { stream, asOfMs: null });
  if (throughMs === null)
    throw new AppError('REPORT_NOTHING_JUDGED', `Nothing of ${stream} was judged yet`, {
      remedy: 'Start `burnline up` with specs, or replay a history with some.',
    });
  const period = reportPeriod(kind, { holdsMs, throughMs });
  const query = { stream, kind, labels, ...period };
  const kept = await readKeptReports(store, query);
  const told = kept === null ? null : (JSON.parse(kept.last.figures) as ReportFigures);
  const isWhole = await areRowsWhole(store, { stream, fromMs: period.fromMs, nowMs });
  const read = await readReport(store, { ...query, nowMs });
  const figures = isWhole ? withToldBefore(read, told) : withoutLostRows(read, told);
  const figuresText = JSON.stringify(figures);
  const report = {
    ...figures,
    id: kept?.last.figures === figuresText ? kept.last.id : null,
    ...{ madeAtMs: nowMs, firstMadeAtMs: kept?.first.madeAtMs ?? null },
    ...(kept === null
      ? { restated: [], restatedUntold: 0 }
      : restatedFigures(JSON.parse(kept.first.figures) as ReportFigures, figures)),
    due: await readDue(store, { stream, labels, nowMs, untilMs: throughMs + period.toMs - period.fromMs }),
  };
  return { report, figuresText };
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
