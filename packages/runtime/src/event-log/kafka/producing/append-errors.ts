import type { PartitionId } from '../../event-log.ts';
import { logError, type LogError } from '../../log-errors.ts';

export function tooLarge({ topic, partition }: PartitionId, cause: unknown): LogError {
  return logError('LOG_MESSAGE_TOO_LARGE', `The broker refused a batch for "${topic}" as too large.`, {
    outcome: 'dead-letter',
    remedy: 'Send smaller batches, or raise messageBytesMax of the topic (and the broker’s own limit).',
    details: { topic, partition },
    cause,
  });
}

export function notEncoded({ topic, partition }: PartitionId, cause: unknown): LogError {
  return logError(
    'LOG_WRITE_FAILED',
    `Messages for "${topic}" ${partition} cannot be encoded: ${String(cause)}.`,
    {
      remedy: 'Look at the timestamps and sizes of the messages; what follows in the partition is sent.',
      details: { topic, partition },
      cause,
    },
  );
}

export function unanswered({ topic, partition }: PartitionId): LogError {
  return logError('LOG_UNREACHABLE', `The broker's answer leaves out "${topic}" ${partition}.`, {
    outcome: 'retry',
    remedy: 'Send again.',
    details: { topic, partition },
  });
}
