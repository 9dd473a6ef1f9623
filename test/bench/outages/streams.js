import { createRandom } from '../support/random.js';

const [MINUTE_S, HOUR_S, DAY_S] = [60, 3_600, 86_400];
const TENANTS = 20;
const CENT = 10_000_000;

/**
 * Streams of a service each, with outages of one kind: what breaks, how often events come, and when. Times are seconds of the history;
 * outages begin after four days, so that every window has a past, and are a day and some hours apart.
 */
export const STREAMS = [
  {
    name: 'sudden',
    about: 'every request fails, 20 min',
    ...{
      everyS: 10,
      lengthS: 20 * MINUTE_S,
      isBad: (at, random) => random(1_000) < (at === null ? 1 : 1_000),
    },
  },
  {
    name: 'slow',
    about: 'errors grow from 0.1 % to 20 % over 6 h',
    everyS: 10,
    lengthS: 6 * HOUR_S,
    isBad: (at, random) => random(1_000) < (at === null ? 1 : 1 + 199 * (at / (6 * HOUR_S))),
  },
  {
    name: 'flapping',
    about: 'every second request fails for 4 min in 12, 2 h',
    everyS: 10,
    lengthS: 2 * HOUR_S,
    isBad: (at, random) => random(1_000) < (at === null || at % (12 * MINUTE_S) >= 4 * MINUTE_S ? 1 : 500),
  },
  {
    name: 'low-traffic',
    about: 'five requests an hour, 1 % fail; all of them for 4 h',
    everyS: HOUR_S / 5,
    lengthS: 4 * HOUR_S,
    isBad: (at, random) => random(1_000) < (at === null ? 10 : 1_000),
  },
  {
    name: 'one-tenant',
    about: 'all requests of one tenant in twenty fail, 1 h',
    ...{ everyS: 4, lengthS: HOUR_S },
    isBad: (at, random, { tenant }) => random(1_000) < (at !== null && tenant === 'tenant-7' ? 1_000 : 1),
  },
  {
    name: 'quality',
    about: 'all answers are 200; half of the verdicts fail, 3 h',
    everyS: 10,
    lengthS: 3 * HOUR_S,
    isBad: () => false,
    fails: (at, random) => random(1_000) < (at === null ? 5 : 500),
  },
  {
    name: 'cost',
    about: "one agent's loop doubles its context every call, 30 min, all calls succeed",
    ...{ everyS: 10, lengthS: 30 * MINUTE_S, isBad: () => false },
    costOf: (random) => CENT * (1 + random(4)),
    loop: { everyS: 10, costOf: (call) => CENT * 2 ** Math.min(call, 8) },
  },
];

/** Of what an SLI without entities can see of money. */
export const COSTLY_NANO_USD = 10 * CENT;

/** Outages of a stream, seconds of the history. */
export const outagesOf = ({ lengthS }, index, days) =>
  Array.from({ length: Math.max(1, days - 5) }, (_, number) => {
    const fromS = (4 + number) * DAY_S + (9 + 3 * number) * HOUR_S + (3 + 7 * index) * MINUTE_S + 17 * number;
    return { fromS, toS: fromS + lengthS };
  }).filter(({ toS }) => toS < days * DAY_S);

/** Events of a stream in order, each with its second of the history; those that are judged have `passed`. */
export function eventsOf(stream, index, { days, seed }) {
  const random = createRandom(seed * 1_000 + index);
  const outages = outagesOf(stream, index, days);
  const into = (atS) => {
    const outage = outages.find(({ fromS, toS }) => atS >= fromS && atS < toS);
    return outage === undefined ? null : atS - outage.fromS;
  };
  const events = [];
  for (let atS = random(stream.everyS); atS < days * DAY_S; atS += 1 + random(2 * stream.everyS - 1)) {
    const event = {
      atS,
      tenant: `tenant-${random(TENANTS)}`,
      task: `${stream.name}-${Math.floor(atS / 600)}`,
    };
    const at = into(atS);
    events.push({
      ...event,
      isBad: stream.isBad(at, random, event),
      costNanoUsd: stream.costOf?.(random) ?? CENT,
      ...(stream.fails !== undefined && { passed: !stream.fails(at, random) }),
    });
  }
  if (stream.loop !== undefined)
    for (const [number, { fromS, toS }] of outages.entries())
      for (let call = 0; fromS + call * stream.loop.everyS < toS; call += 1)
        events.push({
          ...{ atS: fromS + call * stream.loop.everyS, tenant: 'tenant-7', task: `loop-${number}` },
          ...{ isBad: false, costNanoUsd: stream.loop.costOf(call) },
        });
  return events.sort((a, b) => a.atS - b.atS);
}
