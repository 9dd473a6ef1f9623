import { AppError, isAppError } from '@burnline/core';
import type { EventLog, PartitionAppend } from '@burnline/runtime';
import { intakeError } from './http/intake-error.ts';

/** What of a request goes to one partition. */
export interface LogPart {
  readonly append: PartitionAppend;
  /** Positions of its items in the request. */
  readonly indexes: readonly number[];
}

/**
 * What became of an item: `durable` is counted; `absent` is not in the log; `unknown` may be either, since the log did not
 * say. Sent again under the same id, none of them counts twice.
 */
type ItemState = 'durable' | 'absent' | 'unknown';

/** With these the log has taken nothing of a call. */
const NOTHING_APPENDED: ReadonlySet<string> = new Set([
  'LOG_BUSY',
  'LOG_DISK_FULL',
  'LOG_MESSAGE_TOO_LARGE',
  'LOG_PARTITION_UNKNOWN',
  'LOG_TOPIC_UNKNOWN',
  'LOG_UNWRITABLE',
]);

const REMEDY =
  'Send again what is not durable, under the ids in details.items (event_id): what is there already counts once.';

/**
 * Appends each part by itself, so that it is known of each whether it is there, and resolves once all are durable.
 *
 * Rejects with the log's own error where nothing at all was written and that is certain, else with COLLECTOR_PARTLY_WRITTEN
 * (retry). `details.items` then tells of every item of the request: its index, its id where it has one, its state.
 */
export async function appendParts(
  log: EventLog,
  parts: readonly LogPart[],
  ids: ReadonlyMap<number, string>,
): Promise<void> {
  const results = await Promise.allSettled(parts.map(({ append }) => log.append([append])));
  const failures = results.flatMap((result): readonly unknown[] =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const [first] = failures;
  if (failures.length === 0) return;
  // A fault of ours: nothing is known of the rest either.
  if (!isAppError(first)) throw first instanceof Error ? first : new Error(String(first));
  const states = parts.map((_, part) => stateOf(results[part]));
  const items = parts
    .flatMap(({ indexes }, part) =>
      indexes.map((index) => ({
        index,
        ...(ids.has(index) && { id: ids.get(index) }),
        state: states[part] ?? 'unknown',
      })),
    )
    .sort((one, other) => one.index - other.index);
  throw failure(first, states, items);
}

function stateOf(result: PromiseSettledResult<unknown> | undefined): ItemState {
  if (result?.status === 'fulfilled') return 'durable';
  const reason: unknown = result?.reason;
  return isAppError(reason) && NOTHING_APPENDED.has(reason.code) ? 'absent' : 'unknown';
}

function failure(first: AppError, states: readonly ItemState[], items: readonly object[]): AppError {
  const details = { ...first.details, items };
  if (states.every((state) => state === 'absent')) {
    const { code, message, remedy = REMEDY, outcome } = first;
    return new AppError(code, message, { remedy, outcome, details, cause: first });
  }
  return intakeError('COLLECTOR_PARTLY_WRITTEN', `The log took part of the request: ${first.message}`, {
    remedy: REMEDY,
    details: { ...details, reason: first.code },
    cause: first,
  });
}
