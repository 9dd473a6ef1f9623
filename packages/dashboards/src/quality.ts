import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { COUNT, SHARE, dashboardOf, streamVariable, table, timeSeries } from './panels.ts';
import { ROWS_MAX, STATUS, STREAM } from './statements.ts';

const VERDICTS = `FROM verdicts WHERE stream = ${STREAM} AND $__timeFilter(inference_at)`;
const EVALUATOR = `concat(evaluator, ' ', evaluator_version, ' ', dimension)`;
/** The quantile of the normal distribution for a confidence of 95 %. */
const Z = '1.959963984540054';

/** What evaluators say of the answers, and the budgets of that. */
export const qualityDashboard = (): Dashboard =>
  dashboardOf(
    {
      uid: 'quality',
      title: 'Burnline: quality',
      description:
        'Verdicts at the time of the inference that they judge, by evaluator and version; budgets of quality, safety and drift.',
    },
    {
      variables: [streamVariable()],
      panels: [
        timeSeries({
          ...{ title: 'Pass rate', width: 12, height: 8, look: 'steps', unit: SHARE },
          description: 'Of each bucket; one without verdicts is a gap.',
          sql: `SELECT $__timeInterval(inference_at) AS time, ${EVALUATOR} AS name, countIf(passed) / count() AS pass_rate
${VERDICTS} GROUP BY time, name ORDER BY time, name`,
        }),
        timeSeries({
          ...{ title: 'Verdicts', width: 12, height: 8, look: 'bars', unit: COUNT, isStacked: true },
          sql: `SELECT $__timeInterval(inference_at) AS time, ${EVALUATOR} AS name, count() AS verdicts
${VERDICTS} GROUP BY time, name ORDER BY time, name`,
        }),
        table({
          ...{ title: 'Evaluators', width: 24, height: 8 },
          description:
            'Pass rates with the bounds between which the true one lies with a confidence of 95 % (Wilson).',
          units: { pass_rate: SHARE, at_least: SHARE, at_most: SHARE },
          sql: `SELECT evaluator, evaluator_version, kind, dimension, passing, verdicts, pass_rate,
  greatest(middle - half, 0) AS at_least, least(middle + half, 1) AS at_most
FROM (SELECT evaluator, evaluator_version, kind, dimension, countIf(passed) AS passing, count() AS verdicts, passing / verdicts AS pass_rate,
        pow(${Z}, 2) / verdicts AS z2,
        (pass_rate + z2 / 2) / (1 + z2) AS middle, sqrt(z2 * (pass_rate * (1 - pass_rate) + z2 / 4)) / (1 + z2) AS half
      ${VERDICTS} GROUP BY evaluator, evaluator_version, kind, dimension)
ORDER BY pass_rate, evaluator, evaluator_version, dimension LIMIT ${ROWS_MAX}`,
        }),
        table({
          ...{ title: 'Budgets of quality, safety and drift', width: 24, height: 8 },
          units: { sli: SHARE, target: SHARE, budget_left: SHARE },
          sql: `SELECT slo, labels, state, good, total, sli, target, remaining_ratio AS budget_left
FROM (${STATUS})
WHERE slo IN (SELECT slo FROM slos GROUP BY slo HAVING argMax(budget_dimension, loaded_at) IN ('quality', 'safety', 'drift'))
ORDER BY budget_left ASC NULLS LAST, slo, toString(labels)`,
        }),
      ],
    },
  );
