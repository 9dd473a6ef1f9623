/** What may be routed around: a field of inferences that a gateway chooses by. */
export const ROUTE_DIMENSIONS = ['provider', 'deployment', 'region'] as const;
export type RouteDimension = (typeof ROUTE_DIMENSIONS)[number];

/** When a gateway is to send nothing to one of several providers, deployments or regions of a service. */
export interface RouteRule {
  readonly by: RouteDimension;
  /** Environments whose events count, and whose gateways go by it; empty: all. */
  readonly environments: readonly string[];
  /** The errors of so long a time count. */
  readonly windowMs: number;
  /** Shares of errors, 0 to 1: at which one is taken out of rotation, and below which it comes back; the second is the smaller one. */
  readonly at: number;
  readonly liftBelow: number;
  /** With fewer events in the window nothing is taken out. */
  readonly eventCountMin: number;
  /** How long one stays out at least; with too few events to tell it is then tried again. */
  readonly holdMs: number;
}

export const ROUTE_RULE_DEFAULT: Omit<RouteRule, 'by'> = {
  environments: [],
  windowMs: 300_000,
  at: 0.02,
  liftBelow: 0.01,
  eventCountMin: 50,
  holdMs: 600_000,
};

/** Whether a rule is for gateways of an environment; null: whoever does not say which one they are of goes by all rules. */
export const isRuleOf = (
  { environments }: Pick<RouteRule, 'environments'>,
  environment: string | null,
): boolean => environment === null || environments.length === 0 || environments.includes(environment);

/** Whether the gateways of any environment go by both of two rules. */
export const isRuleShared = (
  a: Pick<RouteRule, 'environments'>,
  b: Pick<RouteRule, 'environments'>,
): boolean => b.environments.length === 0 || b.environments.some((one) => isRuleOf(a, one));

/** What one value counted in the window that ends at a moment; of a sampled stream as many as its events stand for. */
export interface RouteCount {
  readonly value: string;
  readonly errors: number;
  readonly total: number;
  /** Events seen, whatever they stand for: the evidence. */
  readonly seen: number;
}

export interface RouteState extends RouteCount {
  readonly isOut: boolean;
  /** Since when it is out, or in rotation, epoch ms. */
  readonly sinceMs: number;
  /** Its share of errors when it went out, 0 to 1; 0 in rotation. */
  readonly outShare: number;
}

/**
 * Which values are in rotation at a moment, by which were at the one before. One goes out where it has the evidence, its share of
 * errors reaches the rule's, and another one that stays has as much evidence and a smaller share: nothing is sent to what is worse, or to
 * what nobody knows. It comes back no sooner than the rule's hold, once its share is below the lower one, or where too few events say that
 * it is not: nobody knows how something does that nothing is sent to. So a value goes out once in a hold at most, and a share between
 * the two changes nothing. One thing ends a hold early: all that is left and has evidence does worse than the best of what is out did when
 * it went.
 *
 * @param counts every value that has events in the window, once
 */
export function nextRoutes(
  before: readonly RouteState[],
  { atMs, counts }: { readonly atMs: number; readonly counts: readonly RouteCount[] },
  rule: RouteRule,
): readonly RouteState[] {
  const known = new Map(before.map((state) => [state.value, state]));
  const counted = new Map(counts.map((count) => [count.value, count]));
  const isLeft = ({ value, isOut }: RouteState): boolean => isOut || counted.has(value);
  const values = new Set([...before.filter(isLeft).map(({ value }) => value), ...counted.keys()]);
  const back = { isOut: false, sinceMs: atMs, outShare: 0 };
  const held = [...values].sort().map((value): RouteState => {
    const count = counted.get(value) ?? { value, errors: 0, total: 0, seen: 0 };
    const { isOut, sinceMs, outShare } = known.get(value) ?? back;
    const isBack = isOut && atMs - sinceMs >= rule.holdMs && !isProven(count, rule.liftBelow, rule);
    return { ...count, ...(isBack ? back : { isOut, sinceMs, outShare }) };
  });
  const early = betterThanLeft(held, rule);
  const states = held.map((state) => (state.value === early ? { ...state, ...back } : state));
  const best = bestShare(states, rule);
  return states.map((state) =>
    !state.isOut && isProven(state, rule.at, rule) && shareOf(state) > best
      ? { ...state, isOut: true, sinceMs: atMs, outShare: shareOf(state) }
      : state,
  );
}

const shareOf = ({ errors, total }: RouteCount): number => (total === 0 ? 0 : errors / total);

const isProven = (count: RouteCount, share: number, { eventCountMin }: RouteRule): boolean =>
  count.seen >= Math.max(1, eventCountMin) && shareOf(count) >= share;

/** The smallest share of errors that anything in rotation shows with evidence; infinite where nothing shows any. */
const bestShare = (states: readonly RouteState[], rule: RouteRule): number =>
  Math.min(...states.filter((state) => !state.isOut && isProven(state, 0, rule)).map(shareOf));

/** Which one is to come back before its hold is over: the best of those that are out, if what is left is known to do worse. */
function betterThanLeft(states: readonly RouteState[], rule: RouteRule): string | undefined {
  const best = bestShare(states, rule);
  if (best === Infinity) return undefined;
  // What still shows events counts by them too: it may have become worse since.
  const badOf = (state: RouteState): number =>
    Math.max(state.outShare, isProven(state, 0, rule) ? shareOf(state) : 0);
  return states
    .filter((state) => state.isOut && badOf(state) < best)
    .sort((a, b) => badOf(a) - badOf(b) || (a.value < b.value ? -1 : 1))[0]?.value;
}
