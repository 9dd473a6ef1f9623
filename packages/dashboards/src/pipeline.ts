import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { COUNT, SHARE, dashboardOf, streamVariable, table, timeSeries } from './panels.ts';
import { STREAM } from './statements.ts';

/** Whether what the others show is whole: how far everything is, who sends, what was set aside or not delivered. */
export const pipelineDashboard = (): Dashboard =>
  dashboardOf(
    {
      uid: 'pipeline',
      title: 'Burnline: pipeline',
      description: 'Whether what the other dashboards show is whole.',
    },
    {
      variables: [streamVariable()],
      panels: [
        timeSeries({
          ...{ title: 'Coverage', width: 12, height: 7, look: 'steps', unit: SHARE },
          description:
            'How complete the data was, the least of each bucket, for 8 days. Below 90 % nothing is concluded.',
          sql: `SELECT $__timeInterval(evaluated_through) AS time, min(e.coverage) AS coverage
FROM evaluations AS e WHERE stream = ${STREAM} AND $__timeFilter(evaluated_through) GROUP BY time ORDER BY time`,
        }),
        timeSeries({
          ...{ title: 'Events', width: 12, height: 7, look: 'bars', unit: COUNT },
          description: 'Inference events of each bucket of event time, repeats left out.',
          sql: `SELECT $__timeInterval(occurred_at) AS time, count() AS events
FROM inferences WHERE stream = ${STREAM} AND $__timeFilter(occurred_at) GROUP BY time ORDER BY time`,
        }),
        table({
          ...{ title: 'Behind the log', width: 12, height: 8 },
          description:
            'Seconds that the rows of each partition are behind now; idle partitions get a mark a second.',
          units: { behind_s: { unit: 's' } },
          sql: `SELECT topic, partition, consumer, dateDiff('second', argMax(log_time, written_at), now()) AS behind_s
FROM watermarks WHERE stream = ${STREAM} GROUP BY topic, partition, consumer
ORDER BY behind_s DESC, topic, partition, consumer LIMIT 100`,
        }),
        table({
          ...{ title: 'Sources', width: 12, height: 8 },
          description: 'Publishers and collectors of the last day: expected, stopped or lost.',
          sql: `SELECT service, instance, state, last_heard, emitted, dropped, dropped_by_reason
FROM sources WHERE stream = ${STREAM} ORDER BY state = 'lost' DESC, dropped DESC, service, instance LIMIT 100`,
        }),
        table({
          ...{ title: 'Dead letters', width: 12, height: 8 },
          description: 'Messages of all streams that could not be read, by why, and what became of them.',
          sql: `SELECT topic, code, state, count() AS letters, max(log_time) AS last, argMax(reason, log_time) AS last_reason
FROM dead_letter_states GROUP BY topic, code, state ORDER BY letters DESC, topic, code, state LIMIT 100`,
        }),
        table({
          ...{ title: 'Pages not delivered', width: 12, height: 8 },
          description: 'Notifications of alerts that fired in the chosen time, which no receiver has taken.',
          sql: `SELECT one.finished_at AS tried_at, one.receiver AS receiver, one.outcome AS outcome, one.attempts AS attempts, slo, severity
FROM (SELECT slo, severity, arrayJoin(deliveries) AS one FROM alerts WHERE stream = ${STREAM} AND $__timeFilter(fired_at))
WHERE outcome IN ('waiting', 'failed') ORDER BY tried_at DESC LIMIT 100`,
        }),
        table({
          ...{ title: 'Recoveries', width: 24, height: 6 },
          description: 'Stretches of which the log could give nothing back: what happened then is in no sum.',
          sql: `SELECT recovered_at, topic, partition, consumer, code, lost_messages, uncovered_from, uncovered_to, recovered_by
FROM recoveries WHERE stream = ${STREAM} ORDER BY recovered_at DESC, topic, partition, consumer LIMIT 100`,
        }),
      ],
    },
  );
