import type { TopicSpec } from '../../event-log.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { BATCH_BYTES_EXTRA } from '../records/batch-format.ts';
import type { TopicConfig } from './kafka-admin.ts';

/** What a topic is at the broker, for a report of how it differs from what it should be. */
export interface TopicDescription {
  readonly name: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly config: TopicConfig;
}

/** What `ensureTopics` changes on a topic that exists. */
export const TAKEN_OVER: ReadonlySet<string> = new Set([
  'retention.ms',
  'retention.bytes',
  'max.message.bytes',
]);

export function configOf(spec: TopicSpec, { minInsyncReplicas }: KafkaSettings): Map<string, string> {
  return new Map([
    ['cleanup.policy', 'delete'],
    ['compression.type', 'producer'],
    ['retention.ms', String(spec.retentionMs ?? -1)],
    ['retention.bytes', String(spec.retentionBytes ?? -1)],
    // The broker's limit is for a batch; one with a single message of the largest size must pass.
    ['max.message.bytes', String(spec.messageBytesMax + BATCH_BYTES_EXTRA)],
    ['message.timestamp.type', spec.timestamps === 'append' ? 'LogAppendTime' : 'CreateTime'],
    ['min.insync.replicas', String(minInsyncReplicas)],
  ]);
}

export function specOf({ name, partitionCount, config }: TopicDescription): TopicSpec {
  const bound = (value: string | null | undefined) => (Number(value ?? -1) < 0 ? null : Number(value));
  return {
    name,
    partitionCount,
    timestamps: config['message.timestamp.type'] === 'LogAppendTime' ? 'append' : 'create',
    retentionMs: bound(config['retention.ms']),
    retentionBytes: bound(config['retention.bytes']),
    messagesKeptMin: 0,
    messageBytesMax: Number(config['max.message.bytes']) - BATCH_BYTES_EXTRA,
  };
}
