import { AppError } from '@burnline/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEAST, ofBytes } from './testing/event-inputs.ts';
import type { PublisherCounters } from './counters.ts';
import { createPublisher } from './publisher.ts';
import { scriptedTransport } from './testing/scripted-transport.ts';
import type { NetworkAnswer, ScriptedTransport } from './testing/scripted-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_763_712_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

type Action =
  | { readonly kind: 'emit'; readonly count: number; readonly textLength: number; readonly isValid: boolean }
  | { readonly kind: 'wait'; readonly durationMs: number }
  | { readonly kind: 'flush' };

const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('emit' as const),
      count: fc.integer({ min: 1, max: 150 }),
      textLength: fc.constantFrom(0, 100, 5_000, 40_000),
      isValid: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), durationMs: fc.nat({ max: 900 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'flush' as const }) },
);

const retryable = new Error('connection reset');
const permanent = new AppError('LOG_MESSAGE_TOO_LARGE', 'too large', { outcome: 'dead-letter' });
const answers: fc.Arbitrary<NetworkAnswer> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ afterMs: fc.nat({ max: 300 }) }) },
  { weight: 3, arbitrary: fc.record({ afterMs: fc.nat({ max: 50 }), error: fc.constant(retryable) }) },
  { weight: 2, arbitrary: fc.constant({ error: permanent }) },
  { weight: 1, arbitrary: fc.constant({ isSilent: true }) },
);

const BUFFERED_BYTES_MAX = 400_000;

function droppedCount({ droppedByReason }: PublisherCounters): number {
  return Object.values(droppedByReason).reduce((sum, count) => sum + count, 0);
}

function expectBalance(counters: PublisherCounters): void {
  const { emitted, acknowledged, buffered, bufferedBytes } = counters;
  expect(acknowledged + droppedCount(counters) + buffered).toBe(emitted);
  expect(bufferedBytes).toBeLessThanOrEqual(BUFFERED_BYTES_MAX);
  expect(Math.min(buffered, bufferedBytes)).toBeGreaterThanOrEqual(0);
}

/** The steps of each partition in the order of arrival. */
function stepsByPartition(transport: ScriptedTransport): ReadonlyMap<number, readonly number[]> {
  const steps = new Map<number, number[]>();
  for (const { partition, batch } of transport.delivered) {
    if (batch.kind !== 'inference') continue;
    const arrived = batch.records.map((record) => record.step!);
    steps.set(partition, [...(steps.get(partition) ?? []), ...arrived]);
  }
  return steps;
}

describe('whatever the schedule and the network', () => {
  it('emitted = acknowledged + dropped + buffered, within the bound, and partitions keep their order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(actions, { minLength: 1, maxLength: 25 }),
        fc.array(answers, { minLength: 1, maxLength: 30 }),
        async (schedule, network) => {
          const transport = scriptedTransport((call) => network[call % network.length]!);
          const publisher = createPublisher({
            transport,
            partitionCount: 3,
            service: 'chat',
            environment: 'test',
            batchBytesMax: 131_072,
            bufferedBytesMax: BUFFERED_BYTES_MAX,
            retry: { ageMsMax: 400, backoffMs: 50, backoffMsMax: 200 },
            reportIntervalMs: 700,
            random: () => 0.7,
          });
          const flushes: Promise<void>[] = [];
          let step = 0;
          for (const action of schedule) {
            if (action.kind === 'wait') await vi.advanceTimersByTimeAsync(action.durationMs);
            else if (action.kind === 'flush') flushes.push(publisher.flush());
            else {
              const large = ofBytes(action.textLength);
              for (let index = 0; index < action.count; index += 1) {
                publisher.emit({ ...LEAST, ...large, duration_ms: action.isValid ? 1 : Number.NaN, step });
                step += 1;
              }
            }
            expectBalance(publisher.counters());
          }
          const closed = publisher.close({ timeoutMs: 2_000 });
          await vi.advanceTimersByTimeAsync(2_000);
          await Promise.all([closed, ...flushes]);
          const counters = publisher.counters();
          expectBalance(counters);
          expect([counters.buffered, counters.bufferedBytes, counters.emitted]).toEqual([0, 0, step]);

          const arrived = stepsByPartition(transport);
          const arrivedCount = [...arrived.values()].reduce((sum, steps) => sum + steps.length, 0);
          expect(counters.acknowledged).toBe(arrivedCount);
          for (const steps of arrived.values()) expect(steps).toEqual(steps.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 80 },
    );
  });
});
