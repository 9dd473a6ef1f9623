import { TextDecoder } from 'node:util';
import { AppError } from '@burnline/core';
import { MESSAGE_BYTES_MAX } from './batch-format.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';

/**
 * Messages on their way from a publisher to a collector: the body of POST /v1/batches.
 *
 * A body is frames, one after another: u8 length of the topic's name, the name in UTF-8, u32 BE partition, u32 BE length
 * of the message, the message. The collector appends them as they are, so nothing is encoded twice.
 */
export interface BatchFrame {
  readonly topic: string;
  readonly partition: number;
  readonly value: Uint8Array;
}

export const BATCH_FRAMES_CONTENT_TYPE = 'application/vnd.burnline.batches';
export const BATCH_FRAMES_PATH = '/v1/batches';

/** Most frames in a body: at the publisher's usual sizes the bytes run out first, so more is a fault. */
export const BATCH_FRAMES_MAX = 1_024;
/** Kafka allows 249; ours are shorter, and the length must fit a byte. */
const TOPIC_BYTES_MAX = 249;
const HEADER_BYTES = 9;
const PARTITION_MAX = 0x7fffffff;

/** The body for these frames. Throws CONTRACT_FRAMES_INVALID for a frame outside the bounds. */
export function encodeBatchFrames(frames: readonly BatchFrame[]): Uint8Array<ArrayBuffer> {
  if (frames.length > BATCH_FRAMES_MAX)
    throw framesInvalid(`A body holds at most ${BATCH_FRAMES_MAX} frames.`, 0);
  const topics = frames.map((frame) => Buffer.from(frame.topic, 'utf8'));
  let size = 0;
  frames.forEach((frame, index) => {
    const topicBytes = topics[index]?.length ?? 0;
    checkBounds({ topicBytes, partition: frame.partition, valueBytes: frame.value.length, position: size });
    size += HEADER_BYTES + topicBytes + frame.value.length;
  });
  const body = new Uint8Array(size);
  const view = new DataView(body.buffer);
  let position = 0;
  frames.forEach((frame, index) => {
    const topic = topics[index] ?? new Uint8Array();
    view.setUint8(position, topic.length);
    body.set(topic, position + 1);
    position += 1 + topic.length;
    view.setUint32(position, frame.partition);
    view.setUint32(position + 4, frame.value.length);
    body.set(frame.value, position + 8);
    position += 8 + frame.value.length;
  });
  return body;
}

/**
 * The frames of a body; values are views of it, not copies. The caller bounds the body's size.
 * Throws CONTRACT_FRAMES_INVALID (dead-letter) for a body that breaks off, is empty or exceeds a bound.
 */
export function decodeBatchFrames(body: Uint8Array): readonly BatchFrame[] {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const frames: BatchFrame[] = [];
  let position = 0;
  while (position < body.length) {
    if (frames.length === BATCH_FRAMES_MAX) {
      throw framesInvalid(`A body holds at most ${BATCH_FRAMES_MAX} frames.`, position);
    }
    const topicBytes = view.getUint8(position);
    const valueStart = position + HEADER_BYTES + topicBytes;
    if (valueStart > body.length) throw framesInvalid('The body breaks off in a header.', position);
    const partition = view.getUint32(valueStart - 8);
    const valueBytes = view.getUint32(valueStart - 4);
    checkBounds({ topicBytes, partition, valueBytes, position });
    if (valueStart + valueBytes > body.length)
      throw framesInvalid('The body breaks off in a message.', position);
    const topic = decodeTopic(decoder, body.subarray(position + 1, position + 1 + topicBytes), position);
    frames.push({ topic, partition, value: body.subarray(valueStart, valueStart + valueBytes) });
    position = valueStart + valueBytes;
  }
  if (frames.length === 0) throw framesInvalid('The body holds no frame.', 0);
  return frames;
}

function decodeTopic(decoder: TextDecoder, bytes: Uint8Array, position: number): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw framesInvalid("A topic's name is not UTF-8.", position);
  }
}

function checkBounds(frame: {
  readonly topicBytes: number;
  readonly partition: number;
  readonly valueBytes: number;
  readonly position: number;
}): void {
  if (frame.topicBytes < 1 || frame.topicBytes > TOPIC_BYTES_MAX) {
    throw framesInvalid(`A topic's name takes 1 to ${TOPIC_BYTES_MAX} bytes.`, frame.position);
  }
  if (!Number.isInteger(frame.partition) || frame.partition < 0 || frame.partition > PARTITION_MAX) {
    throw framesInvalid(`No partition ${frame.partition}.`, frame.position);
  }
  if (frame.valueBytes < 1 || frame.valueBytes > MESSAGE_BYTES_MAX) {
    throw framesInvalid(`A message takes 1 to ${MESSAGE_BYTES_MAX} bytes.`, frame.position);
  }
}

function framesInvalid(message: string, position: number): AppError<EventContractErrorCode> {
  return new AppError('CONTRACT_FRAMES_INVALID', message, {
    outcome: 'dead-letter',
    remedy: 'Send frames as encodeBatchFrames writes them.',
    details: { position },
  });
}
