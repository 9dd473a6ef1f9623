import {
  burnRate,
  environmentOf,
  formatRatio,
  nominalPeriodMs,
  routedTo,
  severityOf,
  tierBurnWord,
  type BurnTier,
  type LowTraffic,
  type SloPlan,
  type WindowCounts,
} from '@burnline/core';
import type { DecisionEvidence } from '@burnline/contracts';
import { cutText } from '../cut-text.ts';
import type { BurnRow } from './burn-rows.ts';

/** Series of one SLO that fire together are told by one notification from this number on. */
export const GROUP_FROM_DEFAULT = 5;
/** Characters of a label's value in decisions, tables and pages: more is not read there, and a page must stay sendable. */
const LABEL_LENGTH_MAX = 200;
/** More parts than a page has room for. */
const PARTS_NAMED_MAX = 20;

/** What a decision about one tier of one series saw. */
export function evidenceOf(
  seen: {
    readonly stream: string;
    readonly plan: SloPlan;
    readonly row: BurnRow;
    readonly tier: BurnTier;
  },
  windows: { readonly long: WindowCounts; readonly short: WindowCounts },
): DecisionEvidence {
  const { stream, plan, row, tier } = seen;
  const { long, short } = windows;
  const [severity, labels] = [severityOf(tier, plan.criticality), boundedLabels(row.labels)];
  const environment = environmentOf(plan.sli, labels);
  const routed = routedTo(plan, tier, { severity, labels, environment });
  return {
    stream,
    slo: row.slo,
    displayName: plan.displayName,
    service: plan.service,
    specRev: row.specRev,
    series: row.series,
    labels,
    tier: tier.name,
    severity,
    target: formatRatio(plan.target),
    factor: tier.factor.numerator / tier.factor.denominator,
    long: { windowMs: tier.longWindowMs, bad: long.bad, total: long.total },
    short: { windowMs: tier.shortWindowMs, bad: short.bad, total: short.total },
    coverage: row.coverage,
    attribution: [],
    urgency: tier.severity,
    burnRate: burnRatesOf(plan, windows),
    burnWord: tierBurnWord(windows, tier, plan.target),
    periodMs: nominalPeriodMs(plan.period),
    ...(plan.sli.composite !== undefined && {
      parts: plan.sli.composite.slice(0, PARTS_NAMED_MAX).map(({ slo }) => boundedText(slo)),
    }),
    ...(plan.runbook !== undefined && { runbook: plan.runbook }),
    groupFrom: plan.groupFrom ?? GROUP_FROM_DEFAULT,
    ...(routed !== null && { routed: { routes: [...routed.routes], receivers: [...routed.receivers] } }),
    ...(plan.lowTraffic !== undefined &&
      tier.badCountMin === undefined && {
        guard: { confidence: confidenceOf(plan.lowTraffic), dispersion: row.dispersion },
      }),
  };
}

const confidenceOf = ({ alpha }: LowTraffic): number =>
  (alpha.denominator - alpha.numerator) / alpha.denominator;

export function burnRatesOf(
  { target }: Pick<SloPlan, 'target'>,
  { long, short }: { readonly long: WindowCounts; readonly short: WindowCounts },
): { readonly long: number; readonly short: number } {
  return { long: burnRate(long, target), short: burnRate(short, target) };
}

export const boundedText = (text: string): string => cutText(text, LABEL_LENGTH_MAX);

export function boundedLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, boundedText(value)]));
}
