import { predicateText } from '@burnline/specs';
import {
  budgetShareOfTarget,
  durationText,
  ratioText,
  ratioToNumber,
  formatRatio,
  type BurnTier,
  type CalibrationRule,
  type CapacityRule,
  sumReferencesOf,
  type CompositePart,
  type DriftRule,
  type Envelope,
  type MeanRule,
  type SliWeight,
  type Slices,
  type SloPlan,
} from '@burnline/core';
import { counted, formatCount, formatPercent, formatTarget } from './format.ts';
import type { Output } from './output.ts';
import { wrapped } from './prose.ts';
import { shown } from './shown.ts';

/** Beyond so many SLOs a line each is what a reader can take in; `--json` has all. */
const EXPLAINED_MAX = 50;

/** Says what SLOs mean: a few sentences each, or a table where there are many. */
export function printMeanings(plans: readonly SloPlan[], output: Output): void {
  if (plans.length <= EXPLAINED_MAX) {
    for (const plan of plans) {
      output.line();
      for (const line of meaningOf(plan)) output.line(wrapped(line, output.columns, BESIDE_NAMES));
    }
    return;
  }
  output.table(
    ['SLO', 'service', 'about', 'target', 'period', 'by', 'pages', 'tickets'],
    plans.map((plan) => [
      plan.slo,
      plan.service,
      plan.dimension,
      formatTarget(ratioToNumber(plan.target)),
      plan.period.text,
      plan.sli.groupBy.dimensions.join(', ') || '-',
      tiersText(plan, 'page'),
      tiersText(plan, 'ticket'),
    ]),
    { optional: ['by', 'about', 'service', 'tickets'] },
  );
}

const tiersText = ({ tiers }: SloPlan, severity: BurnTier['severity']): string =>
  tiers
    .filter((tier) => tier.severity === severity)
    .map((tier) =>
      tier.factor.numerator === 0
        ? `any/${durationText(tier.longWindowMs)}`
        : `${ratioText(tier.factor)}x/${durationText(tier.longWindowMs)}`,
    )
    .join(' ') || '-';

function meaningOf(plan: SloPlan): readonly string[] {
  const { sli, badCountMin, eventCountMin = 0 } = plan;
  const noun = sli.stream === 'verdicts' ? 'verdicts' : 'events';
  // What budgets and guards count.
  const unit = unitOf(plan, noun);
  const floor = eventCountMin > 0 ? ` and ${counted(eventCountMin, singular(unit))} in all` : '';
  const least = `no alert below ${counted(badCountMin, `bad ${singular(unit)}`)}${floor} in its long window`;
  const guard = `${least}${evidenceText(plan)}`;
  return [
    ...(sli.composite === undefined ? ratioLines(plan, { noun, unit }) : compositeLines(plan, sli.composite)),
    row('about', plan.dimension),
    ...(plan.within === undefined ? [] : [row('within', `${plan.within}: part of its budget`)]),
    ...plan.tiers.map((tier) => row(tier.severity, tierText(tier, plan))),
    plan.tiers.length === 0
      ? row('alerts', 'none of its own: it is a part of a composite')
      : row('guard', guard),
  ].map(shown);
}

function evidenceText({ lowTraffic }: SloPlan): string {
  if (lowTraffic === undefined) return '';
  const confidence = percent(1 - ratioToNumber(lowTraffic.alpha));
  return `, nor before these show its tier's share of bad ones with a confidence of ${confidence} (exact binomial bound)`;
}

function ratioLines(
  plan: SloPlan,
  { noun, unit }: { readonly noun: string; readonly unit: string },
): readonly string[] {
  const { sli } = plan;
  const whole = sli.derivation?.kind === 'ratio-timeslices' ? 'the time' : unit;
  return [
    `${plan.slo}: ${formatTarget(ratioToNumber(plan.target))} of ${whole} must be good, ${periodText(plan)}.`,
    row('counts', countsText(plan, noun)),
    ...(sli.derivation?.kind === 'envelope' ? [] : [row(sli.verdict.kind, predicateText(sli.verdict.where))]),
    ...(sli.weight === undefined ? [] : [row('weight', weightText(sli.weight, noun))]),
    ...derivationRows(plan, noun),
    row('budget', `${allowedText(plan)} may be bad`),
    ...(sli.groupBy.dimensions.length === 0 || sli.derivation?.kind === 'envelope'
      ? []
      : [row('series', seriesText(plan))]),
  ];
}

