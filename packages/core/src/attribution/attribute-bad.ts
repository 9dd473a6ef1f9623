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

export interface AttributionInput {
  readonly dimensions: readonly string[];
  readonly cells: readonly AttributionCell[];
  /** The dimension whose values were assigned at random; null: none was. */
  readonly randomised: string | null;
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
}

/** With fewer of its events like others, nothing is said of the rest by them. */
const COMPARED_SHARE_MIN = 0.5;

/**
 * Where bad events come from: for each value of each dimension its share of them beside its share of the traffic. A value that only
 * comes with another one's traffic has its excess by the mix; so wherever at least half of its events have others like them in
 * every other dimension, it is held against those (direct comparison within strata). Where they have not, the two cannot be told apart by
 * these events, and what is left is an association. Pure: of the same cells, in any order, the same answer.
 */
export function attributeBad({ dimensions, randomised, valuesMax, ...given }: AttributionInput): Attribution {
  // Sums of doubles depend on their order.
  const cells = [...given.cells].sort((a, b) => compareNames(orderOf(a), orderOf(b)));
  const [bad, total] = [sumOf(cells, (cell) => cell.bad), sumOf(cells, (cell) => cell.total)];
  const values = dimensions.flatMap((dimension, index) => {
    const own = byValue(cells, index);
    if (own.size < 2) return [];
    const strata = dimension === randomised ? null : strataOf(cells, index);
    return [...own]
      .filter(([value]) => value !== '')
      .map(([value, counts]): Attributed => {
        const crude = excessOf(counts, { bad: bad - counts.bad, total: total - counts.total });
        const within = strata === null ? null : standardised(strata, value);
        const isStandardised = within !== null && within.compared >= COMPARED_SHARE_MIN * counts.total;
        const badShare = bad === 0 ? 0 : counts.bad / bad;
        const trafficShare = total === 0 ? 0 : counts.total / total;
        return {
          ...{ dimension, value, ...counts, badShare, trafficShare },
          lift: bad === 0 ? null : badShare / trafficShare,
          excess: isStandardised ? within.excess : crude,
          method:
            dimension === randomised ? 'randomised-arm' : isStandardised ? 'mix-standardised' : 'association',
          comparedShare: isStandardised ? within.compared / counts.total : 1,
        };
      })
      .sort(byExcess)
      .slice(0, valuesMax);
  });
  return { bad, total, values: values.sort(byExcess) };
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

/** Cells that are alike in every dimension but one, each by its values of that one. */
function strataOf(cells: readonly AttributionCell[], index: number): readonly ReadonlyMap<string, Counts>[] {
  const groups = new Map<string, AttributionCell[]>();
  for (const cell of cells) {
    const key = JSON.stringify(cell.values.filter((_, at) => at !== index));
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
    const all = [...stratum.values()];
    const others = {
      bad: sumOf(all, ({ bad }) => bad) - own.bad,
      total: sumOf(all, ({ total }) => total) - own.total,
    };
    excess += excessOf(own, others);
    compared += own.total;
  }
  return { excess, compared };
}

const sumOf = <T>(of: readonly T[], value: (one: T) => number): number =>
  of.reduce((all, one) => all + value(one), 0);
