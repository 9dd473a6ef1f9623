import { isAppError } from '@burnline/core';
import type { EventLog, LogConsumer } from '../event-log/event-log.ts';
import type { Logger } from '../observability/logger.ts';
import type { ShardShare } from './shards.ts';

/** What is done with a share of the shards, from being given it until it is taken away. */
export interface Term {
  /** Throws what made the term's work fail. */
  check(): void;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

export interface ElectionOptions {
  readonly group: string;
  /** A topic that holds nothing: whoever is given a partition holds the shard of the same number. */
  readonly topic: string;
  readonly begin: (share: ShardShare) => Term;
  readonly onShare?: (share: ShardShare) => void;
}

/** How long one look at the log may wait: how soon a failed term is noticed. */
const LOOK_MS = 250;

/**
 * Elects one holder for each shard by membership in a consumer group of the log: no other system is needed, and the broker
 * gives the shards of a process that died or stalls to the others. A stalled process may go on for a moment as if it held
 * its shards; what it writes then must do no harm.
 */
export async function holdShards(
  parts: { readonly log: EventLog; readonly logger: Logger },
  options: ElectionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { group, topic, begin, onShare } = options;
  const count = (await parts.log.bounds([topic])).length;
  const consumer = await parts.log.consume({ group, topics: [topic] });
  let term: Term | null = null;
  let held: readonly number[] = [];
  try {
    while (!signal.aborted) {
      const next = await nextHeld(consumer, held);
      term?.check();
      if (next === held) continue;
      await term?.stop();
      held = next;
      parts.logger.info({ held, count }, 'the shards held here have changed');
      onShare?.({ count, held });
      term = held.length === 0 ? null : begin({ count, held });
    }
  } finally {
    try {
      await term?.stop();
    } finally {
      await consumer.close();
    }
  }
}

async function nextHeld(consumer: LogConsumer, held: readonly number[]): Promise<readonly number[]> {
  const delivery = await consumer.next(LOOK_MS).catch((error: unknown) => {
    // The topic holds nothing that could be missed.
    if (isAppError(error) && error.code === 'LOG_OFFSET_EXPIRED') return { kind: 'idle' } as const;
    throw error;
  });
  if (delivery.kind !== 'assigned' && delivery.kind !== 'revoked') return held;
  const named = new Set(delivery.partitions.map(({ partition }) => partition));
  const others = held.filter((shard) => !named.has(shard));
  return delivery.kind === 'revoked' ? others : [...others, ...named].sort((left, right) => left - right);
}
