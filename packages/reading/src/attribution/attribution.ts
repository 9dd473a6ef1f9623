import { OTHER_LABEL, firstOfEach, groupBy, type Attribution, type SloPlan } from '@burnline/core';
import type { Contribution } from '@burnline/contracts';
import { partBurns, worstEntities, type PartBurn, type WorstEntity } from '@burnline/judging';
import { readAttribution, readAttributions, readSliPlan } from '@burnline/queries';
import { EPOCH_SETTINGS, type Store } from '@burnline/runtime';

/** Values named per dimension: the page must stay readable. */
const VALUES_PER_DIMENSION = 3;
/** And entities, the worst first: who is awake begins with those. */
const ENTITIES_NAMED_MAX = 5;

/** Series asked about in one query: their labels are a megabyte or so at most. */
const SERIES_PER_QUERY = 200;
/** Queries for series of which a label is `__other__`, each its own: the rest of a batch stays without attribution. */
const OTHER_QUERIES_MAX = 20;

export interface AttributeQuery {
  readonly plan: Pick<SloPlan, 'sli'>;
  readonly stream: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The labels of each series that is asked about. */
  readonly series: readonly Readonly<Record<string, string>>[];
  /** How long the database may take for one query. */
  readonly timeoutMs: number;
}

/**
 * What a page says of where the bad events of a window came from, per series, all series together by a few queries: what
 * `readAttribution` answers for each, in fewer words. Entities beyond their envelopes, and parts of a composite, stand in their place; see
 * `attributeWorstPart` for more of those.
 * Null for a series that was not asked about, because there would be too many queries.
 */
export async function attribute(
  store: Store,
  query: AttributeQuery,
): Promise<readonly (readonly Contribution[] | null)[]> {
  const { sli } = query.plan;
  if (sli.composite !== undefined) {
    const parts = (await burnsOfParts(store, query)).map(partContribution);
    return query.series.map(() => parts);
  }
  if (sli.derivation?.kind === 'envelope') {
    const entities = (await entitiesBeyond(store, query)).map(entityContribution);
    return query.series.map((labels) => (Object.values(labels).includes(OTHER_LABEL) ? [] : entities));
  }
  const found: (readonly Contribution[] | null)[] = query.series.map(() => null);
  const { stream, fromMs, toMs, timeoutMs } = query;
  for (const { indexes, names } of batchesOf(query)) {
    const keys = indexes.map((index) => names.map((name) => query.series[index]?.[name] ?? ''));
    const answers = await readAttributions(store, {
      ...{ stream, plan: sli, fromMs, toMs, timeoutMs, names, keys },
    });
    indexes.forEach((index, place) => {
      const answer = answers[place];
      if (answer !== undefined) found[index] = contributionsOf(answer);
    });
  }
  return found;
}

/**
 * Where the bad events of one part of a composite came from, the one that burns most: over all its series, by its own events. Empty where no
 * part has bad ones, or where that part counts no single events.
 *
 * @param parts what `attribute` found of the composite
 */
export async function attributeWorstPart(
  store: Store,
  { plan, stream, fromMs, toMs, timeoutMs }: Omit<AttributeQuery, 'series'>,
  parts: readonly Contribution[],
): Promise<readonly Contribution[]> {
  const worst = parts.find(({ bad }) => bad > 0)?.value;
  const part = plan.sli.composite?.find(({ slo }) => slo === worst);
  const sli = part === undefined ? null : await readSliPlan(store, part);
  if (part === undefined || sli === null || sli.derivation?.kind === 'envelope') return [];
  const found = await readAttribution(store, { stream, plan: sli, labels: {}, fromMs, toMs, timeoutMs });
  return contributionsOf(found).map((one) => ({ ...one, part: part.slo }));
}

/** Where more came from than its traffic would have it, then how it went, then where less did; whole events, as pages count. */
function contributionsOf({ values, outcomes }: Attribution): readonly Contribution[] {
  const more = values.filter(({ excess }) => excess > 0);
  const less = values.filter(({ excess }) => excess <= 0);
  const told = [...more, ...outcomes, ...less].filter(({ bad }) => Math.round(bad) > 0);
  return firstOfEach(told, VALUES_PER_DIMENSION).map(
    ({ dimension, value, bad, total, badShare, trafficShare, lift, excess, method }) => ({
      ...{ dimension, value, bad: Math.round(bad), total: Math.round(total) },
      ...{ badShare, trafficShare, excess, method },
      ...(lift !== null && { lift }),
    }),
  );
}

/**
 * Which entities are beyond their envelopes, by the rows that the SLO is judged on: they are there before it is, as raw rows
 * are not. All of them are one series.
 */
export function entitiesBeyond(
  store: Store,
  { plan, stream, fromMs, toMs, timeoutMs }: Omit<AttributeQuery, 'series'>,
): Promise<readonly WorstEntity[]> {
  return worstEntities(store, {
    ...{ plan, stream, fromMs, toMs, timeoutMs },
    ...{ paneMs: EPOCH_SETTINGS.paneMs, countMax: ENTITIES_NAMED_MAX },
  });
}

export function entityContribution({ labels, consumed, allowed }: WorstEntity): Contribution {
  const names = Object.keys(labels).sort();
  const value = names.map((name) => labels[name] ?? '').join(' ');
  return { dimension: names.join(' '), value, bad: 1, total: 1, consumed, allowed };
}

/** Which parts of a composite burn how much, the hottest first; by the rows that it is judged on. It is one series. */
export function burnsOfParts(
  store: Store,
  { plan, stream, fromMs, toMs, timeoutMs }: Omit<AttributeQuery, 'series'>,
): Promise<readonly PartBurn[]> {
  return partBurns(store, {
    ...{ parts: plan.sli.composite ?? [], stream, fromMs, toMs, timeoutMs },
    paneMs: EPOCH_SETTINGS.paneMs,
  });
}

const partContribution = ({ slo, bad, total, burnRate }: PartBurn): Contribution => ({
  ...{ dimension: 'slo', value: slo, bad, total, burnRate },
});

/** Which series go into one query, by the labels that tell them apart: a label that is `__other__` tells nothing. */
function batchesOf({
  plan,
  series,
}: AttributeQuery): readonly { readonly indexes: readonly number[]; readonly names: readonly string[] }[] {
  // Names that the spec checked, never those that a row of the database brings: they become SQL.
  const { dimensions } = plan.sli.groupBy;
  const telling = (index: number): readonly string[] =>
    dimensions.filter((name) => series[index]?.[name] !== undefined && series[index][name] !== OTHER_LABEL);
  const groups = [...groupBy(series.keys(), (index) => telling(index).join('|')).values()];
  const isWhole = (indexes: readonly number[]): boolean =>
    telling(indexes[0] ?? 0).length === dimensions.length;
  const others = groups.filter((indexes) => !isWhole(indexes)).slice(0, OTHER_QUERIES_MAX);
  return [...groups.filter(isWhole), ...others].flatMap((indexes) =>
    Array.from({ length: Math.ceil(indexes.length / SERIES_PER_QUERY) }, (_, batch) => ({
      indexes: indexes.slice(batch * SERIES_PER_QUERY, (batch + 1) * SERIES_PER_QUERY),
      names: telling(indexes[0] ?? 0),
    })),
  );
}
