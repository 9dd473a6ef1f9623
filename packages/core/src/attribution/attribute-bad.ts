import { compareArms, COMPARISON_DEFAULTS, type ArmCounts } from '../comparison/compare-arms.ts';

/** How a value's part in the bad events was found; only the last one says what they come from. */
export const ATTRIBUTION_METHODS = ['association', 'mix-standardised', 'randomised-arm'] as const;
export type AttributionMethod = (typeof ATTRIBUTION_METHODS)[number];

/** Events that have the same value of every dimension; of a sampled stream as many as they stand for. */
export interface AttributionCell {
  /** In the order of the dimensions; the empty text is no value. */
  readonly values: readonly string[];
  readonly bad: number;
  readonly total: number;
}

/** Events that have one value of a dimension, whatever they have of others. */
export interface ValueCounts {
  readonly dimension: string;
  readonly value: string;
  readonly bad: number;
  readonly total: number;
}

/** What a value of the dimension that was assigned counts. */
interface ArmOfValue extends ArmCounts {
  readonly value: string;
}

export interface AttributionInput {
  readonly dimensions: readonly string[];
  readonly cells: readonly AttributionCell[];
  /** The dimension whose values were assigned at random; null: none was. */
  readonly randomised: string | null;
  /** Dimensions that are known by the answer alone: events without one have none, and no other dimension is held against them. */
  readonly ofAnswer?: readonly string[];
  /** Further places, of which no more is known than each value's own events: those are held against all others. */
  readonly marginals?: readonly ValueCounts[];
  /** How events went, by the words for it: no place that they come from, so it is told apart. */
  readonly outcomes?: readonly ValueCounts[];
  /** Values of the randomised dimension that were assigned; without them nothing is called a cause. */
  readonly arms?: readonly ArmOfValue[];
  /** Values named of each dimension, those with most excess first. */
  readonly valuesMax: number;
}

/** What one value of one dimension has to do with the bad events. */
export interface Attributed {
  readonly dimension: string;
  readonly value: string;
  readonly bad: number;
  readonly total: number;
  /** Of all bad events, 0 to 1. */
  readonly badShare: number;
  /** Of all events, 0 to 1. */
  readonly trafficShare: number;
  /** The first over the second: 1 is what any value would have; null without bad events. */
  readonly lift: number | null;
  /**
   * Bad events beyond those that it would have had, had it gone with it as with the events it is held against; negative: fewer. Those are
   * all others (association, randomised arm), or others that are like it in every other dimension (mix-standardised).
   */
  readonly excess: number;
  readonly method: AttributionMethod;
  /** Mix-standardised: the share of its events that others are like, 0 to 1; else 1. */
  readonly comparedShare: number;
}

export interface Attribution {
  readonly bad: number;
  readonly total: number;
  /** Most excess first. What every event has in common says nothing, and is not there. */
  readonly values: readonly Attributed[];
  /** How the events went, most excess first; by association always. */
  readonly outcomes: readonly Attributed[];
  /**
   * Values that were assigned at random and are shown to fail more often than the others that were, by bounds that hold at any moment: the
   * only ones that may be called a cause.
   */
  readonly causes: readonly string[];
}

/** With fewer of its events like others, nothing is said of the rest by them. */
const COMPARED_SHARE_MIN = 0.5;

/**
 * Where bad events come from: for each value of each dimension its share of them beside its share of the traffic. A value that only
 * comes with another one's traffic has its excess by the mix; so wherever at least half of its events have others like them in
 * every other dimension, it is held against those (direct comparison within strata). Where they have not, the two cannot be told apart by
 * these events, and what is left is an association. Pure: of the same cells, in any order, the same answer.
 */
export function attributeBad({ cells: given, ...input }: AttributionInput): Attribution {
  // Sums of doubles depend on their order.
  const cells = [...given].sort((a, b) => compareNames(orderOf(a), orderOf(b)));
  const { dimensions, randomised, valuesMax, ofAnswer = [] } = input;
  const { marginals = [], outcomes = [], arms = [] } = input;
  const [bad, total] = [sumOf(cells, (cell) => cell.bad), sumOf(cells, (cell) => cell.total)];
  const isGiven = dimensions.map((dimension) => !ofAnswer.includes(dimension));
  const values = dimensions.flatMap((dimension, index) => {
    const isAmongNamed = dimension === randomised || ofAnswer.includes(dimension);
    const own = isAmongNamed ? cells.filter((cell) => cell.values[index] !== '') : cells;
    const strata = dimension === randomised ? null : strataOf(own, index, isGiven);
    const counts = byValue(own, index);
    if (counts.size < 2) return [];
    return [...counts]
      .filter(([value]) => value !== '')
      .map(([value]) => ({ dimension, value, ...attributed({ value, counts, strata }, { bad, total }) }))
      .sort(byExcess)
      .slice(0, valuesMax);
  });
  const all = { bad, total };
  return {
    ...all,
    values: [...values, ...heldAgainstAll(marginals, all, valuesMax)].sort(byExcess),
    outcomes: heldAgainstAll(outcomes, all, valuesMax).sort(byExcess),
    causes: causesOf(arms),
  };
}

/** Values of which only their own counts are known; one that all events have says nothing. */
function heldAgainstAll(given: readonly ValueCounts[], all: Counts, valuesMax: number): Attributed[] {
  const found = given.flatMap(({ dimension, value, bad, total }): readonly Attributed[] => {
    const own = { bad, total };
    const others = { bad: all.bad - bad, total: all.total - total };
    // Sums of doubles: what all events have may differ from all by their last digits.
    if (others.total <= TIE * Math.max(1, all.total)) return [];
    const excess = excessOf(own, others);
    return [{ dimension, value, ...sharesOf(own, all), excess, method: 'association', comparedShare: 1 }];
  });
  return firstOfEach(found.sort(byExcess), valuesMax);
}

