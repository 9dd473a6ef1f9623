import { COST_DIMENSIONS } from '@burnline/queries';
import { CustomVariableBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { COUNT, SHARE, USD, dashboardOf, stat, streamVariable, table, timeSeries } from './panels.ts';
import { ROWS_MAX, STREAM } from './statements.ts';

const VALUES_MAX = 20;
const SPEND = `cost_between(dimension = \${by:sqlstring}, from_time = toUnixTimestamp($__fromTime),
  to_time = toUnixTimestamp($__toTime), bucket_s = $__interval_s)`;

/** What is spent, on what. */
export const costDashboard = (): Dashboard =>
  dashboardOf(
    {
      uid: 'cost',
      title: 'Burnline: cost',
      description:
        'Spend as it was billed or priced, in US dollars. What nobody priced is counted apart, never as nothing.',
    },
    {
      variables: [
        streamVariable(),
        new CustomVariableBuilder('by')
          .label('By')
          .values(COST_DIMENSIONS.join(','))
          .current({ text: 'service', value: 'service' }),
      ],
      panels: [
        stat({
          ...{ title: 'In the chosen time', width: 24, height: 4 },
          units: { usd: USD, requests: COUNT, without_a_price: SHARE, usd_per_thousand: USD },
          sql: `SELECT sum(cost_nano_usd) / 1e9 AS usd, sum(s.requests) AS requests, sum(unpriced) / sum(s.requests) AS without_a_price,
  usd / (requests - sum(unpriced)) * 1000 AS usd_per_thousand
FROM ${SPEND} AS s WHERE stream = ${STREAM} HAVING count() > 0`,
        }),
        timeSeries({
          ...{ title: 'Spend', width: 24, height: 9, look: 'bars', unit: USD, isStacked: true },
          description: `The ${VALUES_MAX} most expensive; the table has all.`,
          sql: `SELECT bucket AS time, if(value = '', '(none)', value) AS name, cost_nano_usd / 1e9 AS usd
FROM ${SPEND}
WHERE stream = ${STREAM} AND value IN (SELECT value FROM ${SPEND} WHERE stream = ${STREAM}
  GROUP BY value ORDER BY sum(cost_nano_usd) DESC, value LIMIT ${VALUES_MAX})
ORDER BY time, name`,
        }),
        table({
          ...{ title: 'By value', width: 24, height: 9 },
          units: { usd: USD, share: SHARE, without_a_price: SHARE },
          sql: `SELECT value, usd, usd / sum(usd) OVER () AS share, requests, unpriced / requests AS without_a_price
FROM (SELECT if(value = '', '(none)', value) AS value, sum(cost_nano_usd) / 1e9 AS usd, sum(s.requests) AS requests, sum(s.unpriced) AS unpriced
      FROM ${SPEND} AS s WHERE stream = ${STREAM} GROUP BY value)
ORDER BY usd DESC, value LIMIT ${ROWS_MAX}`,
        }),
      ],
    },
  );
