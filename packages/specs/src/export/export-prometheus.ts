import {
  budgetShareOfTarget,
  DAY_MS,
  durationText,
  formatRatio,
  multiplyRatios,
  nominalPeriodMs,
  ratioToNumber,
  type BurnTier,
  type ExactRatio,
  type SloPlan,
} from '@burnline/core';
import { stringify } from 'yaml';
import { isLeftOut, type Exported, type ExportNote } from './exported.ts';
import {
  BAD_COUNTER,
  counterOf,
  labelOf,
  promDuration,
  quoted,
  sumBy,
  TOTAL_COUNTER,
} from './prometheus-names.ts';

type Labels = Readonly<Record<string, string>>;

type Rule =
  | { readonly record: string; readonly expr: string; readonly labels: Labels }
  | {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly keep_firing_for?: string;
      readonly labels: Labels;
      readonly annotations: Labels;
    };

/** A rule over a window of weeks is evaluated less often: they move slowly, and read much. */
const LONG_WINDOW_MS = 7 * DAY_MS;

/**
 * Recording and alerting rules for Prometheus that judge as these SLOs do, over the counters `burnline_slo_events_total` and
 * `burnline_slo_bad_events_total` with the labels `slo` and the SLO's dimensions. Names of recorded series are Sloth's, which
 * public dashboards read.
 */
export function exportPrometheus(plans: readonly SloPlan[]): Exported {
  const notes: ExportNote[] = [];
  const groups = plans.flatMap((plan) => {
    if (isLeftOut(plan, notes)) return [];
    notes.push(...notesOf(plan));
    return groupsOf(plan);
  });
  return { text: stringify({ groups }, { lineWidth: 0 }), notes };
}

function notesOf({ slo, period, sli, lowTraffic }: SloPlan): readonly ExportNote[] {
  const calendar =
    period.kind === 'calendar'
      ? ['its budget is of a calendar period; the rules look back over as long a rolling window.']
      : [];
  const weights = sli.groupBy.dimensions.length > 0 ? ['the cap on series is not kept.'] : [];
  const evidence =
    lowTraffic === undefined
      ? []
      : [
          'the exact guard for low traffic is left out, PromQL has no binomial tail; the counts of min-bad and min-events are kept.',
        ];
  return [...calendar, ...weights, ...evidence].map((message) => ({ slo, message }));
}

function groupsOf(plan: SloPlan): readonly { readonly name: string; readonly rules: readonly Rule[] }[] {
  const periodMs = nominalPeriodMs(plan.period);
  const windows = new Set(
    plan.tiers.flatMap(({ longWindowMs, shortWindowMs }) => [shortWindowMs, longWindowMs]),
  );
  const sorted = [...windows].sort((a, b) => a - b);
  const name = `burnline-slo-${plan.slo.replace('/', '-')}`;
  const facts = factsOf(plan, { shortestMs: sorted[0] ?? periodMs, periodMs });
  // Rules of one group are evaluated in turn: an alert sees the ratios of its own moment.
  const rules = [
    ...sorted.map((windowMs) => ratioRule(plan, windowMs)),
    ...plan.tiers.map((tier) => alertRule(plan, tier)),
    ...facts,
  ];
  const interval = periodMs >= LONG_WINDOW_MS ? { interval: '2m30s' } : {};
  return [
    { name, rules },
    { name: `${name}-period`, ...interval, rules: [ratioRule(plan, periodMs)] },
  ];
}

const idsOf = ({ slo, service }: SloPlan): Labels => ({
  sloth_id: `${service}-${slo}`,
  sloth_service: service,
  sloth_slo: slo,
});

const ratioName = (windowMs: number): string => `slo:sli_error:ratio_rate${promDuration(windowMs)}`;
const recorded = (name: string, plan: SloPlan): string =>
  `${name}{sloth_id=${quoted(idsOf(plan)['sloth_id'] ?? '')}}`;

