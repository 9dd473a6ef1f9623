import { createPublisher } from '@burnline/publisher';
import { readEventsLookedAt, readKeptRows } from '@burnline/queries';
import { systemClock, type Store } from '@burnline/runtime';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ReplaySource } from '../replay/reader/index.ts';

/** Events of the live part: enough for several messages per partition. */
const EVENT_COUNT = 1_000;
const LOOK_MS = 50;
const LIVE = 'live';

export interface LivePartResult {
  readonly emittedCount: number;
  readonly acknowledgedCount: number;
  readonly keptCount: number;
  readonly countedCount: number;
  /** From the last `emit()` until everything was visible in both tables. */
  readonly visibleMs: number;
}

/**
 * What a running service does: emits through the publisher, now. The events are the first of a recorded file with new
 * ids and the present as their time, and say so (environment `demo-live`).
 */
export async function runLivePart(
  pipeline: Pipeline,
  source: ReplaySource,
  interrupted: AbortSignal,
): Promise<LivePartResult> {
  const stream = await pipeline.startStream(LIVE, 'live');
  const publisher = createPublisher({
    transport: {
      send: async (batches) => {
        await pipeline.log.append(batches);
      },
    },
    partitionCount: stream.partitionCount,
    service: 'demo',
    environment: 'demo-live',
  });
  let emittedCount = 0;
  for await (const records of source.records()) {
    for (const record of records) {
      if (!('event' in record) || emittedCount >= EVENT_COUNT) continue;
      publisher.emit({
        ...record.event,
        event_id: undefined,
        occurred_at: undefined,
        environment: 'demo-live',
      });
      emittedCount += 1;
    }
    if (emittedCount >= EVENT_COUNT) break;
  }
  const emittedAtMs = performance.now();
  await publisher.close();
  let [countedCount, keptCount] = [0, 0];
  while (countedCount < emittedCount || keptCount < emittedCount) {
    pipeline.supervision.check();
    interrupted.throwIfAborted();
    await systemClock.sleep(LOOK_MS);
    [countedCount, keptCount] = [
      await readEventsLookedAt(pipeline.store, LIVE),
      await keptOf(pipeline.store),
    ];
  }
  return {
    emittedCount,
    acknowledgedCount: publisher.counters().acknowledged,
    keptCount,
    countedCount,
    visibleMs: performance.now() - emittedAtMs,
  };
}

async function keptOf(store: Store): Promise<number> {
  return (await readKeptRows(store, [LIVE])).inferences;
}
