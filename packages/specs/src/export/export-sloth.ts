import { formatPercent, nominalPeriodMs, type SloPlan } from '@burnline/core';
import { stringify } from 'yaml';
import { isLeftOut, type Exported, type ExportNote } from './exported.ts';
import { BAD_COUNTER, counterOf, promDuration, TOTAL_COUNTER } from './prometheus-names.ts';

/** Periods that Sloth has windows for; others need a file of windows of one's own. */
const SLOTH_PERIODS = ['30d', '4w'];

/**
 * Sloth's specs (`prometheus/v1`), a document per service, over the same counters as the exported rules. Sloth adds its own
 * tiers: what Burnline's say is told where it differs.
 */
export function exportSloth(plans: readonly SloPlan[]): Exported {
  const notes: ExportNote[] = [];
  const services = new Map<string, object[]>();
  for (const plan of plans) {
    if (isLeftOut(plan, notes)) continue;
    notes.push(...notesOf(plan));
    const slos = services.get(plan.service) ?? [];
    slos.push(sloOf(plan));
    services.set(plan.service, slos);
  }
  const documents = [...services].map(([service, slos]) =>
    stringify({ version: 'prometheus/v1', service, slos }, { lineWidth: 0 }),
  );
  return { text: documents.join('---\n'), notes };
}

function sloOf(plan: SloPlan): object {
  const rate = (counter: string): string => `sum(rate(${counterOf(counter, plan)}[{{.window}}]))`;
  const severities = new Set(plan.tiers.map(({ severity }) => severity));
  const alertOf = (severity: 'page' | 'ticket'): object =>
    severities.has(severity) ? { labels: { severity, slo: plan.slo } } : { disable: true };
  return {
    name: plan.slo.replace('/', '-'),
    objective: Number(formatPercent(plan.target).slice(0, -1)),
    ...(plan.description !== '' && { description: plan.description }),
    ...(Object.keys(plan.labels).length > 0 && { labels: plan.labels }),
    sli: { events: { error_query: rate(BAD_COUNTER), total_query: rate(TOTAL_COUNTER) } },
    alerting: {
      name: 'BurnlineErrorBudgetBurn',
      annotations: { summary: `${plan.displayName} burns its error budget.` },
      page_alert: alertOf('page'),
      ticket_alert: alertOf('ticket'),
    },
  };
}

function notesOf(plan: SloPlan): readonly ExportNote[] {
  const { slo, period, sli, badCountMin, lowTraffic } = plan;
  const text = promDuration(nominalPeriodMs(period));
  const messages = [
    ...(period.kind === 'calendar' ? ["its budget is of a calendar period; Sloth's roll."] : []),
    ...(SLOTH_PERIODS.includes(text)
      ? []
      : [
          `Sloth has no windows for a period of ${text}: give it a file of them (--slo-period-windows-path).`,
        ]),
    ...(sli.groupBy.dimensions.length > 0
      ? ['its series have one budget together: Sloth knows no group-by.']
      : []),
    ...(badCountMin > 1
      ? [`Sloth has no guard for little traffic: ${badCountMin} bad events were asked for.`]
      : []),
    ...(lowTraffic === undefined
      ? []
      : ['Sloth asks for no evidence: the exact guard for low traffic is left out.']),
  ];
  return messages.map((message) => ({ slo, message }));
}
