import type { BurnTier } from './burn-tier.ts';
import { maxBurnRate } from './burn.ts';
import { DAY_MS, MINUTE_MS } from '../time/units.ts';
import { compareRatios, ratioToNumber, type ExactRatio } from './exact-ratio.ts';
import { budgetShareOf, factorOf, isReachable, tierName } from './tier-check.ts';
import type { TierContext } from './tier-check.ts';
import { DEFAULT_TIERS } from './tier-tables.ts';
import type { DefaultTier } from './tier-tables.ts';

/**
 * A default tier that its target can never reach is replaced by one whose factor is this share of the reachable maximum.
 * The share is also the error ratio at which the tier fires, since factor x (1 - target) = share. Two thirds is where the
 * workbook's own fast tier stands at the targets that just permit it (14.4 x 5 % = 0.72 at 95 %, 6 x 10 % = 0.6 at 90 %):
 * an outage of most of the traffic fires it, a total one is not needed. The time to fire in a total outage does not
 * depend on the choice: it is budget share x period x (1 - target).
 */
export const REPLACED_FACTOR_SHARE: ExactRatio = { numerator: 2, denominator: 3 };

/** Short window of a tier that no table states: long / 12, the workbook's ratio, in whole minutes. */
const WINDOW_RATIO = 12;
/** Long windows are cut to multiples of this where they can be: their twelfth then is whole minutes. */
const STEP_MS = WINDOW_RATIO * MINUTE_MS;

/** Below this period the table's windows shrink with the period; its factors stay. */
const WINDOWS_PERIOD_MS = 7 * DAY_MS;

const ONE: ExactRatio = { numerator: 1, denominator: 1 };

const larger = (left: ExactRatio, right: ExactRatio): ExactRatio =>
  compareRatios(left, right) < 0 ? right : left;
const smaller = (left: ExactRatio, right: ExactRatio): ExactRatio =>
  compareRatios(left, right) < 0 ? left : right;

type Rule = Pick<BurnTier, 'factor' | 'budgetShare' | 'longWindowMs' | 'shortWindowMs' | 'severity'>;

const shortOf = (longWindowMs: number): number =>
  Math.ceil(longWindowMs / WINDOW_RATIO / MINUTE_MS) * MINUTE_MS;

/** The table over a week or more: windows as they are, each tier at its budget share, and at its least factor or more. */
function atFullLength(periodMs: number): readonly Rule[] {
  return DEFAULT_TIERS.map(({ longWindowMs, shortWindowMs, budgetShare, factorMin, severity }) => {
    const factor = larger(factorOf(budgetShare, periodMs, longWindowMs), factorMin);
    const share = budgetShareOf(factor, periodMs, longWindowMs);
    return { longWindowMs, shortWindowMs, severity, factor, budgetShare: share };
  });
}

/** One row of the table over less than a week, given the slower tiers; null where it would be the next one's twin. */
function shrunk(row: DefaultTier, periodMs: number, slower: Rule | undefined): Rule | null {
  const steps = Math.max(1, Math.round((row.longWindowMs * periodMs) / (WINDOWS_PERIOD_MS * STEP_MS)));
  const longWindowMs = steps * STEP_MS;
  if (slower !== undefined && longWindowMs >= slower.longWindowMs) return null;
  // A window that could shrink no further would spend more than the slower tier's: the factor gives way.
  const factor =
    slower === undefined
      ? row.factorMin
      : smaller(row.factorMin, factorOf(slower.budgetShare, periodMs, longWindowMs));
  const budgetShare = budgetShareOf(factor, periodMs, longWindowMs);
  return { longWindowMs, shortWindowMs: shortOf(longWindowMs), severity: row.severity, factor, budgetShare };
}

/** The table over less than a week. Of tiers that meet at the shortest window one is left: a page, with the least factor. */
function shrunkToPeriod(periodMs: number): readonly Rule[] {
  let kept: readonly Rule[] = [];
  for (const row of [...DEFAULT_TIERS].reverse()) {
    const [next, ...others] = kept;
    const rule = shrunk(row, periodMs, next);
    if (rule !== null) kept = [rule, ...kept];
    else if (row.severity === 'page' && next?.severity === 'ticket') {
      const page = shrunk(row, periodMs, others[0]);
      if (page !== null) kept = [page, ...others];
    }
  }
  return kept;
}

interface Room extends TierContext {
  readonly operator: BurnTier['operator'];
}

