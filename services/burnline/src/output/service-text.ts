import { forecastSentence, type BudgetView, type NestedBudget, type ServiceView } from '@burnline/reading';
import { forecastCell, forecastNote } from './forecast-text.ts';
import { counted, formatLabels, formatPercent } from './format.ts';
import type { Output } from './output.ts';
import { shown } from './shown.ts';
import { budgetText, STATE_TONES } from './status-table.ts';

/** A line for each service: how it stands by the budget that binds it. */
export function printServices(views: readonly ServiceView[], output: Output): void {
  for (const stream of new Set(views.map((view) => view.stream))) {
    output.line(output.tone('strong', shown(stream)));
    output.table(
      ['service', 'SLOs', 'binding', 'of', 'budget left', 'runs out', 'state', 'alerts'],
      views
        .filter((view) => view.stream === stream)
        .map(({ service, budgets, binding }) => [
          service,
          String(budgets.length),
          binding?.slo ?? '-',
          binding?.dimension ?? '-',
          binding === null ? '-' : budgetText(binding.status),
          forecastCell(binding?.forecast ?? undefined, output),
          binding === null ? '-' : stateCell(binding, output),
          alertsText(budgets.reduce((sum, { firingCount }) => sum + firingCount, 0)),
        ]),
      { optional: ['SLOs', 'of', 'alerts'] },
    );
    const own = views.filter((view) => view.stream === stream);
    output.prose(forecastNote(own.map(({ binding }) => binding?.forecast ?? null)), 'dim');
    output.line();
  }
}

/** Each service with its binding budget first, all budgets by what they are of, and limits within limits. */
export function printServiceViews(views: readonly ServiceView[], output: Output): void {
  for (const { stream, service, budgets, binding, nested } of views) {
    output.line(`${output.tone('strong', shown(service))}  ${output.tone('dim', shown(stream))}`);
    output.prose(
      binding === null ? 'binding: none of its budgets has data to be judged by' : bindingText(binding),
    );
    output.table(
      [
        'of',
        'SLO',
        'worst series',
        'budget left',
        'projected',
        'runs out',
        'state',
        'track',
        'criticality',
        'series',
        'alerts',
      ],
      budgets.map((view) => [
        view.dimension,
        view.slo,
        formatLabels(view.status.labels),
        budgetText(view.status),
        formatPercent(view.status.projectedRemainingRatio, 1),
        forecastCell(view.forecast ?? undefined, output),
        stateCell(view, output),
        view.track,
        view.criticality,
        statesText(view.states),
        alertsText(view.firingCount),
      ]),
      { optional: ['track', 'criticality', 'projected', 'worst series', 'series', 'alerts'] },
    );
    if (budgets.some(({ status }) => status.isEstimated))
      output.prose('* the period is only partly filled: the state goes by what is projected', 'dim');
    output.prose(forecastNote(budgets.map(({ forecast }) => forecast)), 'dim');
    nested.forEach((chain, index) => {
      if (index === 0) output.line(`\n${output.tone('strong', 'limits within limits')}`);
      printChain(chain, output);
    });
    output.line();
  }
}

function bindingText({ slo, dimension, status, forecast }: BudgetView): string {
  const series = Object.keys(status.labels).length === 0 ? '' : `, ${formatLabels(status.labels)}`;
  const end = forecast === null ? '' : `, ${forecastSentence(forecast)}`;
  return shown(`binding: ${slo} (${dimension})${series}: ${budgetText(status)} left, ${status.state}${end}`);
}

/** From the narrowest to the widest, each further in. */
function printChain(chain: readonly NestedBudget[], output: Output): void {
  chain.forEach(({ status, partOf, isBinding }, depth) => {
    const indent = '  '.repeat(depth);
    const within = depth === 0 ? '' : 'within ';
    const share = partOf === null ? '' : `; ${shareText(partOf)}`;
    const mark = isBinding ? ' (binds)' : '';
    const name = `${status.slo} ${formatLabels(status.labels)}`;
    output.prose(
      shown(`${indent}${within}${name}: ${budgetText(status)} left, ${status.state}${mark}${share}`),
    );
  });
}

function shareText({ bad, total, wholeBad, wholeTotal }: NonNullable<NestedBudget['partOf']>): string {
  const share = (part: number, whole: number): string => formatPercent(whole === 0 ? null : part / whole, 1);
  return `${share(bad, wholeBad)} of what is bad and ${share(total, wholeTotal)} of what counts below`;
}

const stateCell = ({ status }: BudgetView, output: Output): ReturnType<Output['cell']> =>
  output.cell(STATE_TONES[status.state] ?? 'dim', status.state);

const statesText = (states: BudgetView['states']): string =>
  Object.entries(states)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');

const alertsText = (count: number): string => (count === 0 ? '' : counted(count, 'alert'));
