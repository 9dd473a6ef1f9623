import { PANE_MS } from '../slos.ts';
import type { PeerCondition, PeerSlo } from '../slos.ts';

/** Settings of the Kafka table that its users tune. */
export interface KafkaTableSettings {
  readonly consumerCount: number;
  readonly threadPerConsumer: boolean;
  readonly maxBlockSize: number;
  readonly pollMaxBatchSize: number;
  readonly flushIntervalMs: number;
}

export interface KafkaTable {
  readonly brokers: string;
  readonly topic: string;
  readonly group: string;
  readonly registryUrl: string;
  readonly slos: readonly PeerSlo[];
  readonly settings: KafkaTableSettings;
}

/**
 * The columns that an SLO may read. The parser skips a field that no column asks for; a symbol becomes a number
 * and not a text, which takes less than LowCardinality.
 */
const COLUMN_TYPES: Readonly<Record<PeerCondition['field'] | 'occurred_at' | 'provider', string>> = {
  occurred_at: "DateTime64(6, 'UTC')",
  provider: 'String',
  status:
    "Enum8('ok' = 0, 'error' = 1, 'timeout' = 2, 'rate_limited' = 3, 'content_filtered' = 4, 'malformed' = 5, 'cancelled' = 6)",
  model_requested: 'String',
  region: 'String',
  is_final: 'Bool',
  schema_valid: 'Nullable(Bool)',
  duration_ms: 'Float64',
  ttft_ms: 'Nullable(Float64)',
};

/** What is to be created, in this order: the view starts the consumption. */
export function peerTables({
  brokers,
  topic,
  group,
  registryUrl,
  slos,
  settings,
}: KafkaTable): readonly string[] {
  const counts = slos.flatMap((_, index) => [`good_${index} UInt64`, `total_${index} UInt64`]);
  const fields = new Set(slos.flatMap(({ total, good }) => [...total, ...good].map(({ field }) => field)));
  const columns = (['occurred_at', 'provider', ...fields] as const).map(
    (name) => `${name} ${COLUMN_TYPES[name]}`,
  );
  return [
    `CREATE TABLE peer_panes (pane DateTime('UTC'), provider LowCardinality(String), events UInt64, ${counts.join(', ')})
     ENGINE = SummingMergeTree ORDER BY (pane, provider)`,
    `CREATE TABLE peer_events (${columns.join(', ')}) ENGINE = Kafka SETTINGS
     kafka_broker_list = '${brokers}', kafka_topic_list = '${topic}', kafka_group_name = '${group}',
     kafka_format = 'AvroConfluent', format_avro_schema_registry_url = '${registryUrl}',
     kafka_num_consumers = ${settings.consumerCount}, kafka_thread_per_consumer = ${Number(settings.threadPerConsumer)},
     kafka_max_block_size = ${settings.maxBlockSize}, kafka_poll_max_batch_size = ${settings.pollMaxBatchSize},
     kafka_flush_interval_ms = ${settings.flushIntervalMs}`,
    `CREATE MATERIALIZED VIEW peer_view TO peer_panes AS SELECT
     toStartOfInterval(occurred_at, INTERVAL ${PANE_MS / 1_000} SECOND) AS pane, provider, count() AS events,
     ${slos.flatMap(countsOf).join(', ')} FROM peer_events GROUP BY pane, provider`,
  ];
}

/** Stops the consumption first. */
export const DROP_TABLES = ['peer_view', 'peer_events', 'peer_panes'].map(
  (name) => `DROP TABLE IF EXISTS ${name} SYNC`,
);

/** Rows with slo, pane (epoch ms), group, good and total as texts; panes where an SLO counts nothing are left out. */
export function panesQuery(slos: readonly PeerSlo[]): string {
  const queries = slos.map(
    ({ name, byProvider }, index) => `SELECT '${name}' AS slo, toUnixTimestamp(pane) * 1000 AS pane,
     ${byProvider ? 'toString(provider)' : "''"} AS group, sum(good_${index}) AS good, sum(total_${index}) AS total
     FROM peer_panes GROUP BY pane, group HAVING total > 0`,
  );
  return queries.join(' UNION ALL ');
}

function countsOf({ total, good }: PeerSlo, index: number): readonly string[] {
  return [
    `countIf(${allOf([...total, ...good])}) AS good_${index}`,
    `countIf(${allOf(total)}) AS total_${index}`,
  ];
}

function allOf(conditions: readonly PeerCondition[]): string {
  return conditions.length === 0 ? '1' : conditions.map(sqlOf).join(' AND ');
}

function sqlOf(condition: PeerCondition): string {
  if ('present' in condition) return `${condition.field} IS NOT NULL`;
  if ('atMost' in condition) return `${condition.field} <= ${condition.atMost}`;
  return typeof condition.is === 'string'
    ? `${condition.field} = '${condition.is}'`
    : `${condition.field} = ${condition.is}`;
}
