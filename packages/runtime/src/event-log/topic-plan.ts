import type { TopicSpec } from './event-log.ts';
import type { TopicDescription } from './kafka/admin/topic-settings.ts';
import { BATCH_BYTES_EXTRA } from './kafka/records/batch-format.ts';

/** A setting of an existing topic that is not as it should be. */
export interface TopicDifference {
  readonly topic: string;
  /** By Kafka's name; `partitions` and `replication.factor` beside them. */
  readonly setting: string;
  readonly wanted: string;
  readonly found: string;
  /** `grow`: safe to change, and nothing is lost by it. `keep`: left as it is. */
  readonly action: 'grow' | 'keep';
  /** Why it is kept, and what an operator can do; empty for what is changed. */
  readonly reason: string;
}

export interface TopicPlan {
  /** Topics to be made. */
  readonly missing: readonly TopicSpec[];
  readonly differences: readonly TopicDifference[];
  /** What `ensureTopics` is to be called with: `missing`, and topics that grow, in the larger of both settings. */
  readonly ensure: readonly TopicSpec[];
}

interface TopicPlanOptions {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** Whether rows count on the topic's partitions. */
  readonly hasEpoch: (topic: string) => boolean;
}

/** Compares topics as they should be with those that are there. Nothing is ever shrunk, and no partition added. */
export function planTopics(
  specs: readonly TopicSpec[],
  found: readonly TopicDescription[],
  options: TopicPlanOptions,
): TopicPlan {
  const missing: TopicSpec[] = [];
  const ensure: TopicSpec[] = [];
  const differences: TopicDifference[] = [];
  for (const spec of specs) {
    const topic = found.find(({ name }) => name === spec.name);
    if (topic === undefined) {
      missing.push(spec);
      ensure.push(spec);
      continue;
    }
    const of = [...boundDifferences(spec, topic), ...fixedDifferences(spec, topic, options)];
    differences.push(...of);
    if (of.some(({ action }) => action === 'grow')) ensure.push(larger(spec, topic));
  }
  return { missing, differences, ensure };
}

const UNBOUNDED = -1;

/** Settings that may grow. A bound of -1 is none, and so the largest. */
function boundDifferences(spec: TopicSpec, { name, config }: TopicDescription): TopicDifference[] {
  return Object.entries(boundsOf(spec)).flatMap(([setting, wanted]) => {
    const found = Number(config[setting]);
    if (found === wanted) return [];
    const isSmaller = sizeOf(found) < sizeOf(wanted);
    return [
      {
        topic: name,
        setting,
        wanted: String(wanted),
        found: String(found),
        action: isSmaller ? ('grow' as const) : ('keep' as const),
        reason: isSmaller
          ? ''
          : 'Larger than wanted, which does no harm. Nothing is shrunk: what lies in the topic could be lost.',
      },
    ];
  });
}

function boundsOf(spec: TopicSpec): Readonly<Record<string, number>> {
  return {
    'retention.ms': spec.retentionMs ?? UNBOUNDED,
    'retention.bytes': spec.retentionBytes ?? UNBOUNDED,
    'max.message.bytes': spec.messageBytesMax + BATCH_BYTES_EXTRA,
  };
}

function sizeOf(bound: number): number {
  return bound === UNBOUNDED ? Infinity : bound;
}

/** Settings that stay as they are on a topic that exists, with what an operator can do. */
function fixedDifferences(
  spec: TopicSpec,
  topic: TopicDescription,
  options: TopicPlanOptions,
): TopicDifference[] {
  const { name, config } = topic;
  const byConfig = (setting: string, wanted: string, reason: string): readonly string[] => [
    setting,
    wanted,
    config[setting] ?? '',
    reason,
  ];
  const byHand = (setting: string, wanted: string): string =>
    `Change it: kafka-configs.sh --alter --entity-type topics --entity-name ${name} --add-config ${setting}=${wanted}`;
  const insync = String(options.minInsyncReplicas);
  const rows: readonly (readonly string[])[] = [
    [
      'partitions',
      String(spec.partitionCount),
      String(topic.partitionCount),
      partitionsReason(spec, options),
    ],
    [
      'replication.factor',
      String(options.replicationFactor),
      String(topic.replicationFactor),
      'Replicas are moved by an operator: kafka-reassign-partitions.sh. Or set KAFKA_REPLICATION_FACTOR to what is there.',
    ],
    byConfig(
      'min.insync.replicas',
      insync,
      `More stops writing when a broker is away, fewer loses messages with one. ${byHand('min.insync.replicas', insync)}`,
    ),
    byConfig(
      'message.timestamp.type',
      spec.timestamps === 'append' ? 'LogAppendTime' : 'CreateTime',
      'Log time decides rows, so it does not change within a stream. Begin a new one: set BURNLINE_STREAM.',
    ),
    byConfig(
      'cleanup.policy',
      'delete',
      `Compaction removes messages from the middle of the log, which halts its readers. ${byHand('cleanup.policy', 'delete')}`,
    ),
    byConfig(
      'compression.type',
      'producer',
      `The broker would write in a form that readers may not know. ${byHand('compression.type', 'producer')}`,
    ),
  ];
  return rows
    .filter(([, wanted, found]) => wanted !== found)
    .map(([setting = '', wanted = '', found = '', reason = '']) => ({
      topic: name,
      setting,
      wanted,
      found,
      action: 'keep',
      reason,
    }));
}

function partitionsReason(spec: TopicSpec, { hasEpoch }: TopicPlanOptions): string {
  return hasEpoch(spec.name)
    ? 'Rows count on its partitions: with others events would change theirs, and repeats be counted. Begin a new stream with them: set BURNLINE_STREAM.'
    : 'Partitions are never added or taken. While nothing is in the topic, delete it and run this again, or ask for as many as it has.';
}

/** Of each bound the larger; what stays as it is as it was found. */
function larger(spec: TopicSpec, { partitionCount, config }: TopicDescription): TopicSpec {
  const largest = (setting: string, wanted: number | null): number | null => {
    const bound = Math.max(sizeOf(Number(config[setting])), sizeOf(wanted ?? UNBOUNDED));
    return bound === Infinity ? null : bound;
  };
  const foundBytesMax = Number(config['max.message.bytes']) - BATCH_BYTES_EXTRA;
  return {
    ...spec,
    partitionCount,
    timestamps: config['message.timestamp.type'] === 'LogAppendTime' ? 'append' : 'create',
    retentionMs: largest('retention.ms', spec.retentionMs),
    retentionBytes: largest('retention.bytes', spec.retentionBytes),
    messageBytesMax: Math.max(foundBytesMax, spec.messageBytesMax),
  };
}