/** A composite burns what its parts do: what is said of it is what a bad share of each would cost. */
function compositeLines(plan: SloPlan, parts: readonly CompositePart[]): readonly string[] {
  return [
    `${plan.slo}: the burn rates of ${counted(parts.length, 'SLO')}, added up, ${periodText(plan)}.`,
    ...parts.map(({ slo, weight, target }) =>
      row('part', `${slo} (${formatTarget(ratioToNumber(target))}), times ${ratioText(weight)}`),
    ),
    row('budget', 'spent when they have spent one budget together'),
  ];
}

const NAME_COLUMNS = 7;
/** Where what stands beside a name goes on. */
const BESIDE_NAMES = ' '.repeat(NAME_COLUMNS + 1);

const row = (name: string, text: string): string => `  ${name.padEnd(NAME_COLUMNS)} ${text}`;

function periodText({ period }: SloPlan): string {
  if (period.kind === 'rolling') return `over the last ${period.text} at any time`;
  return `in each ${period.count === 1 ? '' : `${period.count} `}${period.unit}${period.count === 1 ? '' : 's'} from ${period.startLocal} ${period.timeZone}`;
}

function countsText({ sli }: SloPlan, noun: string): string {
  const [scope, total] = [sli.scope, sli.total].map((node) => (node === null ? null : predicateText(node)));
  const of = `${noun} with ${scope ?? ''}`;
  if (total === null) return scope === null ? `all ${noun}` : of;
  return `${scope === null ? noun : of}, of these ${total} (others are excluded)`;
}

/** What budgets and guards count. */
function unitOf({ sli: { derivation } }: SloPlan, noun: string): string {
  if (derivation === undefined) return noun;
  return derivation.kind === 'envelope' ? 'entities' : 'slices';
}

const singular = (unit: string): string => (unit === 'entities' ? 'entity' : unit.slice(0, -1));

function derivationRows({ sli: { derivation } }: SloPlan, noun: string): readonly string[] {
  if (derivation === undefined) return [];
  if (derivation.kind === 'envelope')
    return [row('entity', entityText(derivation)), row('good', envelopeText(derivation))];
  return [row('slice', sliceText(derivation, noun))];
}

const PER_TEXTS = {
  life: 'all its life (the UTC day of its last event and the day before)',
  day: 'each UTC day of it by itself',
  month: 'each month of it by itself (UTC)',
} as const;

const entityText = ({ entity, per }: Envelope): string => `${entity.join(' and ')}, ${PER_TEXTS[per]}`;

function envelopeText({ consumed, expected, limit, operator }: Envelope): string {
  const what = consumed.length === 0 ? 'steps' : consumed.join(' + ');
  const bound = operator === '<' ? 'below' : 'at most';
  if (expected === null) return `${what} ${bound} ${formatRatio(limit)}`;
  if (expected.isBelieved === true)
    return `${what} and ${expected.sum} differ by ${bound} ${formatRatio(limit)} of the latter`;
  const of = expected.of === 'event' ? 'of its events together' : 'of it';
  return `${what} ${bound} ${formatRatio(limit)} times what ${expected.sum} says ${of}`;
}

function sliceText(derivation: Slices, noun: string): string {
  const { sliceMs, holdMs, empty } = derivation;
  const hold = holdMs === undefined ? '' : `; its state holds for ${durationText(holdMs)} after it`;
  const none = empty === undefined ? '' : `; one without any counts as ${empty}`;
  return `${durationText(sliceMs)}, ${sliceRuleText(derivation, noun)}${hold}${none}`;
}

