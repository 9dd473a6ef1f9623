import type { PartitionId } from '../../event-log.ts';
import { groupedByTopic } from '../../partitions.ts';
import { decodeFetchAnswer, type FetchAnswer } from './fetch-answer.ts';
import {
  Encoder,
  fetchRequest,
  listOffsetsRequest,
  listOffsetsResponse,
  metadataResponse,
  produceResponse,
  type ClusterMetadata,
  type KafkajsRequest,
} from './kafkajs-internals.ts';
import type { AppendAnswer, BatchToAppend, FetchFrom, OffsetAnswer } from './wire.ts';

/**
 * The requests about partitions, answered partition by partition: kafkajs's own answers to them reject as a whole at the
 * first partition with an error.
 */
const TIMESTAMP = { start: '-2', end: '-1' } as const;
/** Within it the broker gives up waiting for replicas. */
const PRODUCE_TIMEOUT_MS = 10_000;
const ALL_REPLICAS_IN_SYNC = -1;
const NO_REPLICA = -1;
const READ_UNCOMMITTED = 0;

export function produceRequest(batches: readonly BatchToAppend[]): KafkajsRequest<readonly AppendAnswer[]> {
  const encode = () => {
    const topics = [...groupedByTopic(batches)].map(([topic, partitions]) =>
      new Encoder()
        .writeString(topic)
        .writeArray(
          partitions.map(({ partition, batch }) => new Encoder().writeInt32(partition).writeBytes(batch)),
        ),
    );
    // No transaction.
    const head = new Encoder()
      .writeString(null)
      .writeInt16(ALL_REPLICAS_IN_SYNC)
      .writeInt32(PRODUCE_TIMEOUT_MS);
    return Promise.resolve(head.writeArray(topics));
  };
  const decode = async (raw: Buffer) => {
    const { topics } = await produceResponse.decode(raw);
    return topics.flatMap(({ topicName: topic, partitions }) =>
      partitions.map(({ partition, errorCode, baseOffset }) => ({
        topic,
        partition,
        errorCode,
        baseOffset: Number(baseOffset),
      })),
    );
  };
  return {
    request: { apiKey: 0, apiVersion: 7, apiName: 'Produce', encode },
    response: { decode, parse: asIs },
  };
}

export function fetchingRequest(
  from: readonly FetchFrom[],
  wait: { readonly waitMsMax: number; readonly bytesMin: number; readonly bytesMax: number },
): KafkajsRequest<FetchAnswer> {
  const topics = [...groupedByTopic(from)].map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ partition, offset, bytesMax }) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes: bytesMax,
    })),
  }));
  const request = fetchRequest({
    replicaId: NO_REPLICA,
    isolationLevel: READ_UNCOMMITTED,
    maxWaitTime: wait.waitMsMax,
    minBytes: wait.bytesMin,
    maxBytes: wait.bytesMax,
    topics,
  });
  return {
    request,
    response: { decode: (raw) => Promise.resolve(decodeFetchAnswer(raw)), parse: asIs },
  };
}

/**
 * kafkajs's public `fetchTopicOffsets` asks about whole topics, so that one leader away hides the others, and goes on asking
 * a leader that was voted out.
 */
export function offsetsRequest(
  asked: readonly PartitionId[],
  of: 'start' | 'end',
): KafkajsRequest<readonly OffsetAnswer[]> {
  const topics = [...groupedByTopic(asked)].map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, timestamp: TIMESTAMP[of] })),
  }));
  const decode = async (raw: Buffer) => {
    const { responses } = await listOffsetsResponse.decode(raw);
    return responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, errorCode, offset }) => ({
        topic,
        partition,
        errorCode,
        offset: Number(offset),
      })),
    );
  };
  return {
    request: listOffsetsRequest({ replicaId: NO_REPLICA, isolationLevel: READ_UNCOMMITTED, topics }),
    response: { decode, parse: asIs },
  };
}

/**
 * Of these topics alone; what is wrong with one of them is told with it. kafkajs's public `fetchTopicMetadata` rejects for all
 * of them, at one that is not there yet.
 */
export function metadataRequest(topics: readonly string[]): KafkajsRequest<ClusterMetadata> {
  return {
    request: {
      apiKey: 3,
      apiVersion: 6,
      apiName: 'Metadata',
      encode: () => Promise.resolve(new Encoder().writeArray(topics).writeBoolean(false)),
    },
    response: { decode: metadataResponse.decode, parse: asIs },
  };
}

function asIs<T>(decoded: T): Promise<T> {
  return Promise.resolve(decoded);
}
