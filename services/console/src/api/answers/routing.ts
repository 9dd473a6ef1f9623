import { isRuleOf } from '@burnline/core';
import { readRouting, type Route } from '@burnline/queries';
import { z } from 'zod';
import { routing, type Routing } from '../contract/index.ts';
import { aboutOf, checkedStream } from '../reading/about.ts';
import { QUERY, route } from '../route.ts';

const LIVE = 'live';

/** All rules of a service are looked at together: one that was not for so long, while another was, is none any more. */
const RULE_AGE_MS_MAX = 120_000;

function checkedRules(own: readonly Route[]): readonly Route[] {
  const newestMs = Math.max(...own.map(({ checkedMs }) => checkedMs));
  return own.filter(({ checkedMs }) => checkedMs >= newestMs - RULE_AGE_MS_MAX);
}

export const routingRoute = route({
  path: '/routing',
  summary: 'What gateways may send to: providers, deployments and regions, as policies route around them',
  query: z.strictObject({
    ...{ stream: QUERY.stream, service: QUERY.name },
    environment: QUERY.name.describe(
      'Of the gateway that asks: what rules of it and of all environments say. Without it all rules, each with its environments.',
    ),
  }),
  answer: routing,
  answerTo: async ({ store, book }, { query: { stream, service, environment } }) => {
    const page = await book.page();
    const name = checkedStream(page, stream) ?? LIVE;
    const rows = await readRouting(store, { stream: name, ...(service !== undefined && { service }) });
    const services = [...new Set(rows.map((row) => row.service))].map((one): Routing['services'][number] => {
      const all = checkedRules(rows.filter((row) => row.service === one));
      const own = all.filter((row) => isRuleOf(row, environment ?? null));
      const others = all.filter((row) => !own.includes(row)).flatMap(({ environments }) => environments);
      return {
        service: one,
        isComplete: own.every(({ incomplete }) => incomplete === ''),
        otherEnvironments: [...new Set(others)].sort(),
        routes: own.map((row) => ({
          ...{ policy: row.policy, dimension: row.dimension, value: row.value },
          environments: [...row.environments],
          ...{ isInRotation: row.isInRotation, isOut: row.isOut, sinceMs: row.sinceMs },
          ...{ checkedMs: row.checkedMs, errors: row.errors, total: row.total },
          countedThroughMs: row.countedThroughMs,
          incomplete: row.incomplete === '' ? null : row.incomplete,
        })),
      };
    });
    return { about: aboutOf(page, name), services };
  },
});