/**
 * The same budget share over a longer window, so that the factor comes to at most `wanted` and stays above the slower
 * tier's. Steps of a minute where twelve leave no room; null where nothing does.
 */
function replaced(
  rule: Rule,
  { wanted, slower }: { readonly wanted: number; readonly slower: Rule | undefined },
  { periodMs, operator, target }: Room,
): Rule | null {
  const floor = slower?.factor ?? ONE;
  const isInOrder = (factor: ExactRatio): boolean =>
    compareRatios(factor, floor) > (slower === undefined ? -1 : 0);
  for (const stepMs of [STEP_MS, MINUTE_MS]) {
    const exactSteps = (ratioToNumber(rule.budgetShare) * periodMs) / wanted / stepMs;
    // A double just above a whole number is that number: another step would be one too many.
    let steps = Math.max(1, Math.ceil(exactSteps - 1e-9));
    while (steps > 1 && !isInOrder(factorOf(rule.budgetShare, periodMs, steps * stepMs))) steps -= 1;
    const longWindowMs = steps * stepMs;
    const factor = factorOf(rule.budgetShare, periodMs, longWindowMs);
    const shortWindowMs = shortOf(longWindowMs);
    if (!isInOrder(factor) || !isReachable(factor, operator, target) || shortWindowMs >= longWindowMs)
      continue;
    return { ...rule, longWindowMs, shortWindowMs, factor };
  }
  return null;
}

/** At targets so low that no two factors fit below the maximum: one page, at the burn rate that spends the budget. */
function onlyTier(rule: Rule, { periodMs }: Room): Rule {
  const longWindowMs = rule.longWindowMs;
  const budgetShare = budgetShareOf(ONE, periodMs, longWindowMs);
  return { ...rule, severity: 'page', factor: ONE, budgetShare };
}

/**
 * Rules as the target can reach them. Those it cannot, and those that would then not stay below the replaced ones, share
 * the room between the first rule that stays (or 1) and the replaced factor evenly.
 */
function withinReach(rules: readonly Rule[], room: Room): readonly Rule[] {
  const maximum = ratioToNumber(maxBurnRate(room.target));
  const unreachable = rules.filter(({ factor }) => !isReachable(factor, room.operator, room.target)).length;
  if (unreachable === 0) return rules;
  // Near a maximum of 1 two thirds of it would be below 1: there the middle is taken.
  const top = Math.max(ratioToNumber(REPLACED_FACTOR_SHARE) * maximum, (1 + maximum) / 2);
  const isReplaced = (rule: Rule, index: number): boolean =>
    index < unreachable || ratioToNumber(rule.factor) >= top;
  const count = rules.filter(isReplaced).length;
  const first = rules[count];
  const bottom = first === undefined ? 1 : ratioToNumber(first.factor);
  let kept = rules.slice(count);
  for (let index = count - 1; index >= 0; index--) {
    const wanted = top - ((top - bottom) * index) / count;
    const rule = rules[index];
    const fitting = rule === undefined ? null : replaced(rule, { wanted, slower: kept[0] }, room);
    if (fitting !== null) kept = [fitting, ...kept];
  }
  const [fastest, ...others] = kept;
  const slowest = rules.at(-1);
  if (fastest === undefined) return slowest === undefined ? [] : [onlyTier(slowest, room)];
  return [{ ...fastest, severity: 'page' }, ...others];
}

/**
 * The tiers of an SLO that says nothing of its own, most urgent first. At every period longer than an hour and every
 * target: no factor below 1, every factor reachable, windows ascending, factors falling, budget shares never falling, and
 * a page at least.
 *
 * Over four weeks and more they are the workbook's (2, 5, 10 and 10 % of the budget). Over less, its shares would ask for
 * burn rates that a service within its target has, so that no tier asks for less than it does over a week with Sloth's
 * table (13.44, 3.5, 1.4 and 1): the shares grow as the period shrinks. Under a week the windows shrink with it, to twelve
 * minutes at least.
 */
export function defaultTiers(context: TierContext, operator: BurnTier['operator']): readonly BurnTier[] {
  const { periodMs } = context;
  const rules = periodMs < WINDOWS_PERIOD_MS ? shrunkToPeriod(periodMs) : atFullLength(periodMs);
  return withinReach(rules, { ...context, operator }).map((rule) => ({
    ...rule,
    name: tierName(rule.longWindowMs, rule.shortWindowMs),
    operator,
    holdMs: 0,
  }));
}
