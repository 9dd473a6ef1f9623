import { invariant } from '@burnline/core';
import type { CommittedPosition, NewMessage, PartitionAppend, PartitionId, TopicSpec } from '../event-log.ts';
import { logError } from '../log-errors.ts';

/** Kafka's rule for names, so that a topic can move between the adapters. */
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;
/** Well above any sensible layout; the state of each partition is held in memory. */
const PARTITION_COUNT_MAX = 4096;
/** The whole message passes through memory several times on its way; larger values do not belong in a log. */
const MESSAGE_BYTES_LIMIT = 8 * 1024 * 1024;
/** What a date of JavaScript holds; the log's own formats hold no more for certain. */
const TIMESTAMP_MS_MAX = 8.64e15;
/** As the port promises; a position is rewritten with every commit and must stay small. */
const METADATA_LENGTH_MAX = 4096;

/** Where the checks look a topic up: a storage, or what is known of a broker's topics. */
export interface TopicSource {
  topic(name: string): TopicSpec | undefined;
}

/** Throws LOG_TOPIC_UNKNOWN. */
export function knownTopic(topics: TopicSource, name: string): TopicSpec {
  const spec = topics.topic(name);
  if (spec !== undefined) return spec;
  throw topicUnknownError(name);
}

export function topicUnknownError(topic: string) {
  return logError('LOG_TOPIC_UNKNOWN', `The log has no topic "${topic}".`, {
    remedy: 'Create it with ensureTopics before it is used, or correct the name.',
    details: { topic },
  });
}

/** Throws LOG_TOPIC_UNKNOWN or LOG_PARTITION_UNKNOWN. */
export function knownPartition(topics: TopicSource, { topic, partition }: PartitionId): TopicSpec {
  const spec = knownTopic(topics, topic);
  if (Number.isInteger(partition) && partition >= 0 && partition < spec.partitionCount) return spec;
  throw logError('LOG_PARTITION_UNKNOWN', `Topic "${topic}" has no partition ${partition}.`, {
    remedy: `Use a partition from 0 to ${spec.partitionCount - 1}.`,
    details: { topic, partition, partitionCount: spec.partitionCount },
  });
}

/** Throws LOG_TOPIC_INVALID, or LOG_TOPIC_DIFFERS if the log has a topic in another shape. */
export function checkTopics(topics: TopicSource, specs: readonly TopicSpec[]): void {
  const names = new Set<string>();
  for (const spec of specs) {
    checkTopic(topics, spec, names.has(spec.name));
    names.add(spec.name);
  }
}

function checkTopic(topics: TopicSource, spec: TopicSpec, isRepeated: boolean): void {
  const problem = isRepeated ? 'it is listed twice' : topicProblem(spec);
  if (problem !== null) {
    throw logError('LOG_TOPIC_INVALID', `Topic "${spec.name}": ${problem}.`, {
      remedy: 'Correct the topic.',
      details: { topic: spec.name },
    });
  }
  const existing = topics.topic(spec.name);
  if (existing === undefined) return;
  for (const field of ['partitionCount', 'timestamps'] as const) {
    if (existing[field] === spec[field]) continue;
    throw logError(
      'LOG_TOPIC_DIFFERS',
      `Topic "${spec.name}" exists with ${field} ${existing[field]}, not ${spec[field]}.`,
      {
        remedy: `Configure ${existing[field]}, or use a new topic name (a new stream epoch): neither can change in place.`,
        details: { topic: spec.name, field, existing: existing[field], asked: spec[field] },
      },
    );
  }
}

