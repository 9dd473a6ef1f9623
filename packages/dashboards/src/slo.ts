import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { COUNT, MS, SHARE, dashboardOf, queryVariable, streamVariable, table, timeSeries } from './panels.ts';
import { ROWS_MAX, STATUS, STREAM, alertsSql, countsSql, seriesName } from './statements.ts';

const OF_SLO = ' AND slo = ${slo:sqlstring}';
/** Series that are drawn, those with the most bad events: more lines than that nobody tells apart. */
const SERIES_MAX = 20;
const DRAWN = `mapSort(labels) IN (SELECT mapSort(labels) FROM (${STATUS}) WHERE slo = \${slo:sqlstring}
  ORDER BY remaining_ratio ASC NULLS LAST, toString(labels) LIMIT ${SERIES_MAX})`;
const NAME = seriesName('slo');

/** One SLO: where it stands, and how it came to. */
export const sloDashboard = (): Dashboard =>
  dashboardOf(
    {
      uid: 'slo',
      title: 'Burnline: SLO',
      description: `One SLO over the chosen time; of its series the ${SERIES_MAX} with the least budget left are drawn.`,
    },
    {
      variables: [
        streamVariable(),
        queryVariable('slo', {
          label: 'SLO',
          sql: `SELECT slo FROM active_specs WHERE stream = ${STREAM}
GROUP BY slo HAVING argMax(spec_rev, activated_at) != '' ORDER BY slo`,
        }),
      ],
      panels: [
        table({
          ...{ title: 'Where it stands', width: 14, height: 7 },
          description: `Series at the end of the chosen time, the ${ROWS_MAX} with the least budget first.`,
          units: { sli: SHARE, target: SHARE, budget_left: SHARE, coverage: SHARE },
          sql: `SELECT labels, state, firing_tier, good, bad, total, sli, target, remaining_ratio AS budget_left, coverage, period
FROM (${STATUS}) WHERE slo = \${slo:sqlstring} ORDER BY budget_left ASC NULLS LAST, toString(labels) LIMIT ${ROWS_MAX}`,
        }),
        table({
          ...{ title: 'Windows of its tiers', width: 10, height: 7 },
          description:
            'What each window burns at the end of the chosen time: by rate, and as a share of the budget of the period.',
          units: { budget_burn: SHARE },
          sql: `SELECT labels, window_s, bad, total, burn_rate, budget_burn
FROM slo_budget_burn_at(as_of = toUnixTimestamp($__toTime))
WHERE stream = ${STREAM}${OF_SLO} ORDER BY budget_burn DESC NULLS LAST, toString(labels), window_s LIMIT ${ROWS_MAX}`,
        }),
        ...howItCame(),
      ],
    },
  );

const howItCame = (): readonly Builder<Panel>[] => [
  timeSeries({
    ...{ title: 'Budget left', width: 12, height: 8, look: 'steps', unit: SHARE },
    description: 'As it stood last in each bucket; it holds until the next point.',
    sql: `SELECT $__timeInterval(evaluated_at) AS time, ${NAME} AS name, argMax(remaining_ratio, evaluated_at) AS budget_left
FROM slo_budgets
WHERE stream = ${STREAM}${OF_SLO} AND $__timeFilter(evaluated_at) AND remaining_ratio IS NOT NULL AND ${DRAWN}
GROUP BY time, name ORDER BY time, name`,
  }),
  timeSeries({
    ...{ title: 'Burn rates', width: 12, height: 8, look: 'steps', unit: { unit: 'none' } },
    description:
      'The highest of each bucket, by series and window. 1 spends exactly the budget by the end of the period.',
    sql: `SELECT $__timeInterval(evaluated_at) AS time, concat(${NAME}, ' ', toString(window_s), ' s') AS name, max(burn_rate) AS highest
FROM slo_burn_rates
WHERE stream = ${STREAM}${OF_SLO} AND $__timeFilter(evaluated_at) AND ${DRAWN}
GROUP BY time, name ORDER BY time, name`,
  }),
  timeSeries({
    ...{ title: 'SLI', width: 12, height: 8, look: 'steps', unit: SHARE },
    description: 'Share of good events of each bucket; a bucket without events is a gap.',
    sql: `SELECT time, ${NAME} AS name, sum(good) / sum(total) AS sli FROM ${countsSql(OF_SLO)}
WHERE ${DRAWN} GROUP BY time, name HAVING sum(total) > 0 ORDER BY time, name`,
  }),
  timeSeries({
    ...{ title: 'Traffic', width: 12, height: 8, look: 'bars', unit: COUNT },
    description: 'Events that count, of all series, and how many of them were bad.',
    sql: `SELECT time, sum(total) AS counted, sum(bad) AS bad_events FROM ${countsSql(OF_SLO)} GROUP BY time ORDER BY time`,
  }),
  timeSeries({
    ...{ title: 'Percentiles', width: 12, height: 8, look: 'steps', unit: MS },
    description: 'By the hour, of an SLO that keeps a histogram of a field in ms.',
    sql: `SELECT hour AS time, ${NAME} AS name, p50, p95, p99
FROM slo_percentiles
WHERE stream = ${STREAM}${OF_SLO} AND $__timeFilter(hour) AND ${DRAWN} ORDER BY time, name`,
  }),
  table({ ...{ title: 'Alerts', width: 12, height: 8, sql: alertsSql(OF_SLO) } }),
];
