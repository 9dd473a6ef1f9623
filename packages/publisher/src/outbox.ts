import type { DropReason, MutableCounters } from './counters.ts';
import { deliver } from './delivery.ts';
import type { DeliveryEvents, Outgoing } from './delivery.ts';
import type { AppendResult, LaneQueue } from './lane.ts';
import type { ResolvedOptions } from './publisher-options.ts';

/**
 * Most bytes of one send. A body of a megabyte is far past the point where bytes cost more than the round trip, and
 * within every collector's limit; a larger message travels alone. Frames in a body stay far below their bound.
 */
const SEND_BYTES_MAX = 1_000_000;

/** Moves messages from the lanes to the transport: one send at a time per lane, so that its order holds. */
export interface Outbox {
  /**
   * A record was added. Its batch is cut after the linger, or when its lane is free, whichever is later; a message that is
   * ready is sent once the caller is through, so that `emit` pays for no sending.
   */
  noteAppend(result: AppendResult): void;
  /** Cuts everything and resolves when all of it is settled. Never rejects. */
  flush(): Promise<void>;
  /** Drops everything unsettled; sends under way are no longer heeded. */
  abandon(): void;
}

export interface OutboxOptions {
  readonly lanes: readonly LaneQueue[];
  readonly counters: MutableCounters;
  readonly options: ResolvedOptions;
  readonly onDrop: (drop: {
    readonly reason: DropReason;
    readonly count: number;
    readonly error: unknown;
  }) => void;
}

export function createOutbox({ lanes, counters, options, onDrop }: OutboxOptions): Outbox {
  let lingerTimer: NodeJS.Timeout | null = null;
  let isPumpDue = false;
  const overdue = new Set<LaneQueue>();
  const settlement = settlementOf(counters, onDrop);
  const delivery = {
    transport: options.transport,
    retry: options.retry,
    random: options.random,
    monotonicMs: options.monotonicMs,
    events: { ...settlement, onRetry: options.onRetry },
  };

  const pump = (): void => {
    for (;;) {
      const taken = takeWaiting(lanes);
      if (taken.length === 0) return;
      const laneOf = new Map(taken.map(({ lane, load }) => [load, lane]));
      const loads = taken.map(({ load }) => load);
      void deliver(loads, delivery, (load) => {
        const lane = laneOf.get(load);
        lane?.release();
        if (lane !== undefined && overdue.delete(lane)) lane.cut();
        pump();
      });
    }
  };
  const onLinger = (): void => {
    lingerTimer = null;
    for (const lane of lanes) {
      if (!lane.hasOpenBatch) continue;
      // A busy lane's batch may as well grow until the lane is free.
      if (lane.isBusy) overdue.add(lane);
      else lane.cut();
    }
    pump();
  };
  return {
    noteAppend: (result) => {
      lingerTimer ??= setTimeout(onLinger, options.lingerMs).unref();
      if (result !== 'ready' || isPumpDue) return;
      isPumpDue = true;
      setImmediate(() => {
        isPumpDue = false;
        pump();
      });
    },
    flush: async () => {
      for (const lane of lanes) lane.cut();
      pump();
      await allSettled(lanes.flatMap((lane) => lane.outstanding()));
    },
    abandon: () => {
      if (lingerTimer !== null) clearTimeout(lingerTimer);
      for (const lane of lanes) {
        lane.cut();
        for (const message of lane.outstanding())
          settlement.onDropped(message, { reason: 'closed', error: null });
      }
    },
  };
}

function takeWaiting(
  lanes: readonly LaneQueue[],
): { lane: LaneQueue; load: NonNullable<ReturnType<LaneQueue['take']>> }[] {
  const taken = [];
  let bytesMax = SEND_BYTES_MAX;
  for (const lane of lanes) {
    const load = lane.take({ bytesMax, mustTake: taken.length === 0 });
    if (load === null) continue;
    taken.push({ lane, load });
    bytesMax -= load.messages.reduce((sum, message) => sum + message.value.length, 0);
  }
  return taken;
}

/** Counts what becomes of messages. Each is settled once; a late answer about a dropped one changes nothing. */
function settlementOf(
  counters: MutableCounters,
  onDrop: OutboxOptions['onDrop'],
): Omit<DeliveryEvents, 'onRetry'> {
  const settle = (message: Outgoing): boolean => {
    if (message.isSettled) return false;
    message.isSettled = true;
    counters.buffered -= message.recordCount;
    counters.bufferedBytes -= message.value.length;
    return true;
  };
  return {
    onSent: (messages, attempt) => {
      const count = messages.reduce((sum, message) => sum + message.recordCount, 0);
      if (attempt === 1) counters.sent += count;
      else counters.retried += count;
    },
    onAcknowledged: (message) => {
      if (!settle(message)) return;
      counters.acknowledged += message.recordCount;
      for (const done of message.waiters) done();
    },
    onDropped: (message, { reason, error }) => {
      if (!settle(message)) return;
      counters.droppedByReason[reason] += message.recordCount;
      if (message.recordCount > 0) onDrop({ reason, count: message.recordCount, error });
      for (const done of message.waiters) done();
    },
  };
}

async function allSettled(messages: readonly Outgoing[]): Promise<void> {
  // Waits may be unreferenced timers (backoff); whoever flushes wants the process to live until it is done.
  const hold = setInterval(() => undefined, 1_000);
  try {
    await Promise.all(
      messages.map((message) => new Promise<void>((resolve) => message.waiters.push(resolve))),
    );
  } finally {
    clearInterval(hold);
  }
}