/** Of each dimension so many of its values, the first ones, in their order. */
export function firstOfEach<Value extends { readonly dimension: string }>(
  values: readonly Value[],
  countMax: number,
): Value[] {
  const counts = new Map<string, number>();
  return values.filter(({ dimension }) => {
    const count = (counts.get(dimension) ?? 0) + 1;
    counts.set(dimension, count);
    return count <= countMax;
  });
}

/** Each arm against all others; all of them together are wrong with a chance of alpha at most. */
function causesOf(arms: readonly ArmOfValue[]): readonly string[] {
  if (arms.length < 2) return [];
  const rule = { ...COMPARISON_DEFAULTS, alpha: COMPARISON_DEFAULTS.alpha / arms.length };
  return [...arms]
    .sort((a, b) => compareNames(a.value, b.value))
    .filter((own, _, all) => {
      const others = all.filter((one) => one !== own).reduce<ArmCounts>(addCounts, NO_EVENTS);
      return compareArms(others, own, rule).verdict === 'worse';
    })
    .map(({ value }) => value);
}

const NO_EVENTS: ArmCounts = { seen: 0, bad: 0, total: 0, squares: 0 };
const addCounts = (a: ArmCounts, b: ArmCounts): ArmCounts => ({
  seen: a.seen + b.seen,
  bad: a.bad + b.bad,
  total: a.total + b.total,
  squares: a.squares + b.squares,
});

/** What a value has of the bad events and of all. */
function sharesOf(
  own: Counts,
  all: Counts,
): Pick<Attributed, 'bad' | 'total' | 'badShare' | 'trafficShare' | 'lift'> {
  const badShare = all.bad === 0 ? 0 : own.bad / all.bad;
  const trafficShare = all.total === 0 ? 0 : own.total / all.total;
  const lift = all.bad === 0 || trafficShare === 0 ? null : badShare / trafficShare;
  return { ...own, badShare, trafficShare, lift };
}

/** @param strata null: the dimension was assigned at random, and all others are like it */
function attributed(
  {
    value,
    counts,
    strata,
  }: {
    readonly value: string;
    readonly counts: ReadonlyMap<string, Counts>;
    readonly strata: readonly ReadonlyMap<string, Counts>[] | null;
  },
  all: Counts,
): Omit<Attributed, 'dimension' | 'value'> {
  const own = counts.get(value) ?? { bad: 0, total: 0 };
  const within = strata === null ? null : standardised(strata, value);
  const isStandardised = within !== null && within.compared >= COMPARED_SHARE_MIN * own.total;
  const crude = strata === null ? 'randomised-arm' : 'association';
  return {
    ...sharesOf(own, all),
    excess: isStandardised ? within.excess : excessOf(own, othersOf(counts, own)),
    method: isStandardised ? 'mix-standardised' : crude,
    comparedShare: isStandardised && own.total > 0 ? within.compared / own.total : 1,
  };
}

function othersOf(counts: ReadonlyMap<string, Counts>, own: Counts): Counts {
  const all = [...counts.values()];
  return {
    bad: sumOf(all, ({ bad }) => bad) - own.bad,
    total: sumOf(all, ({ total }) => total) - own.total,
  };
}

interface Counts {
  readonly bad: number;
  readonly total: number;
}

/** How sums of doubles in another order differ is no difference. */
const TIE = 1e-9;

function byExcess(a: Attributed, b: Attributed): number {
  const difference = b.excess - a.excess;
  if (Math.abs(difference) > TIE * Math.max(1, Math.abs(a.excess))) return difference;
  return compareNames(a.dimension, b.dimension) || compareNames(a.value, b.value);
}

const orderOf = ({ values, bad, total }: AttributionCell): string => JSON.stringify([values, bad, total]);
const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const excessOf = (own: Counts, others: Counts): number =>
  others.total === 0 ? 0 : own.bad - (own.total * others.bad) / others.total;

function byValue(cells: readonly AttributionCell[], index: number): Map<string, Counts> {
  const found = new Map<string, Counts>();
  for (const { values, bad, total } of cells) {
    const value = values[index] ?? '';
    const before = found.get(value) ?? { bad: 0, total: 0 };
    found.set(value, { bad: before.bad + bad, total: before.total + total });
  }
  return found;
}

/** Cells that are alike in every dimension that was given before the answer but one, each by its values of that one. */
function strataOf(
  cells: readonly AttributionCell[],
  index: number,
  isGiven: readonly boolean[],
): readonly ReadonlyMap<string, Counts>[] {
  const groups = new Map<string, AttributionCell[]>();
  for (const cell of cells) {
    const key = JSON.stringify(cell.values.filter((_, at) => at !== index && isGiven[at] === true));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  return [...groups.values()].map((group) => byValue(group, index));
}

function standardised(
  strata: readonly ReadonlyMap<string, Counts>[],
  value: string,
): { readonly excess: number; readonly compared: number } {
  let [excess, compared] = [0, 0];
  for (const stratum of strata) {
    const own = stratum.get(value);
    if (own === undefined || stratum.size < 2) continue;
    excess += excessOf(own, othersOf(stratum, own));
    compared += own.total;
  }
  return { excess, compared };
}

const sumOf = <T>(of: readonly T[], value: (one: T) => number): number =>
  of.reduce((all, one) => all + value(one), 0);
