import { decodeBatchFrames, setSchemaId, type BatchFrame } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import type { CollectorParts } from './collector-parts.ts';
import { framePlacer } from './place-frames.ts';

export interface AcceptedFrames {
  /** Records that are durable. */
  readonly accepted: number;
  /** How many partitions the stream has: a publisher that knows cuts its messages for them. */
  readonly partitions: number;
}

/**
 * Takes a publisher's messages: they go to the log as they are, save the number of their schema and, where the publisher
 * did not know the partitions, their cut, once every one has been walked to its last byte.
 */
export function frameAppender(parts: CollectorParts): (body: Uint8Array) => Promise<AcceptedFrames> {
  const { inference, verdicts, reports, partitionCount } = parts.topics;
  const place = framePlacer(parts);
  return async (body) => {
    const counts = new Map<string, number>();
    const placed: BatchFrame[] = [];
    for (const frame of decodeBatchFrames(body)) {
      if (![inference, verdicts, reports].includes(frame.topic)) {
        throw new AppError('COLLECTOR_TOPIC_UNKNOWN', `${frame.topic} is not taken here`, {
          outcome: 'dead-letter',
          remedy: `Publish to the stream of ${inference}.`,
        });
      }
      const { count, schemaId, frames } = place(frame);
      counts.set(frame.topic, (counts.get(frame.topic) ?? 0) + count);
      if (parts.logSchemaIdOf !== undefined)
        for (const { value } of frames) setSchemaId(value, parts.logSchemaIdOf(schemaId));
      placed.push(...frames);
    }
    await parts.log.append(
      placed.map(({ topic, partition, value }) => ({ topic, partition, messages: [{ value }] })),
    );
    for (const [topic, count] of counts) parts.metrics?.accepted(topic, count);
    return {
      accepted: [...counts.values()].reduce((sum, count) => sum + count, 0),
      partitions: partitionCount,
    };
  };
}
