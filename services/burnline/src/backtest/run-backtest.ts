import type { DecisionRecord } from '@burnline/contracts';
import { AppError, HOUR_MS, type SloPlan } from '@burnline/core';
import { readStatus, type SeriesStatus } from '@burnline/queries';
import { createLogger } from '@burnline/runtime';
import { formatInstant } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { detectionOf, pagesOutside, type Incident, type IncidentOutcome } from './incidents.ts';
import { judgeHistory, tickBefore } from './judge-history.ts';
import { countInScratch, spanText, type CountedHistory, type HistoryAccess } from './open-history.ts';
import { outcomeOf, type BacktestAlert, type Outcome } from './outcome.ts';

export interface BacktestQuestion {
  readonly plans: readonly SloPlan[];
  /** Judged are the ticks after `fromMs`, up to `toMs`, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly incidents: readonly Incident[] | null;
}

export interface Backtest extends Outcome {
  readonly stream: string;
  /** What was judged of what was asked for: as far as there is something, and as far as it is whole. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Records within the scope, by SLO. */
  readonly counts: Readonly<Record<string, number>>;
  readonly decisions: readonly DecisionRecord[];
  /** Where every series stood at the end. */
  readonly series: readonly SeriesStatus[];
  readonly incidents: readonly IncidentOutcome[] | null;
  /** Null where no incidents were marked. */
  readonly pagesOutside: readonly BacktestAlert[] | null;
}

export interface BacktestRun {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

/**
 * What specs would have said of a history.
 *
 * @throws AppError BACKTEST_SPAN_INVALID, BACKTEST_TOO_MANY_DECISIONS, and what reading and judging throw
 */
export async function runBacktest(
  history: HistoryAccess,
  question: BacktestQuestion,
  run: BacktestRun,
): Promise<Backtest> {
  const counted = await countInScratch(history, question.plans, run);
  try {
    const span = spanOf(history, counted, question);
    const decisions = await judged(counted, { ...span, stream: history.stream, plans: question.plans }, run);
    const series = await readStatus(counted.store, { asOfMs: span.toMs, stream: history.stream });
    const outcome = outcomeOf(decisions, question.plans, span);
    const { incidents } = question;
    return {
      ...{ stream: history.stream, ...span, counts: Object.fromEntries(counted.counts) },
      ...outcome,
      decisions,
      series: series.map((one) => ({ ...one, firing: firingOf(one, outcome.alerts) })),
      incidents: incidents === null ? null : detectionOf(outcome.alerts, incidents),
      pagesOutside: incidents === null ? null : pagesOutside(outcome.alerts, incidents),
    };
  } finally {
    await counted.close();
  }
}

/** What fires still of a series, the most urgent of it, as `readStatus` has it where decisions are in the tables. */
function firingOf({ slo, labels }: SeriesStatus, alerts: readonly BacktestAlert[]): SeriesStatus['firing'] {
  const open = alerts.filter(
    (alert) => alert.endedAtMs === null && alert.slo === slo && hasLabels(alert, labels),
  );
  const [first] = open.sort(
    (a, b) => a.severity.localeCompare(b.severity) || a.long.windowMs - b.long.windowMs,
  );
  return first === undefined ? null : { tier: first.tier, severity: first.severity };
}

const hasLabels = (alert: BacktestAlert, labels: Readonly<Record<string, string>>): boolean =>
  Object.keys(labels).length === Object.keys(alert.labels).length &&
  Object.entries(labels).every(([name, value]) => alert.labels[name] === value);

/** The ticks that can be judged: none before something is seen, none after what is not logged yet. */
export function spanOf(
  { stream, kept }: HistoryAccess,
  { firstMs }: Pick<CountedHistory, 'firstMs'>,
  asked: { readonly fromMs: number; readonly toMs: number },
): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = Math.max(tickBefore(asked.fromMs), firstMs ?? 0);
  const toMs = Math.min(tickBefore(asked.toMs), tickBefore(kept.reachedMs ?? 0));
  if (firstMs !== null && fromMs < toMs) return { fromMs, toMs };
  const what = firstMs === null ? 'counts for these SLOs' : 'can be judged';
  throw new AppError(
    'BACKTEST_SPAN_INVALID',
    `Nothing ${what} in ${stream} from ${formatInstant(asked.fromMs)} to ${formatInstant(asked.toMs)} UTC`,
    { remedy: `Its raw rows are of ${spanText(kept)}; name a time of at least a minute within.` },
  );
}

/** Judges a counted history, with its progress. */
export async function judged(
  counted: CountedHistory,
  history: Parameters<typeof judgeHistory>[1],
  { output, signal }: Pick<BacktestRun, 'output' | 'signal'>,
  title = 'judging it',
): Promise<readonly DecisionRecord[]> {
  const hoursOf = (lengthMs: number): number => Math.ceil(lengthMs / HOUR_MS);
  const total = hoursOf(history.toMs - history.fromMs);
  const logger = createLogger({ name: 'burnline', level: 'warn' });
  return output.withProgress({ title, unit: 'hours', total }, (onProgress) =>
    judgeHistory(counted.store, history, {
      ...{ logger, signal },
      onProgress: (doneMs) => {
        onProgress(hoursOf(doneMs), total);
      },
    }),
  );
}
