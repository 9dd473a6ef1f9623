import type { StoredDecision } from '@burnline/queries';
import type { PaneComparison } from '../drill/compare-panes.ts';
import type { AlertSeen, Detection } from '../drill/detection.ts';
import { DRILL_ATTRIBUTE } from '../drill/drill-events.ts';
import { OUTCOME_TEXT, type DrillReport } from '../drill/report.ts';
import type { CommandResult } from '../drill/run-command.ts';
import { counted, formatCount, formatLabels } from './format.ts';
import type { Output } from './output.ts';
import type { Cell } from './table.ts';

/** Ids named per kind of fault; `--json` has all. */
const IDS_SHOWN = 5;

/** A drill's findings, for people. */
export function printDrill(report: DrillReport, output: Output): void {
  output.line(`\ndrill ${report.drillId}, stream ${report.stream}, provider ${report.provider}\n`);
  printEvents(report, output);
  printPanes(report, output);
  printCounts(report.detections, output);
  printDetections(report.detections, output);
  printTold(report.detections, output);
  printGate(report, output);
  printParts(report, output);
  output.line();
  for (const fault of report.faults) output.line(output.tone('bad', `✗ ${fault}`));
  if (report.faults.length === 0)
    output.line(output.tone('good', '✓ nothing lost, nothing doubled, every fault detected'));
}

function printEvents({ events, visible }: DrillReport, output: Output): void {
  const { delays, allAfterMs, lookMs } = visible;
  const late =
    delays === null
      ? 'nothing was seen'
      : `p50 ${seconds(delays.p50)}, p95 ${seconds(delays.p95)}, p99 ${seconds(delays.p99)}, max ${seconds(delays.max)} (looked every ${lookMs} ms)`;
  const rows: [string, Cell][] = [
    ['events made', formatCount(events.made)],
    ['acknowledged', formatCount(events.acknowledged)],
    ['never acknowledged', formatCount(events.unacknowledged)],
    ['requests sent again', `${events.retried} unanswered, ${events.sentAgain} on purpose`],
    ['lost', idsText(events.lost)],
    ['doubled', idsText(events.doubled)],
    ['published to visible', whole(late)],
    ['all visible', allAfterMs === null ? 'not in time' : `${seconds(allAfterMs)} after the last event`],
  ];
  if (events.clamped.count > 0)
    rows.push([
      'set back by the log',
      `${formatCount(events.clamped.count)}, by ${events.clamped.byMsMax} ms at most: this clock is ahead`,
    ]);
  output.table(['events', ''], rows);
}

function printPanes({ panes }: DrillReport, output: Output): void {
  output.line();
  if (panes.length === 0) output.line('No SLO counts these events: load examples/drill/slos.yaml.');
  else
    output.table(
      ['panes of', 'series', 'panes', 'too few', 'too many'],
      panes.map((one) => [
        one.slo,
        one.entities === null ? seriesText(one.labels) : entitiesText(one.entities),
        String(one.panes),
        ...(one.isComparable
          ? [String(one.missing), String(one.surplus)]
          : ['cannot be told apart from other traffic', '']),
      ]),
    );
}

/** What the drill itself made of each fault: what burns by it, and what must not. */
function printCounts(detections: readonly Detection[], output: Output): void {
  const rows = detections.flatMap(({ scenario, counts }) =>
    counts.map((one) => [
      scenario,
      one.slo,
      one.unit === 'entity' ? '(entities)' : seriesText(one.labels),
      `${formatCount(one.bad)} / ${formatCount(one.total)}`,
      one.isAlerted ? 'fired' : one.bad === 0 ? 'quiet' : 'did not fire',
    ]),
  );
  if (rows.length === 0) return;
  output.line();
  output.table(['in the fault', 'SLO', 'series', 'bad / total', 'alert'], rows);
}

function printDetections(detections: readonly Detection[], output: Output): void {
  output.line();
  output.table(
    ['scenario', 'alert', 'severity', 'fired after', 'paged after', 'rule needs', 'resolved after'],
    detections.flatMap((one) =>
      one.alerts.length === 0
        ? [[one.scenario, OUTCOME_TEXT[one.outcome], '', '', '', '', '']]
        : one.alerts.map((alert) => [one.scenario, ...alertCells(alert)]),
    ),
  );
  for (const { scenario, firingBefore, notTold } of detections) {
    if (firingBefore.length > 0)
      output.line(`${scenario}: ${firingBefore.join(', ')} fired before the fault began`);
    if (notTold.length > 0)
      output.line(`${scenario}: alerts of ${notTold.join(', ')} cannot be told apart from other traffic's`);
  }
}

