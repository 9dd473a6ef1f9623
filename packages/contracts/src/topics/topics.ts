import { AppError, DAY_MS } from '@burnline/core';
import { placeEventId } from '../events/event-id.ts';
import { DEAD_LETTER_BYTES_MAX } from '../dead-letters/dead-letter-message.ts';
import { MESSAGE_BYTES_MAX } from '../events/batch-format.ts';
import { describe } from '../events/event-contract-error.ts';
import type { EventContractErrorCode } from '../events/event-contract-error.ts';

/** What the event log needs to know of a topic: the same shape as the EventLog port's TopicSpec. */
export interface TopicSpec {
  readonly name: string;
  readonly partitionCount: number;
  readonly timestamps: 'append' | 'create';
  /** `null`: kept for ever. */
  readonly retentionMs: number | null;
  /** `null`: no bound. */
  readonly retentionBytes: number | null;
  /** The newest so many messages of a partition outlast every retention, where the log can do that. */
  readonly messagesKeptMin: number;
  readonly messageBytesMax: number;
}

export interface StreamOptions {
  readonly partitionCount: number;
  /** A live stream's log time is the time of appending; a replay's is its data's time. */
  readonly kind: 'live' | 'replay';
}

/** The topics of one stream, one partition count for all four, and those that all streams share. */
export interface StreamTopics {
  readonly inference: TopicSpec;
  readonly verdicts: TopicSpec;
  readonly reports: TopicSpec;
  readonly references: TopicSpec;
  readonly decisions: TopicSpec;
  readonly checkpoints: TopicSpec;
  readonly deadLetters: TopicSpec;
  readonly evaluators: TopicSpec;
}

export interface StreamTopicNames {
  readonly inference: string;
  readonly verdicts: string;
  readonly reports: string;
  readonly references: string;
}

/** Lower case, digits and hyphens: safe in Kafka's topic names, file names and metric labels alike. */
const STREAM_NAME = /^[a-z0-9-]{1,40}$/;
/** Events per message fall as partitions grow; beyond some hundreds a Node consumer only carries overhead. */
const PARTITION_COUNT_MAX = 1_024;
/** Long enough to outlast a weekend's outage with days to spare; a consumer that lags longer halts at the gap. */
const LIVE_RETENTION_MS = 7 * DAY_MS;
/**
 * What counting needs to go on after any pause: the repeat window (16,384 messages) before a chunk in progress (100,000
 * events, so at most as many messages), and as much again as a repeat window for what was not written yet. Marks are some
 * ten bytes, so a partition without traffic keeps a few megabytes.
 */
const STREAM_MESSAGES_KEPT_MIN = 132_768;
/** As many as wait for their events at a time (`references/` of the sink), and as many again: none is lost in a pause. */
const REFERENCES_KEPT_MIN = 65_536;
/** A month to look at what was refused and to replay it. */
const DEAD_LETTER_RETENTION_MS = 30 * DAY_MS;

export const DECISIONS_TOPIC = 'burnline.decisions';
export const CHECKPOINTS_TOPIC = 'burnline.decision-checkpoints';
/** Of which the last one is needed: some 25 MB for a hundred thousand alerts, before it is compressed. */
const CHECKPOINTS_BYTES_MAX = 268_435_456;
export const EVALUATORS_TOPIC = 'burnline.evaluators';
/** More than anybody has alerters; a shard without an SLO costs one small row per tick. */
const EVALUATOR_SHARDS = 8;
export const DEAD_LETTERS_TOPIC = 'burnline.dead-letters';

/** Names of a stream's topics. Throws CONTRACT_TOPIC_INVALID for a name that is not [a-z0-9-]{1,40}. */
export function streamTopicNames(streamName: string): StreamTopicNames {
  if (!STREAM_NAME.test(streamName)) {
    throw topicInvalid(
      `A stream's name must be 1 to 40 of a-z, 0-9 and hyphen, found ${describe(streamName)}.`,
    );
  }
  return {
    inference: `burnline.${streamName}.inference`,
    verdicts: `burnline.${streamName}.verdicts`,
    reports: `burnline.${streamName}.reports`,
    references: `burnline.${streamName}.references`,
  };
}

