import { durationText } from '@burnline/core';
import type { Incident, IncidentDetail } from '@burnline/queries';
import { formatInstant, formatLabels } from './format.ts';
import type { Output, Tone } from './output.ts';
import { shown } from './shown.ts';

const TONES: Readonly<Record<Incident['state'], Tone>> = {
  open: 'bad',
  acknowledged: 'warn',
  resolved: 'good',
};

export function printIncidents(incidents: readonly Incident[], output: Output): void {
  if (incidents.length === 0) {
    output.line('No incident is known.');
    return;
  }
  output.table(
    ['incident', 'state', 'severity', 'service', 'opened', 'alerts', 'SLOs', 'resolved after'],
    incidents.map((one) => [
      { text: one.incident, paint: (text) => text, isWhole: true },
      output.cell(TONES[one.state], one.state),
      one.severity,
      one.service,
      formatInstant(one.openedMs),
      one.burningCount === 0 ? String(one.alertCount) : `${one.alertCount} (${one.burningCount} burn)`,
      one.slos.join(', '),
      one.toResolveS === null ? '' : durationText(one.toResolveS * 1_000),
    ]),
    { optional: ['resolved after', 'alerts', 'SLOs'] },
  );
}

export function printIncident(
  incident: IncidentDetail,
  start: { readonly startedMs: number | null; readonly toDetectS: number | null },
  output: Output,
): void {
  const { state, severity, service, openedMs, roles } = incident;
  output.line(
    `${output.tone(TONES[state], state)}: ${severity} of ${shown(service)}, opened ${formatInstant(openedMs)} UTC (${incident.incident})`,
  );
  const started = start.startedMs === null ? 'not known' : `${formatInstant(start.startedMs)} UTC`;
  output.line(`began ${started}`);
  output.table(
    ['to detect', 'to page', 'to acknowledge', 'to resolve'],
    [
      [start.toDetectS, incident.toPageS, incident.toAcknowledgeS, incident.toResolveS].map((seconds) =>
        seconds === null ? '-' : durationText(Math.round(seconds) * 1_000),
      ),
    ],
  );
  for (const [role, person] of Object.entries(roles).sort()) output.line(`${shown(role)}: ${shown(person)}`);
  output.line();
  output.table(
    ['fired', 'over', 'state', 'severity', 'pages', 'slo', 'series', 'tier'],
    incident.alerts.map((alert) => [
      formatInstant(alert.firedMs),
      alert.overMs === null ? '' : formatInstant(alert.overMs),
      alert.state,
      alert.severity,
      alert.isPaging ? 'yes' : 'no',
      alert.slo,
      formatLabels(alert.labels),
      alert.tier,
    ]),
    { optional: ['tier', 'over'] },
  );
  for (const { atMs, action, author, value, person, text } of incident.acts)
    output.line(
      `${formatInstant(atMs)} ${action} by ${shown([author, value, person, text].filter((part) => part !== '').join(': '))}`,
    );
}