/** Who was told what, and when. */
function printTold(detections: readonly Detection[], output: Output): void {
  const rows = detections.flatMap(({ scenario, alerts }) =>
    alerts.flatMap((alert) => {
      const named = [scenario, `${alert.slo} ${alert.tier}`, alert.severity];
      if (alert.told.length === 0) return [[...named, 'nobody', '-', '-', 'no notification']];
      return alert.told.map((one) => [
        ...named,
        one.receiver,
        timeText(one.firstToldAt),
        timeText(one.lastToldAt),
        `${DECISION_TEXT[one.decision]}: ${one.outcome}, sent ${counted(one.attempts, 'time')} in all`,
      ]);
    }),
  );
  if (rows.length === 0) return;
  output.line();
  output.table(
    ['told', 'alert', 'severity', 'receiver', 'first (UTC)', 'last (UTC)', 'its newest notification'],
    rows,
  );
}

const DECISION_TEXT: Readonly<Record<StoredDecision['decision'], string>> = {
  fire: 'fires',
  resolve: 'resolved',
  freeze: 'frozen',
  thaw: 'goes on',
  removed: 'removed',
  ended: 'ended',
};

function printGate({ gate, detections }: DrillReport, output: Output): void {
  output.line();
  output.table(
    ['gate', '', 'a feature', 'a fix', 'because'],
    gate.map(({ scenario, moment, feature, fix, reasons }) => {
      const burnt = detections.find((one) => one.scenario === scenario)?.counts.filter(({ bad }) => bad > 0);
      const slos = new Set(burnt?.map(({ slo }) => slo));
      return [scenario, moment, feature, fix, whole(reasonText(reasons, slos))];
    }),
  );
}

/** Of the reasons one that speaks of the fault's own SLOs, before what an earlier fault has left. */
function reasonText(reasons: readonly string[], slos: ReadonlySet<string>): string {
  const own = reasons.find((text) => slos.has(/^[^\s:]+/.exec(text)?.[0] ?? ''));
  const more = reasons.length > 1 ? ` (and ${formatCount(reasons.length - 1)} more)` : '';
  return `${own ?? reasons[0] ?? ''}${more}`;
}

/** What is said last in a row is not cut. */
const whole = (text: string): Cell => ({ text, paint: (plain) => plain, isWhole: true });

function alertCells(alert: AlertSeen): readonly string[] {
  return [
    `${alert.slo} ${alert.tier}`,
    alert.severity,
    seconds(alert.firedAfterMs),
    alert.deliveredAfterMs === null ? 'not delivered' : seconds(alert.deliveredAfterMs),
    alert.ruleMs === null ? '-' : seconds(alert.ruleMs),
    resolvedText(alert),
  ];
}

function resolvedText({ resolvedAfterMs, clearsAt }: AlertSeen): string {
  if (resolvedAfterMs !== null) return seconds(resolvedAfterMs);
  return clearsAt === null ? 'not resolved' : `not yet; its windows need until ${timeText(clearsAt)}`;
}

/** Every series of a drill has the drill's own label. */
const seriesText = (labels: Readonly<Record<string, string>>): string =>
  formatLabels(
    Object.fromEntries(Object.entries(labels).filter(([name]) => name !== `attributes.${DRILL_ATTRIBUTE}`)),
  );

const entitiesText = ({ count, beyond }: NonNullable<PaneComparison['entities']>): string =>
  `${formatCount(count)} entities, ${formatCount(beyond)} beyond their envelopes`;

/** Of ISO 8601 the time of the day, to the second. */
const timeText = (at: string | null): string => (at === null ? '-' : at.slice(11, 19));

function printParts({ parts }: DrillReport, output: Output): void {
  if (parts.length === 0) return;
  output.line();
  output.table(
    ['part', 'stopped', 'resumed'],
    parts.map(({ name, stop, resume }) => [name, commandText(stop), commandText(resume)]),
  );
  for (const { name, stop, resume } of parts)
    for (const result of [stop, resume])
      if (result !== null && result.output !== '')
        output.line(`${name}: ${result.command}\n${result.output}`);
}

function commandText(result: CommandResult | null): string {
  if (result === null) return 'not run';
  if (result.isTimedOut) return 'took too long, ended';
  return `exit code ${result.exitCode ?? 'none'}`;
}

function idsText(ids: readonly string[]): string {
  if (ids.length === 0) return '0';
  const more = ids.length > IDS_SHOWN ? ', ...' : '';
  return `${formatCount(ids.length)}: ${ids.slice(0, IDS_SHOWN).join(', ')}${more}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
