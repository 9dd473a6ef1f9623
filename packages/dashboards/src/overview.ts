import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { COUNT, MS, SHARE, dashboardOf, stat, streamVariable, table, timeSeries } from './panels.ts';
import { ROWS_MAX, STATUS, STREAM, alertsSql, countsSql } from './statements.ts';

/** As many lines as eyes can tell apart; the table has more. */
const LINES_MAX = 20;
const SLO_URL = '/d/burnline-slo?var-stream=${stream}&var-slo=${__value.raw}&from=${__from}&to=${__to}';

/** Where every SLO of a stream stands, what fired, and how the models did. */
export const overviewDashboard = (): Dashboard =>
  dashboardOf(
    {
      uid: 'overview',
      title: 'Burnline: overview',
      description:
        'Where the SLOs of one stream stand at the end of the chosen time, and what happened in it.',
    },
    {
      variables: [streamVariable()],
      panels: [
        stat({
          ...{ title: 'Series by state', width: 18, height: 4, isPerRow: true },
          description: 'Every series is in one state; no_data says that nobody knows.',
          sql: `SELECT state, count() AS series FROM (${STATUS}) GROUP BY state ORDER BY series DESC, state`,
        }),
        stat({
          ...{ title: 'Open alerts', width: 6, height: 4 },
          sql: `SELECT count() AS open FROM alerts
WHERE stream = ${STREAM} AND fired_at <= $__toTime AND (over_at IS NULL OR over_at > $__toTime)`,
        }),
        table({
          ...{ title: 'Budgets', width: 24, height: 9 },
          description: `Series at the end of the chosen time, the ${ROWS_MAX} with the least budget first; the share that is left is signed, below 0 when overspent.`,
          units: { sli: SHARE, target: SHARE, budget_left: SHARE, coverage: SHARE },
          links: { slo: SLO_URL },
          sql: `SELECT slo, labels, service, state, firing_severity, good, total, sli, target, remaining_ratio AS budget_left, coverage,
  evaluated_at AS last_change
FROM (${STATUS}) ORDER BY budget_left ASC NULLS LAST, slo, toString(labels) LIMIT ${ROWS_MAX}`,
        }),
        ...whatHappened(),
      ],
    },
  );

const whatHappened = (): readonly Builder<Panel>[] => [
  timeSeries({
    ...{ title: 'Bad events', width: 12, height: 8, look: 'bars', unit: COUNT, isStacked: true },
    description: `By SLO, all series: the ${LINES_MAX} with most of them. A stretch that began more than 7 days ago is told by hours.`,
    sql: `SELECT time, slo AS name, sum(bad) AS bad_events FROM ${countsSql()}
WHERE slo IN (SELECT slo FROM ${countsSql()} GROUP BY slo ORDER BY sum(bad) DESC, slo LIMIT ${LINES_MAX})
GROUP BY time, name ORDER BY time, name`,
  }),
  table({
    ...{ title: 'Alerts', width: 12, height: 8, sql: alertsSql() },
    description:
      'What fired within the chosen time, with what was seen, and what became of each notification.',
    links: { slo: SLO_URL },
  }),
  table({
    ...{ title: 'Models', width: 24, height: 8 },
    units: {
      availability: SHARE,
      cancelled_share: SHARE,
      ttft_p50: MS,
      ttft_p95: MS,
      ttft_p99: MS,
    },
    sql: `SELECT provider, model, requests, availability, cancelled_share, errors, ttft_p50, ttft_p95, ttft_p99, output_tokens_per_s
FROM fleet_between(from_time = toUnixTimestamp($__fromTime), to_time = toUnixTimestamp($__toTime))
WHERE stream = ${STREAM}
ORDER BY requests DESC LIMIT 100`,
  }),
];
