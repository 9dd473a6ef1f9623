import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import type { BurnTier } from './burn-tier.ts';
import { budgetShareOfTarget } from './burn.ts';
import { budgetShareOf, checkTier, factorOf, isReachable, tierName } from './tier-check.ts';
import type { TierContext } from './tier-check.ts';
import { byUrgency } from './tier-order.ts';
import { ceilDivide, durationText, scaleToMinute } from './durations.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';
import { defaultTiers, REPLACED_FACTOR_SHARE } from './default-tiers.ts';
import { PYRRA_PERIOD_MS, PYRRA_TIERS, SLOTH_7D_TIERS, SLOTH_TIERS } from './tier-tables.ts';
import type { PyrraTier, WorkbookTier } from './tier-tables.ts';

/** `google`: the default, see `defaultTiers`. `sloth` and `pyrra`: those tools' tables, to the digit. */
export const TIER_PRESETS = ['google', 'sloth', 'pyrra'] as const;
export type TierPreset = (typeof TIER_PRESETS)[number];

/** `>=` unless said otherwise (Datadog, Grafana, Nobl9); the `sloth` preset has Sloth's own `>`. */
export const TIER_OPERATOR_DEFAULT: BurnTier['operator'] = '>=';
const SLOTH_OPERATOR: BurnTier['operator'] = '>';

/** Short window of a replaced tier: long / 12, the workbook's ratio. Long windows are cut to multiples of 12 minutes. */
const REPLACED_WINDOW_RATIO = 12;

export interface TierRequest extends TierContext {
  readonly preset: TierPreset;
  readonly operator?: BurnTier['operator'];
}

/** The same budget share over a longer long window, so that the factor becomes REPLACED_FACTOR_SHARE of the maximum. */
function replaceUnreachable(tier: BurnTier, { target, periodMs }: TierContext): BurnTier {
  const budget = budgetShareOfTarget(target);
  const step = REPLACED_WINDOW_RATIO * MINUTE_MS;
  const longSteps = ceilDivide(
    [tier.budgetShare.numerator, periodMs, budget.numerator, REPLACED_FACTOR_SHARE.denominator],
    [tier.budgetShare.denominator, budget.denominator, REPLACED_FACTOR_SHARE.numerator, step],
  );
  const longWindowMs = longSteps * step;
  const shortWindowMs = longSteps * MINUTE_MS;
  return {
    ...tier,
    name: tierName(longWindowMs, shortWindowMs),
    longWindowMs,
    shortWindowMs,
    factor: factorOf(tier.budgetShare, periodMs, longWindowMs),
  };
}

function fromWorkbook(row: WorkbookTier, periodMs: number, operator: BurnTier['operator']): BurnTier {
  return {
    ...row,
    name: tierName(row.longWindowMs, row.shortWindowMs),
    factor: factorOf(row.budgetShare, periodMs, row.longWindowMs),
    operator,
    holdMs: 0,
  };
}

function fromPyrra(row: PyrraTier, periodMs: number, operator: BurnTier['operator']): BurnTier {
  const scaled = (windowMs: number): number => scaleToMinute(windowMs, periodMs, PYRRA_PERIOD_MS);
  const [longWindowMs, shortWindowMs] = [scaled(row.longWindowMs), scaled(row.shortWindowMs)];
  if (shortWindowMs === 0 || longWindowMs === 0) {
    throw new AppError<BurnErrorCode>(
      'PERIOD_TOO_SHORT',
      `Over a period of ${durationText(periodMs)} the window ${durationText(row.shortWindowMs)} of the pyrra preset rounds to 0 minutes.`,
      { remedy: 'Choose a longer period, the google preset, or write the tiers yourself.' },
    );
  }
  return {
    name: tierName(longWindowMs, shortWindowMs),
    longWindowMs,
    shortWindowMs,
    // Rounded windows spend a little more or less than the table's 1/48, 1/16, 1/14 and 1/7: this is what they do spend.
    budgetShare: budgetShareOf(row.factor, periodMs, longWindowMs),
    factor: row.factor,
    operator,
    severity: row.severity,
    holdMs: scaled(row.holdMs),
  };
}

/** The tiers of another tool's table, those that the target cannot reach replaced. */
function tableTiers(request: TierRequest): readonly BurnTier[] {
  const { preset, periodMs } = request;
  const isPyrra = preset === 'pyrra';
  const operator = request.operator ?? (isPyrra ? TIER_OPERATOR_DEFAULT : SLOTH_OPERATOR);
  const rows = periodMs === 7 * DAY_MS ? SLOTH_7D_TIERS : SLOTH_TIERS;
  const tiers = isPyrra
    ? PYRRA_TIERS.map((row) => fromPyrra(row, periodMs, operator))
    : rows.filter((row) => row.longWindowMs < periodMs).map((row) => fromWorkbook(row, periodMs, operator));
  return tiers.map((tier) =>
    isReachable(tier.factor, tier.operator, request.target) ? tier : replaceUnreachable(tier, request),
  );
}

function checkPeriod(periodMs: number): void {
  if (Number.isSafeInteger(periodMs) && periodMs > HOUR_MS) return;
  throw new AppError<BurnErrorCode>(
    'PERIOD_TOO_SHORT',
    `A budget period of ${periodMs} ms is too short for burn tiers.`,
    { remedy: 'Budget periods are longer than an hour; write the tiers yourself for shorter ones.' },
  );
}

/**
 * Keeps the first tier of each pair of windows. Replaced tiers can meet there: two of equal budget share always do. The
 * tables' shares ascend, so the first one asks for the smallest factor, is the most urgent, and fires whenever the
 * others would.
 */
function withoutTwins(tiers: readonly BurnTier[]): BurnTier[] {
  const names = new Set<string>();
  return tiers.filter(({ name }) => {
    const isNew = !names.has(name);
    names.add(name);
    return isNew;
  });
}

/**
 * The burn tiers of an SLO that writes none itself, most urgent first; their names are unique.
 *
 * `google`: the default, `defaultTiers`. `sloth`: Sloth's windows, fixed; factor = budget share x period / long window, so
 * that it may be below 1; tiers whose long window is not shorter than the period are left out. `pyrra`: fixed factors;
 * windows and holds scale with the period and are rounded to a minute. In both of these a tier whose factor the target can
 * never reach is replaced (REPLACED_FACTOR_SHARE); one that then has the windows of another is left out.
 *
 * @throws AppError TARGET_INVALID; PERIOD_TOO_SHORT when no tier fits into the period, or a window rounds to 0.
 */
export function resolveTiers(request: TierRequest): readonly BurnTier[] {
  checkPeriod(request.periodMs);
  budgetShareOfTarget(request.target);
  const tiers =
    request.preset === 'google'
      ? defaultTiers(request, request.operator ?? TIER_OPERATOR_DEFAULT)
      : tableTiers(request);
  return withoutTwins(tiers.map((tier) => checkTier(tier, request))).sort(byUrgency);
}
