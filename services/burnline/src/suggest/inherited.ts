import { fieldsOf, nominalPeriodMs, type ExactRatio, type SloPlan } from '@burnline/core';
import { readProviderChain, type ChainLink } from '@burnline/queries';
import type { HistoryAccess } from '../backtest/open-history.ts';
import { eventsNeeded } from './ladder.ts';

/** Good of total: exact counts. */
export interface Measured {
  readonly good: number;
  readonly total: number;
}

/** What an SLO's target is held against: what its service's providers gave, and what their fallbacks made of it. */
export interface Inherited {
  readonly slo: string;
  readonly target: ExactRatio;
  /** Range of event time that was measured, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Per attempt, the busiest provider first. */
  readonly providers: readonly (Measured & { readonly provider: string })[];
  /** First attempts: what there would be without fallbacks. */
  readonly primary: Measured;
  /** Share of requests that would be good if every fallback failed independently of what it stands in for, for display. */
  readonly independentRatio: number;
  readonly depthCount: number;
  /** Last attempts of requests: what callers saw. */
  readonly seen: Measured;
  /**
   * `too-high`: fewer requests were good than the target promises, or would be even if fallbacks failed independently.
   * `too-few`: not enough requests to say.
   */
  readonly verdict: 'held' | 'too-high' | 'too-few';
  readonly requestsNeeded: number;
}

/** Fields by which a verdict is one of availability: how an attempt ended. */
const OUTCOME_FIELDS = new Set(['status', 'outcome', 'error_type', 'http_status']);

/** Measures, for each SLO of availability, what it inherits; others are left out, and those of which nothing was seen. */
export async function measureInherited(
  { store, stream, kept }: HistoryAccess,
  plans: readonly SloPlan[],
): Promise<readonly Inherited[]> {
  const found: Inherited[] = [];
  for (const plan of plans.filter(isOfAvailability)) {
    const toMs = (kept.lastMs ?? 0) + 1_000;
    const range = { fromMs: Math.max(0, toMs - nominalPeriodMs(plan.period)), toMs };
    const links = await readProviderChain(store, plan.sli, { stream, ...range });
    if (links.length > 0) found.push(inheritedBy(plan, links, range));
  }
  return found;
}

/** Events, each good or bad by how the attempt ended. */
function isOfAvailability({ sli }: SloPlan): boolean {
  const isOfEvents =
    sli.stream === 'inference' &&
    sli.composite === undefined &&
    sli.derivation === undefined &&
    sli.weight === undefined;
  return isOfEvents && fieldsOf([sli.verdict.where]).some((field) => OUTCOME_FIELDS.has(field));
}

/** What follows from a chain's counts. */
export function inheritedBy(
  { slo, target }: Pick<SloPlan, 'slo' | 'target'>,
  links: readonly ChainLink[],
  range: { readonly fromMs: number; readonly toMs: number },
): Inherited {
  const sumOf = (own: readonly ChainLink[]): Measured => ({
    good: own.reduce((sum, one) => sum + one.good, 0),
    total: own.reduce((sum, one) => sum + one.total, 0),
  });
  const names = [...new Set(links.map(({ provider }) => provider))];
  const providers = names
    .map((provider) => ({ provider, ...sumOf(links.filter((one) => one.provider === provider)) }))
    .sort((a, b) => b.total - a.total);
  const depths = [...new Set(links.map(({ depth }) => depth))].sort((a, b) => a - b);
  const failing = chainFailure(
    depths.map((depth) => links.filter((one) => one.depth === depth)),
    providers,
  );
  const seen = {
    good: links.reduce((sum, one) => sum + one.finalGood, 0),
    total: links.reduce((sum, one) => sum + one.finalTotal, 0),
  };
  const requestsNeeded = eventsNeeded(target);
  const allowed = { bad: BigInt(target.denominator - target.numerator), of: BigInt(target.denominator) };
  const isSeenBelow = BigInt(seen.total - seen.good) * allowed.of > allowed.bad * BigInt(seen.total);
  const isChainBelow = failing.bad * allowed.of > allowed.bad * failing.of;
  const verdict = isSeenBelow || isChainBelow ? 'too-high' : 'held';
  return {
    ...{ slo, target, ...range, providers, seen, requestsNeeded },
    primary: sumOf(links.filter(({ depth }) => depth === depths[0])),
    independentRatio: 1 - ratioOf(failing),
    depthCount: depths.length,
    verdict: seen.total < requestsNeeded ? 'too-few' : verdict,
  };
}

interface ExactShare {
  readonly bad: bigint;
  readonly of: bigint;
}

/**
 * The share of requests that fail at every depth if each depth fails by chance: the product over depths of the mean failure of
 * the providers that were asked there, each by all of its attempts.
 */
function chainFailure(
  depths: readonly (readonly ChainLink[])[],
  providers: Inherited['providers'],
): ExactShare {
  const byName = new Map(providers.map((one) => [one.provider, one]));
  return depths.reduce<ExactShare>(
    (chain, links) => {
      let mean: ExactShare = { bad: 0n, of: 1n };
      for (const { provider, total } of links) {
        const own = byName.get(provider);
        if (own === undefined || own.total === 0) continue;
        // A sum of fractions: every attempt of the depth counts with its provider's own share of bad.
        const bad = BigInt(total) * BigInt(own.total - own.good);
        mean = { bad: mean.bad * BigInt(own.total) + bad * mean.of, of: mean.of * BigInt(own.total) };
      }
      const asked = links.reduce((sum, { total }) => sum + BigInt(total), 0n);
      return asked === 0n ? chain : { bad: chain.bad * mean.bad, of: chain.of * mean.of * asked };
    },
    { bad: 1n, of: 1n },
  );
}

/** For display: as many digits as a double has. */
const ratioOf = ({ bad, of }: ExactShare): number => Number((bad * 10n ** 15n) / of) / 1e15;
