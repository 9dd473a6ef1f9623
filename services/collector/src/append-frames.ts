import { decodeBatchFrames, setSchemaId } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import type { CollectorParts } from './collector-parts.ts';

/**
 * A publisher's messages go to the log as they are, save the number of their schema, once every one has been walked to its
 * last byte.
 */
export async function appendFrames(parts: CollectorParts, body: Uint8Array): Promise<number> {
  const frames = decodeBatchFrames(body);
  const { inference, verdicts, reports, partitionCount } = parts.topics;
  const counts = new Map<string, number>();
  for (const frame of frames) {
    const isKnown = [inference, verdicts, reports].includes(frame.topic) && frame.partition < partitionCount;
    if (!isKnown) {
      throw new AppError('COLLECTOR_TOPIC_UNKNOWN', `${frame.topic}/${frame.partition} is not taken here`, {
        outcome: 'dead-letter',
        remedy: `Publish to stream live with ${partitionCount} partitions.`,
      });
    }
    const { count, schemaId } = parts.decoder.walkBatch(frame.value);
    counts.set(frame.topic, (counts.get(frame.topic) ?? 0) + count);
    if (parts.logSchemaIdOf !== undefined) setSchemaId(frame.value, parts.logSchemaIdOf(schemaId));
  }
  await parts.log.append(
    frames.map((frame) => ({
      topic: frame.topic,
      partition: frame.partition,
      messages: [{ value: frame.value }],
    })),
  );
  for (const [topic, count] of counts) parts.metrics?.accepted(topic, count);
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
