import { invariant, isAppError } from '@burnline/core';
import type { LogMessage, PartitionId } from '../../event-log.ts';
import { beyondEndError, expiredError } from '../../shared/checks.ts';
import type { Brokers } from '../brokers.ts';
import { gapFound, noLeader } from '../log-faults.ts';
import { CORRUPT_LOOKS } from '../records/batch-fault.ts';
import { decodeRecordSet } from '../records/decode-batches.ts';
import { errorOfCode, KAFKA_CODE } from '../wire/index.ts';

/** A single read answers at most so much, whatever is asked for; the caller reads on from there. */
const READ_BYTES_LIMIT = 16 * 1024 * 1024;

export type ReadFrom = PartitionId & { readonly fromOffset: number; readonly bytesMax: number };

/** Outside any group, as the port's `read` says, of a partition that is known. */
export async function readMessages(brokers: Brokers, from: ReadFrom): Promise<readonly LogMessage[]> {
  const { fromOffset } = from;
  invariant(Number.isSafeInteger(fromOffset) && fromOffset >= 0, `offset ${fromOffset} is a whole number`);
  invariant(from.bytesMax > 0, 'bytesMax is positive');
  const bytesMax = Math.min(from.bytesMax, READ_BYTES_LIMIT);
  for (let look = 1; ; look += 1) {
    try {
      return await brokers.retrying('a read', () => readOnce(brokers, { ...from, bytesMax }));
    } catch (error) {
      const isDamaged = isAppError(error) && error.code === 'LOG_CORRUPT';
      if (!isDamaged || look === CORRUPT_LOOKS) throw error;
    }
  }
}

async function readOnce(brokers: Brokers, from: ReadFrom): Promise<readonly LogMessage[]> {
  const { topic, partition, fromOffset, bytesMax } = from;
  await brokers.wire.topic(topic);
  const leader = brokers.wire.leaderOf(from);
  if (leader === null) throw noLeader(from);
  const wait = { waitMsMax: 0, bytesMin: 1, bytesMax };
  const [answer] = await brokers.wire.fetch(
    leader,
    [{ topic, partition, offset: fromOffset, bytesMax }],
    wait,
  );
  if (answer === undefined) throw noLeader(from);
  if (answer.errorCode === KAFKA_CODE.offsetOutOfRange || fromOffset > answer.endOffset) {
    await refuseOutside(brokers, from);
    throw noLeader(from);
  }
  const error = errorOfCode(answer.errorCode);
  if (error !== null) throw error;
  const { messages, nextOffset } = decodeRecordSet(answer.records, from);
  // An empty answer means the end, and nothing else.
  if (messages.length === 0 && nextOffset > fromOffset) {
    throw gapFound(from, { expectedOffset: fromOffset, foundOffset: nextOffset });
  }
  return cutToBytes(messages, bytesMax);
}

async function refuseOutside(brokers: Brokers, from: ReadFrom): Promise<void> {
  const [bounds] = await brokers.bounds([from]);
  if (bounds === undefined) return;
  if (from.fromOffset < bounds.startOffset) throw expiredError(from, bounds.startOffset);
  if (from.fromOffset > bounds.endOffset) throw beyondEndError(from, bounds.endOffset);
}

function cutToBytes(messages: readonly LogMessage[], bytesMax: number): readonly LogMessage[] {
  let bytes = 0;
  const end = messages.findIndex(({ value }, index) => {
    bytes += value.byteLength;
    return index > 0 && bytes > bytesMax;
  });
  return end === -1 ? messages : messages.slice(0, end);
}
