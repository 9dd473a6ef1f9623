import { durationText, type SloPlan } from '@burnline/core';
import type { Backtest } from '../backtest/run-backtest.ts';
import type { IncidentOutcome } from '../backtest/incidents.ts';
import type { BacktestAlert, TierOutcome } from '../backtest/outcome.ts';
import { counted, formatInstant, formatLabels, formatNumber } from './format.ts';
import type { Output } from './output.ts';
import { shown } from './shown.ts';
import { printStatus } from './status-table.ts';
import type { Cell } from './table.ts';

/** Of a long list the beginning says enough; `--json` has all. */
const ALERTS_SHOWN = 60;
const SERIES_SHOWN = 10;

/** What a backtest found: tiers, their alerts, incidents, and the budgets at the end. */
export function printBacktest(backtest: Backtest, plans: readonly SloPlan[], output: Output): void {
  const { stream, fromMs, toMs, counts, alerts } = backtest;
  const span = `${formatInstant(fromMs)} to ${formatInstant(toMs)} UTC`;
  output.prose(`${shown(stream)}, judged from ${span}, ${lengthText(toMs - fromMs)}`);
  for (const { slo, sli } of plans)
    if (sli.composite === undefined && (counts[slo] ?? 0) === 0)
      output.prose(`${slo}: no record is within its scope`, 'warn');
  output.line();
  printTiers(backtest.tiers, output);
  if (alerts.length > 0) printAlerts(alerts, output);
  if (backtest.incidents !== null) printIncidents(backtest.incidents, output);
  if (backtest.pagesOutside !== null) printOutside(backtest.pagesOutside, output);
  output.line('Budgets at the end');
  printStatus(backtest.series, output, { seriesPerSloMax: SERIES_SHOWN });
}

/** One row per tier: what it did, and how often people would have heard of it. */
function printTiers(tiers: readonly TierOutcome[], output: Output): void {
  output.table(
    ['SLO', 'tier', 'tells by', 'alerts', 'firing for', 'notifications', 'per week'],
    tiers.map((one) => [
      one.slo,
      one.tier,
      one.urgency,
      String(one.alertCount),
      one.alertCount === 0 ? '' : lengthText(one.firingMs),
      String(one.notificationCount),
      perWeekText(one.notificationsPerWeek),
    ]),
    { optional: ['firing for', 'notifications'] },
  );
  output.line();
}

function printAlerts(alerts: readonly BacktestAlert[], output: Output): void {
  output.table(
    ['fired', 'until', 'for', 'severity', 'SLO', 'series', 'tier', 'bad (long, short)', 'told'],
    alerts.slice(0, ALERTS_SHOWN).map((alert) => alertRow(alert, output)),
    { optional: ['until', 'bad (long, short)', 'severity', 'told'] },
  );
  if (alerts.length > ALERTS_SHOWN)
    output.prose(`and ${counted(alerts.length - ALERTS_SHOWN, 'later alert')}: --json has all`, 'dim');
  output.line();
}

function alertRow(alert: BacktestAlert, output: Output): readonly Cell[] {
  const { firedAtMs, endedAtMs, long, short } = alert;
  return [
    formatInstant(firedAtMs),
    endedAtMs === null ? 'fires still' : formatInstant(endedAtMs),
    endedAtMs === null ? '' : lengthText(endedAtMs - firedAtMs),
    alert.urgency === 'page' ? output.cell('bad', alert.severity) : alert.severity,
    alert.slo,
    formatLabels(alert.labels),
    alert.tier,
    `${long.bad}/${long.total}, ${short.bad}/${short.total}`,
    toldText(alert),
  ];
}

function toldText({ firedAtMs, toldAtMs }: BacktestAlert): string {
  if (toldAtMs === null) return 'held back';
  return toldAtMs === firedAtMs ? 'at once' : `after ${lengthText(toldAtMs - firedAtMs)}`;
}

function printIncidents(incidents: readonly IncidentOutcome[], output: Output): void {
  output.table(
    ['incident', 'from', 'told after', 'told by', 'paged after', 'paged by'],
    incidents.map(({ name, fromMs, detected, paged }) => [
      name,
      formatInstant(fromMs),
      detected === null ? output.cell('bad', 'missed') : afterText(detected.afterMs),
      detected === null ? '' : `${detected.slo} ${detected.tier}`,
      paged === null ? output.cell('warn', 'never') : afterText(paged.afterMs),
      paged === null ? '' : `${paged.slo} ${paged.tier}`,
    ]),
    { optional: ['from'] },
  );
  const missed = incidents.filter(({ detected }) => detected === null).length;
  output.prose(`${incidents.length - missed} of ${counted(incidents.length, 'incident')} told of`);
  output.line();
}

function printOutside(pages: readonly BacktestAlert[], output: Output): void {
  if (pages.length === 0) {
    output.prose('No page outside of an incident.', 'good');
    output.line();
    return;
  }
  output.prose(`${counted(pages.length, 'page')} outside of every incident:`, 'warn');
  for (const { firedAtMs, slo, labels, tier } of pages.slice(0, ALERTS_SHOWN))
    output.prose(`  ${formatInstant(firedAtMs)} ${slo} ${formatLabels(labels)} ${tier}`);
  if (pages.length > ALERTS_SHOWN)
    output.prose(`  and ${pages.length - ALERTS_SHOWN} more: --json has all`, 'dim');
  output.line();
}

const afterText = (afterMs: number): string => (afterMs === 0 ? 'at once' : lengthText(afterMs));

const lengthText = (lengthMs: number): string => durationText(Math.round(lengthMs / 1_000) * 1_000);

/** Figures below a tenth are told as they are: one page in half a year is not none. */
export const perWeekText = (perWeek: number): string => formatNumber(perWeek, { digits: 1, boundaries: [0] });