/**
 * The topic table.
 *
 * - A stream's topics of records: `live` ones have append timestamps, since log time must not come from a source's clock, and
 *   expire after 7 days. A replay's have create timestamps and never expire by age: a broker that expires by timestamps
 *   would delete replayed history at once. A replay is deleted as a whole.
 * - `references`, of the same kind: verdicts that name what they judge by an id, one a message, until they are looked up and
 *   appended to `verdicts`.
 * - `burnline.decisions`: what the alerter decided. One partition, because the first decision of an evaluation stands;
 *   kept for ever, because tables and notifications are folds of it.
 * - `burnline.decision-checkpoints`: what the decisions up to an offset come to, now and then, so that a start need not read
 *   all of them. The last one counts, and a start without any reads the decisions.
 * - `burnline.evaluators`: holds nothing. Whoever is given a partition of it judges that shard of the SLOs.
 * - `burnline.dead-letters`: what was refused, with the original bytes, for 30 days.
 *
 * Throws CONTRACT_TOPIC_INVALID.
 */
export function topicsOf(streamName: string, options: StreamOptions): StreamTopics {
  const names = streamTopicNames(streamName);
  checkPartitionCount(options.partitionCount);
  const isReplay = options.kind === 'replay';
  const ofStream = (name: string): TopicSpec => ({
    name,
    partitionCount: options.partitionCount,
    timestamps: isReplay ? 'create' : 'append',
    retentionMs: isReplay ? null : LIVE_RETENTION_MS,
    retentionBytes: null,
    messagesKeptMin: STREAM_MESSAGES_KEPT_MIN,
    messageBytesMax: MESSAGE_BYTES_MAX,
  });
  return {
    inference: ofStream(names.inference),
    verdicts: ofStream(names.verdicts),
    reports: ofStream(names.reports),
    references: { ...ofStream(names.references), messagesKeptMin: REFERENCES_KEPT_MIN },
    decisions: sharedTopic(DECISIONS_TOPIC, null),
    checkpoints: { ...sharedTopic(CHECKPOINTS_TOPIC, null), retentionBytes: CHECKPOINTS_BYTES_MAX },
    deadLetters: {
      ...sharedTopic(DEAD_LETTERS_TOPIC, DEAD_LETTER_RETENTION_MS),
      messageBytesMax: DEAD_LETTER_BYTES_MAX,
    },
    evaluators: { ...sharedTopic(EVALUATORS_TOPIC, null), partitionCount: EVALUATOR_SHARDS },
  };
}

/**
 * The partition of an event: free of skew whatever the traffic, and a resent event lands where it lay. Never change it:
 * repeats are only found within a partition.
 */
export function partitionOf(eventId: Uint8Array, partitionCount: number): number {
  return partitionAt(placeEventId(eventId), partitionCount);
}

/** The same, of an id's place (`placeEventId`). */
export function partitionAt(place: number, partitionCount: number): number {
  return place % partitionCount;
}

function sharedTopic(name: string, retentionMs: number | null): TopicSpec {
  return {
    name,
    partitionCount: 1,
    timestamps: 'append',
    retentionMs,
    retentionBytes: null,
    messagesKeptMin: 0,
    messageBytesMax: MESSAGE_BYTES_MAX,
  };
}

function checkPartitionCount(partitionCount: number): void {
  if (Number.isInteger(partitionCount) && partitionCount >= 1 && partitionCount <= PARTITION_COUNT_MAX)
    return;
  throw topicInvalid(`A stream has 1 to ${PARTITION_COUNT_MAX} partitions, found ${partitionCount}.`);
}

function topicInvalid(message: string): AppError<EventContractErrorCode> {
  return new AppError('CONTRACT_TOPIC_INVALID', message, {
    remedy: 'Correct the stream in the configuration.',
  });
}