function sliceRuleText(derivation: Slices, noun: string): string {
  switch (derivation.kind) {
    case 'timeslices':
      return `good with ${percent(ratioToNumber(derivation.target))} or more of its ${noun} good`;
    case 'ratio-timeslices':
      return `good for as much of its time as its share of good ${noun}`;
    case 'mean-timeslices':
      return `good while the ${meanText(derivation)}${leastText(derivation.countMin)}`;
    case 'calibration-timeslices':
      return `good while the ${calibrationText(derivation)}${leastText(derivation.countMin)}`;
    case 'capacity-timeslices':
      return `good while ${capacityText(derivation)}`;
    case 'drift-timeslices':
      return `good while ${driftText(derivation)}${leastText(derivation.countMin)}`;
  }
}

function meanText({ aggregate, sum, operator, bound }: MeanRule): string {
  const of = aggregate === 'mean' ? 'mean' : 'root of the mean square';
  return `${of} of ${sumReferencesOf(sum).join(' - ')} is ${operator} ${ratioToNumber(bound)}`;
}

function calibrationText({ sums, operator, bound }: CalibrationRule): string {
  const [stated, isTrue] = sumReferencesOf(sums[0] ?? '');
  return `calibration error of ${stated} for ${isTrue}, over ${sums.length} bins, is ${operator} ${ratioToNumber(bound)}`;
}

function capacityText({ used, quota, operator, bound }: CapacityRule): string {
  const what = used.length === 0 ? 'requests' : used.join(' + ');
  const of = typeof quota === 'number' ? formatCount(quota) : `what ${quota} says`;
  return `${what} per minute are ${operator} ${percent(ratioToNumber(bound))} of ${of}`;
}

function driftText({ statistic, reference, operator, bound }: DriftRule): string {
  const against =
    reference.kind === 'trailing'
      ? `the ${durationText(reference.lengthMs)} before it`
      : `${new Date(reference.fromMs).toISOString()} to ${new Date(reference.toMs).toISOString()}`;
  return `its ${statistic} against ${against} is ${operator} ${ratioToNumber(bound)}`;
}

const leastText = (countMin: number): string =>
  countMin > 1 ? `, of at least ${formatCount(countMin)} values` : '';

function weightText(weight: SliWeight, noun: string): string {
  if ('fields' in weight) return `${weight.fields.join(' + ')} of each of the ${noun}`;
  const { shareSum, of } = weight;
  return `each of the ${noun} is ${of} for as much of itself as ${sumReferencesOf(shareSum).join('')} says`;
}

function allowedText({ target }: SloPlan): string {
  const share = budgetShareOfTarget(target);
  return share.numerator === 1
    ? `1 in ${formatCount(share.denominator)}`
    : formatPercent(ratioToNumber(share), 2);
}

function seriesText({ sli }: SloPlan): string {
  const { dimensions, seriesCountMax } = sli.groupBy;
  return `a budget of its own for each ${dimensions.join(' and ')}, up to ${formatCount(seriesCountMax)}`;
}

/** `1.44 % or more bad over 1h and over 5m (burn rate 14.4, 2 % of the budget)` */
function tierText(tier: BurnTier, { target, sli }: SloPlan): string {
  if (tier.factor.numerator === 0)
    return `any bad one over ${durationText(tier.longWindowMs)} and over ${durationText(tier.shortWindowMs)}`;
  const errors = ratioToNumber(tier.factor) * ratioToNumber(budgetShareOfTarget(target));
  const bound = tier.operator === '>' ? `more than ${percent(errors)}` : `${percent(errors)} or more`;
  const hold = tier.holdMs > 0 ? ` for ${durationText(tier.holdMs)}` : '';
  const rate = `${tier.operator} ${ratioText(tier.factor)}, ${percent(ratioToNumber(tier.budgetShare))} of the budget`;
  const windows = `over ${durationText(tier.longWindowMs)} and over ${durationText(tier.shortWindowMs)}${hold}`;
  if (sli.composite !== undefined) return `burn rate ${windows} (${rate})`;
  return `${bound} bad ${windows} (burn rate ${rate})`;
}

const percent = (ratio: number): string => `${Number((ratio * 100).toPrecision(4))} %`;
