import type { BatchDecoder, SchemaSource } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import { readWarmUp, type EventLog, type Logger, type Store, type StreamEpoch } from '@burnline/runtime';
import { createRawWork } from './raw-work.ts';

/**
 * Writes one message's rows at its own position, as the sink would have: for what the database refused once. Writing them
 * twice changes nothing. False if the database refuses them again; then the letter is kept again.
 *
 * Rejects with LOG_OFFSET_EXPIRED or WARM_UP_EXPIRED if the log no longer has the message, or those before it, which decide
 * about repeats.
 */
export async function writeAgain(
  parts: {
    readonly store: Store;
    readonly log: EventLog;
    readonly logger: Logger;
    readonly decoder: BatchDecoder;
    readonly schemas: SchemaSource;
  },
  where: {
    readonly epoch: StreamEpoch;
    readonly partition: number;
    readonly offset: number;
    readonly repeatWindowMessages: number;
  },
): Promise<boolean> {
  const { epoch, partition, offset, repeatWindowMessages } = where;
  const at = { topic: epoch.topic, partition };
  const [message] = await parts.log.read({ ...at, fromOffset: offset, bytesMax: 1 });
  const bounds = (await parts.log.bounds([epoch.topic])).find((one) => one.partition === partition);
  if (message === undefined || bounds === undefined) {
    throw new AppError(
      'SINK_MESSAGE_GONE',
      `The log has no message at ${epoch.topic}/${partition}/${offset}`,
      {
        remedy: 'The log was replaced after the letter was kept; its bytes are in dead_letters alone.',
      },
    );
  }
  let isStored = true;
  const append: EventLog['append'] = (letters) => {
    isStored = false;
    return parts.log.append(letters);
  };
  const work = createRawWork({ ...parts, log: { append }, repeatWindowMessages });
  const reading = await work.open({ ...bounds, committed: null, position: offset }, epoch);
  const warmUp = {
    ...at,
    before: offset,
    windowMessages: repeatWindowMessages,
    epochStart: epoch.startOffsets[partition] ?? 0,
    logStart: bounds.startOffset,
  };
  await readWarmUp(parts, warmUp, (before) => {
    reading.warm(before);
  });
  reading.apply(message);
  const snapshot = reading.takeSnapshot();
  if (snapshot !== null) await work.write([snapshot], () => epoch);
  return isStored;
}
