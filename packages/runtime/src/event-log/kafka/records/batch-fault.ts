import type { PartitionId } from '../../event-log.ts';
import { logError, type LogError } from '../../log-errors.ts';

/** So often damaged bytes are asked for again; then what is damaged is damaged on the broker's disk. */
export const CORRUPT_LOOKS = 3;

/** What is wrong with a batch; `corruptAt` says where. */
export class BatchFault extends Error {}

export function corruptAt(
  { topic, partition, fromOffset }: PartitionId & { readonly fromOffset: number },
  cause: unknown,
): LogError {
  const what = cause instanceof BatchFault ? cause.message : `a batch that cannot be read (${String(cause)})`;
  return logError(
    'LOG_CORRUPT',
    `"${topic}" ${partition}, from offset ${fromOffset} on: the log holds ${what}.`,
    {
      remedy:
        'Nothing of it was counted or committed. Where the checksum fails, look at the disk of the partition’s leader and ' +
        'let a sound replica lead; write to this topic with LZ4, gzip or no compression only.',
      details: { topic, partition, fromOffset },
      cause,
    },
  );
}
