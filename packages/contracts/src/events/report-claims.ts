import { AppError, type SourceReport } from '@burnline/core';
import { describe } from './event-contract-error.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';
import type { CodedIssue } from './intake-issues.ts';

/** Ten times what the fastest publisher was measured to hand over on one core. */
const RECORDS_PER_SECOND_MAX = 1_000_000;
/** A last report may cover no time at all and still tell what waited: shorter intervals count as one of the usual length. */
const INTERVAL_MICROS_MIN = 10_000_000;
/** As long as the log keeps reports. A publisher that could not report goes on with the same interval. */
const INTERVAL_MICROS_MAX = 7 * 86_400_000_000;
const AGE_MICROS_MAX = INTERVAL_MICROS_MAX;
/** Clocks that are set at all are nearer than that. */
const AHEAD_MICROS_MAX = 10 * 60_000_000;
const TEXT_CHARS_MAX = 512;
/** A publisher has a handful of reasons. */
const REASONS_MAX = 32;

/** What cannot be true of a source report, whoever sent it: counts beyond its interval, an interval that is none. */
function reportClaimIssues(report: SourceReport): readonly CodedIssue[] {
  const issues: CodedIssue[] = [];
  const lengthMicros = report.interval_end - report.interval_start;
  if (lengthMicros < 0 || lengthMicros > INTERVAL_MICROS_MAX || report.interval_start < 0) {
    const expected = 'at or after interval_start, at most seven days later';
    issues.push(issue('interval_end', expected, `${lengthMicros / 1e6} s after it`));
  }
  for (const name of ['instance', 'service', 'environment'] as const) {
    if (report[name].length <= TEXT_CHARS_MAX) continue;
    issues.push(issue(name, `text of at most ${TEXT_CHARS_MAX} characters`, describe(report[name])));
  }
  const boundedMicros = Math.min(Math.max(lengthMicros, INTERVAL_MICROS_MIN), INTERVAL_MICROS_MAX);
  const countMax = Math.floor((boundedMicros / 1e6) * RECORDS_PER_SECOND_MAX);
  for (const [path, count] of countsOf(report)) {
    if (count >= 0 && count <= countMax) continue;
    issues.push(
      issue(path, `a count from 0 to ${countMax}, for the length of the interval`, describe(count)),
    );
  }
  const reasonCount = Object.keys(report.dropped_by_reason).length;
  if (reasonCount > REASONS_MAX) {
    issues.push(issue('dropped_by_reason', `at most ${REASONS_MAX} reasons`, String(reasonCount)));
  }
  return issues;
}

/** Throws CONTRACT_REPORT_IMPOSSIBLE (dead-letter) for reports of which one claims what cannot be. */
export function checkReportClaims(reports: readonly SourceReport[]): void {
  const [first] = reports.flatMap((report) => reportClaimIssues(report));
  if (first === undefined) return;
  const { path, expected, found } = first;
  throw new AppError<EventContractErrorCode>(
    'CONTRACT_REPORT_IMPOSSIBLE',
    `A source report cannot be true: ${path}: expected ${expected}, found ${found}.`,
    {
      outcome: 'dead-letter',
      remedy:
        'Find out who sent it; a publisher of this repository counts what it was handed within the interval.',
      details: { issues: [first] },
    },
  );
}

/** What cannot be true of a report that comes in now: an interval that ends in the future, or long ago. */
export function reportTimeIssues(report: SourceReport, nowMicros: number): readonly CodedIssue[] {
  const { interval_end: end } = report;
  if (end > nowMicros + AHEAD_MICROS_MAX)
    return [issue('interval_end', 'at most ten minutes ahead of the clock here', `${Math.floor(end)}`)];
  if (end < nowMicros - AGE_MICROS_MAX)
    return [issue('interval_end', 'within the last seven days', `${Math.floor(end)}`)];
  return [];
}

function countsOf(report: SourceReport): readonly (readonly [string, number])[] {
  const drops = Object.entries(report.dropped_by_reason).slice(0, REASONS_MAX);
  return [
    ['emitted_count', report.emitted_count],
    ['acknowledged_count', report.acknowledged_count],
    ['retried_count', report.retried_count],
    ...drops.map(([reason, count]) => [`dropped_by_reason.${reason.slice(0, 64)}`, count] as const),
  ];
}

function issue(path: string, expected: string, found: string): CodedIssue {
  return { path, code: 'invalid_value', expected, found };
}