function topicProblem(spec: TopicSpec): string | null {
  const isPositive = (value: number) => Number.isSafeInteger(value) && value > 0;
  if (!TOPIC_NAME.test(spec.name)) return 'the name must be 1 to 249 of A-Z a-z 0-9 . _ -';
  if (!isPositive(spec.partitionCount) || spec.partitionCount > PARTITION_COUNT_MAX)
    return `partitionCount must be from 1 to ${PARTITION_COUNT_MAX}`;
  if (!isPositive(spec.messageBytesMax) || spec.messageBytesMax > MESSAGE_BYTES_LIMIT)
    return `messageBytesMax must be from 1 to ${MESSAGE_BYTES_LIMIT}`;
  if (spec.retentionMs !== null && !isPositive(spec.retentionMs))
    return 'retentionMs must be a positive integer or null';
  if (!Number.isSafeInteger(spec.messagesKeptMin) || spec.messagesKeptMin < 0)
    return 'messagesKeptMin must be a whole number, 0 for none';
  if (spec.retentionBytes !== null && !isPositive(spec.retentionBytes))
    return 'retentionBytes must be a positive integer or null';
  return null;
}

/** Throws before anything is appended, so that a refused call leaves nothing behind. */
export function checkAppend(topics: TopicSource, batches: readonly PartitionAppend[]): void {
  for (const batch of batches) {
    const spec = knownPartition(topics, batch);
    for (const message of batch.messages) checkMessage(spec, batch.partition, message);
  }
}

function checkMessage(spec: TopicSpec, partition: number, { value, timestampMs }: NewMessage): void {
  const details = { topic: spec.name, partition };
  if (value.byteLength > spec.messageBytesMax) {
    throw logError(
      'LOG_MESSAGE_TOO_LARGE',
      `A message of ${value.byteLength} bytes is more than the ${spec.messageBytesMax} that topic "${spec.name}" takes.`,
      {
        outcome: 'dead-letter',
        remedy: 'Send smaller batches, or raise messageBytesMax of the topic.',
        details: { ...details, messageBytes: value.byteLength, messageBytesMax: spec.messageBytesMax },
      },
    );
  }
  const isTimestamp = timestampMs !== undefined && Math.abs(timestampMs) <= TIMESTAMP_MS_MAX;
  if (spec.timestamps === 'create' && !isTimestamp) {
    throw logError('LOG_TIMESTAMP_MISSING', `Topic "${spec.name}" takes its timestamps from the writer.`, {
      remedy: 'Give timestampMs, in epoch milliseconds, with every message.',
      details,
    });
  }
  if (spec.timestamps === 'append' && timestampMs !== undefined) {
    throw logError('LOG_TIMESTAMP_REFUSED', `The log assigns the timestamps of topic "${spec.name}".`, {
      remedy: 'Leave timestampMs out, or use a topic with create timestamps.',
      details,
    });
  }
}

/** Throws LOG_METADATA_TOO_LARGE. */
export function checkPosition({ topic, partition, offset, metadata }: CommittedPosition): void {
  invariant(Number.isSafeInteger(offset) && offset >= 0, `committed offset ${offset} is a whole number`);
  if (metadata.length <= METADATA_LENGTH_MAX) return;
  throw logError(
    'LOG_METADATA_TOO_LARGE',
    `Metadata of ${metadata.length} characters for "${topic}" ${partition} is more than ${METADATA_LENGTH_MAX}.`,
    { remedy: 'Commit shorter metadata.', details: { topic, partition, length: metadata.length } },
  );
}

export function beyondEndError(
  { topic, partition, fromOffset }: PartitionId & { fromOffset: number },
  endOffset: number,
) {
  return logError(
    'LOG_OFFSET_BEYOND_END',
    `Offset ${fromOffset} of "${topic}" ${partition} lies beyond the log's end ${endOffset}.`,
    {
      remedy:
        'The log was replaced or cut after the position was taken: start a new epoch at a chosen offset.',
      details: { topic, partition, fromOffset, endOffset },
    },
  );
}

export function expiredError(
  { topic, partition, fromOffset }: PartitionId & { fromOffset: number },
  startOffset: number,
) {
  return logError(
    'LOG_OFFSET_EXPIRED',
    `Offset ${fromOffset} of "${topic}" ${partition} has expired; the log begins at ${startOffset}.`,
    {
      remedy:
        'Accept the gap by starting a new epoch at a chosen offset, and give the topic a longer retention.',
      details: { topic, partition, fromOffset, startOffset },
    },
  );
}