function ratioRule(plan: SloPlan, windowMs: number): Rule {
  const window = promDuration(windowMs);
  const sum = sumBy(plan);
  // Of events, not of ratios: a quiet hour weighs as little as it has events.
  const expr = `${sum}(increase(${counterOf(BAD_COUNTER, plan)}[${window}]))
/
${sum}(increase(${counterOf(TOTAL_COUNTER, plan)}[${window}]))`;
  return { record: ratioName(windowMs), expr, labels: { ...idsOf(plan), sloth_window: window } };
}

/** What Sloth's dashboards ask beside the ratios. */
function factsOf(
  plan: SloPlan,
  { shortestMs, periodMs }: { readonly shortestMs: number; readonly periodMs: number },
): readonly Rule[] {
  const budget = budgetShareOfTarget(plan.target);
  const labels = idsOf(plan);
  const rule = (record: string, expr: string): Rule => ({ record, expr, labels });
  const burnOver = (windowMs: number): string =>
    `${recorded(ratioName(windowMs), plan)} / ${numberOf(budget)}`;
  return [
    rule('slo:objective:ratio', `vector(${numberOf(plan.target)})`),
    rule('slo:error_budget:ratio', `vector(${numberOf(budget)})`),
    rule('slo:time_period:days', `vector(${periodMs / DAY_MS})`),
    rule('slo:current_burn_rate:ratio', burnOver(shortestMs)),
    rule('slo:period_burn_rate:ratio', burnOver(periodMs)),
    rule('slo:period_error_budget_remaining:ratio', `1 - ${recorded('slo:period_burn_rate:ratio', plan)}`),
    {
      record: 'sloth_slo_info',
      expr: 'vector(1)',
      labels: { ...labels, sloth_mode: 'burnline', sloth_objective: formatRatio(plan.target) },
    },
  ];
}

function alertRule(plan: SloPlan, tier: BurnTier): Rule {
  const { longWindowMs, shortWindowMs, severity, holdMs, resolveHoldMs } = tier;
  // Multiplied here: 14.4 * 0.001 is above 0.0144 in doubles, and a share of exactly that would not fire.
  const limit = numberOf(multiplyRatios(tier.factor, budgetShareOfTarget(plan.target)));
  const burns = [shortWindowMs, longWindowMs].map(
    (windowMs) => `(${recorded(ratioName(windowMs), plan)} ${tier.operator} ${limit})`,
  );
  // Without its window's label one ratio would not find the other.
  const expr = [burns.join('\nand ignoring (sloth_window)\n'), ...guardsOf(plan, longWindowMs)].join('\n');
  return {
    alert: 'BurnlineErrorBudgetBurn',
    expr,
    ...(holdMs > 0 && { for: durationText(holdMs) }),
    ...(resolveHoldMs !== undefined && resolveHoldMs > 0 && { keep_firing_for: durationText(resolveHoldMs) }),
    labels: { slo: plan.slo, service: plan.service, tier: tier.name, severity, sloth_severity: severity },
    annotations: {
      summary: `${plan.displayName} burns its error budget at ${numberOf(tier.factor)} times the rate it may.`,
      ...(plan.runbook !== undefined && { runbook_url: plan.runbook }),
    },
  };
}

/** Few bad events, or few at all, are no alert. An increase is extrapolated: half an event is one that may not be there. */
function guardsOf(plan: SloPlan, longWindowMs: number): readonly string[] {
  const { badCountMin, eventCountMin = 0, sli } = plan;
  const window = promDuration(longWindowMs);
  const on = `and on (${sli.groupBy.dimensions.map(labelOf).join(', ')})`;
  const guard = (counter: string, countMin: number): string =>
    `${on} (${sumBy(plan)}(increase(${counterOf(counter, plan)}[${window}])) >= ${countMin - 0.5})`;
  return [
    guard(BAD_COUNTER, badCountMin),
    ...(eventCountMin > 0 ? [guard(TOTAL_COUNTER, eventCountMin)] : []),
  ];
}

/** A decimal where one ends, else the nearest double: PromQL has no others. */
function numberOf(ratio: ExactRatio): string {
  const exact = formatRatio(ratio);
  return exact.includes('/') ? String(ratioToNumber(ratio)) : exact;
}
