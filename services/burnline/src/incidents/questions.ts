import { durationText } from '@burnline/core';
import type { PostmortemFacts } from './postmortem.ts';

const SLOW_SHARE = 0.25;
const LIVE = 'live';

/** What would have caught it faster: questions that the rows of an incident give rise to, with their figures. */
export function questionsOf(facts: PostmortemFacts): readonly string[] {
  return [...ofDetection(facts), ...ofPeople(facts), ...ofGrouping(facts), ...ofCoverage(facts)];
}

const span = (seconds: number): string => durationText(Math.round(seconds) * 1_000);

function ofDetection({ incident, toDetectS, opener }: PostmortemFacts): readonly string[] {
  const paged = incident.alerts.find(({ isPaging }) => isPaging);
  const early = incident.alerts.find(({ isPaging, firedMs }) => !isPaging && firedMs < incident.openedMs);
  const shortest = Math.min(
    ...(opener?.tiers ?? []).filter(({ severity }) => severity === 'page').map((tier) => tier.longWindowMs),
  );
  return [
    ...(toDetectS === null || paged === undefined
      ? []
      : [
          `Tier ${paged.tier} of ${paged.slo} saw it ${span(toDetectS)} after it began: would a tier with a shorter window, or an SLO nearer to the user, have seen it sooner?`,
        ]),
    ...(paged !== undefined && paged.longMs > shortest
      ? [
          `The fastest page of ${paged.slo} (window ${durationText(shortest)}) did not fire first: is its factor too high for how this burnt, or was there too little traffic?`,
        ]
      : []),
    ...(early === undefined
      ? []
      : [
          `A ticket of ${early.slo} had fired ${span((incident.openedMs - early.firedMs) / 1_000)} before: should it have been a page?`,
        ]),
  ];
}

function ofPeople({ incident }: PostmortemFacts): readonly string[] {
  const { stream, toPageS, toAcknowledgeS, toResolveS } = incident;
  return [
    // Of a replay nobody is told in its time.
    ...(stream === LIVE && toPageS === null
      ? ['No receiver took a page of it: who should have been told, and how?']
      : []),
    ...(toAcknowledgeS !== null && toResolveS !== null && toAcknowledgeS > SLOW_SHARE * toResolveS
      ? [`It took ${span(toAcknowledgeS)} until somebody had it: did the page reach the right people?`]
      : []),
  ];
}

/** A value that has much of the excess is seen sooner by an SLO that counts it for itself. */
function ofGrouping({ attributions, opener }: PostmortemFacts): readonly string[] {
  const grouped = opener?.sli.groupBy.dimensions ?? [];
  return attributions.flatMap(({ slo, part, found }) => {
    const top = found.values.find(({ dimension, excess }) => excess > 0 && !grouped.includes(dimension));
    // What a composite is made of is grouped as its parts are.
    if (
      top === undefined ||
      part !== undefined ||
      slo !== opener?.slo ||
      top.badShare < 0.5 ||
      top.trafficShare > 0.5
    )
      return [];
    return [
      `${top.dimension} ${top.value} has ${Math.round(top.badShare * 100)} % of the bad events and ${Math.round(top.trafficShare * 100)} % of the traffic: would ${slo} by ${top.dimension} have burnt sooner?`,
    ];
  });
}

function ofCoverage({ impact, changes, uncounted }: PostmortemFacts): readonly string[] {
  return [
    ...(changes.length === 0
      ? []
      : [
          `${changes.length === 1 ? 'Something was' : `${changes.length} things were`} new before (${changes[0]?.what} ${changes[0]?.value} last): did the gate compare it before it shipped?`,
        ]),
    ...(impact.eventsWithoutUser > 0
      ? ['Events name no users: who was hit cannot be told. Can the service send user_hash?']
      : []),
    ...(impact.events === 0 && uncounted.length === 0
      ? ['No bad event is kept: is this written later than raw rows live?']
      : []),
  ];
}
