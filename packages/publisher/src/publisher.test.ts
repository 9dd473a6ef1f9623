import { partitionOf } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import type { InferenceEvent } from '@burnline/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEAST, ofBytes } from './testing/event-inputs.ts';
import type { DropNotice } from './counters.ts';
import type { RetryNotice } from './delivery.ts';
import { createPublisher } from './publisher.ts';
import type { PublisherOptions } from './publisher-options.ts';
import { scriptedTransport } from './testing/scripted-transport.ts';
import type { ScriptedTransport } from './testing/scripted-transport.ts';

const NOW_MS = 1_763_712_000_000;
const TOO_LARGE = new AppError('LOG_MESSAGE_TOO_LARGE', 'The message is too large.', {
  outcome: 'dead-letter',
});

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

function publisherOf(transport: ScriptedTransport, options: Partial<PublisherOptions> = {}) {
  return createPublisher({
    transport,
    partitionCount: 1,
    service: 'chat',
    environment: 'test',
    lingerMs: 20,
    reportIntervalMs: 0,
    random: () => 0.5,
    ...options,
  });
}

function eventsOf(transport: ScriptedTransport): readonly InferenceEvent[] {
  return transport.delivered.flatMap(({ batch }) => (batch.kind === 'inference' ? batch.records : []));
}

const stepsOf = (transport: ScriptedTransport): readonly (number | null)[] =>
  eventsOf(transport).map((event) => event.step);

function droppedOf(publisher: ReturnType<typeof publisherOf>): Record<string, number> {
  const { droppedByReason } = publisher.counters();
  return Object.fromEntries(Object.entries(droppedByReason).filter(([, count]) => count > 0));
}

describe('emit', () => {
  it('completes an event and sends it after the linger, to the partition of its id', async () => {
    const transport = scriptedTransport();
    const publisher = publisherOf(transport, { partitionCount: 8, stream: 'eu' });
    publisher.emit({ status: 'ok', duration_ms: 12.5, model_served: 'm', cost_nano_usd: 7 });
    await vi.advanceTimersByTimeAsync(19);
    expect(transport.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    const [event] = eventsOf(transport);
    expect(event).toMatchObject({
      occurred_at: NOW_MS * 1_000,
      service: 'chat',
      environment: 'test',
      status: 'ok',
      is_final: true,
      cost_nano_usd: 7,
      cost_source: 'reported',
      ttft_ms: null,
    });
    expect(transport.delivered[0]).toMatchObject({
      topic: 'burnline.eu.inference',
      partition: partitionOf(event!.event_id, 8),
    });
    expect(publisher.counters()).toMatchObject({
      emitted: 1,
      sent: 1,
      acknowledged: 1,
      buffered: 0,
      bufferedBytes: 0,
    });
  });

  it('gives every event an id of its own: UUIDs of version 7 with the time', async () => {
    const transport = scriptedTransport();
    const publisher = publisherOf(transport);
    for (let step = 0; step < 1_000; step += 1) publisher.emit({ ...LEAST, duration_ms: 1 });
    await publisher.flush();
    const ids = eventsOf(transport).map(({ event_id }) => Buffer.from(event_id).toString('hex'));
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) {
      expect(Number.parseInt(id.slice(0, 12), 16)).toBe(NOW_MS);
      expect(id).toMatch(/^.{12}7...[89ab]/);
    }
  });

  it('cuts batches by count, keeps their order and does not wait for the linger', async () => {
    const transport = scriptedTransport();
    const publisher = publisherOf(transport, { batchEventsMax: 40, lingerMs: 5_000 });
    for (let step = 0; step < 100; step += 1) publisher.emit({ ...LEAST, duration_ms: 1, step });
    await vi.advanceTimersByTimeAsync(1);
    expect(transport.delivered.map(({ batch }) => batch.records.length)).toEqual([40, 40]);
    await publisher.flush();
    expect(stepsOf(transport)).toEqual(Array.from({ length: 100 }, (_, step) => step));
  });

  it('cuts batches by bytes', async () => {
    const transport = scriptedTransport();
    const publisher = publisherOf(transport, { batchBytesMax: 131_072 });
    for (let step = 0; step < 10; step += 1)
      publisher.emit({ ...LEAST, ...ofBytes(50_000), duration_ms: 1, step });
    await publisher.flush();
    expect(transport.delivered.map(({ batch }) => batch.records.length)).toEqual([2, 2, 2, 2, 2]);
    for (const { bytes } of transport.delivered) expect(bytes).toBeLessThanOrEqual(131_072);
    expect(stepsOf(transport)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('sends all partitions of a linger together', async () => {
    const transport = scriptedTransport();
    const publisher = publisherOf(transport, { partitionCount: 4 });
    for (let step = 0; step < 200; step += 1) publisher.emit({ ...LEAST, duration_ms: 1, step });
    await publisher.flush();
    expect(transport.calls).toHaveLength(1);
    expect(transport.delivered.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
  });

  it('drops what cannot be an event, says so, and never throws', async () => {
    const notices: DropNotice[] = [];
    const transport = scriptedTransport();
    const publisher = publisherOf(transport, {
      onDrop: (notice) => {
        notices.push(notice);
        throw new Error('the service erred');
      },
    });
    publisher.emit({ ...LEAST, duration_ms: Number.NaN });
    publisher.emit({ ...LEAST, duration_ms: -1 });
    publisher.emit({} as never);
    publisher.emit(null as never);
    publisher.emit({ ...LEAST, duration_ms: 1, status: 'fine' as never });
    publisher.emit({ ...LEAST, duration_ms: 1, event_id: new Uint8Array(3) });
    publisher.emit({ ...LEAST, duration_ms: 1, request_id: 'x'.repeat(70_000) });
    publisher.emitVerdict({ evaluator: 'judge' } as never);
    publisher.emit({ ...LEAST, duration_ms: 1, step: 9 });
    await publisher.flush();
    expect(droppedOf(publisher)).toEqual({ invalid: 8 });
    expect(notices.map(({ reason, count }) => `${reason} ${count}`)).toEqual(Array(8).fill('invalid 1'));
    expect(notices[0]!.error).toMatchObject({
      code: 'PUBLISHER_EVENT_INVALID',
      details: { field: 'duration_ms' },
    });
    expect(stepsOf(transport)).toEqual([9]);
  });

  it(
    'holds its memory bound while the transport hangs, and accounts for a million events',
    { timeout: 180_000 },
    async () => {
      const transport = scriptedTransport(() => ({ isSilent: true }));
      const bufferedBytesMax = 1_000_000;
      const publisher = publisherOf(transport, { bufferedBytesMax, partitionCount: 3 });
      for (let round = 0; round < 1_000; round += 1) {
        for (let index = 0; index < 1_000; index += 1) publisher.emit({ ...LEAST, duration_ms: index });
        await vi.advanceTimersByTimeAsync(1);
        expect(publisher.counters().bufferedBytes).toBeLessThanOrEqual(bufferedBytesMax);
      }
      const { emitted, acknowledged, buffered, bufferedBytes, droppedByReason } = publisher.counters();
      expect(bufferedBytes).toBeGreaterThan(bufferedBytesMax * 0.99);
      expect(emitted).toBe(1_000_000);
      expect(acknowledged).toBe(0);
      expect(droppedByReason.buffer_full + buffered).toBe(1_000_000);
    },
  );

  it('sends verdicts to their own topic', async () => {
    const transport = scriptedTransport();
    const publisher = publisherOf(transport);
    publisher.emitVerdict({
      inference_at: NOW_MS * 1_000,
      evaluator: 'judge',
      dimension: 'quality',
      passed: false,
    });
    await publisher.flush();
    expect(transport.delivered).toMatchObject([
      {
        topic: 'burnline.live.verdicts',
        batch: { kind: 'verdict', records: [{ judged_at: NOW_MS * 1_000, passed: false, service: 'chat' }] },
      },
    ]);
  });
});

describe('a transport that fails', () => {
  it('is tried again after growing, jittered waits, and the order holds', async () => {
    const transport = scriptedTransport((call) => (call < 3 ? { error: new Error('connection reset') } : {}));
    const publisher = publisherOf(transport, { retry: { backoffMs: 100, backoffMsMax: 150 } });
    publisher.emit({ ...LEAST, duration_ms: 1, step: 0 });
    await vi.advanceTimersByTimeAsync(20);
    publisher.emit({ ...LEAST, duration_ms: 1, step: 1 });
    await vi.advanceTimersByTimeAsync(10_000);
    const waits = transport.calls.slice(1, 4).map(({ atMs }, index) => atMs - transport.calls[index]!.atMs);
    // Half (the injected random value) of 100, 150 and 150 ms.
    expect(waits).toEqual([50, 75, 75]);
    expect(stepsOf(transport)).toEqual([0, 1]);
    expect(publisher.counters()).toMatchObject({ sent: 2, retried: 3, acknowledged: 2 });
  });

  it('waits at least as long as it is asked to', async () => {
    const busy = new AppError('PUBLISHER_HTTP_UNAVAILABLE', 'busy', {
      outcome: 'retry',
      details: { retryAfterMs: 2_000 },
    });
    const transport = scriptedTransport((call) => (call === 0 ? { error: busy } : {}));
    const publisher = publisherOf(transport);
    publisher.emit({ ...LEAST, duration_ms: 1 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(transport.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(transport.delivered).toHaveLength(1);
  });

  it('is given up once it is too old, and not before', async () => {
    const notices: DropNotice[] = [];
    const transport = scriptedTransport(() => ({ error: new Error('down') }));
    const publisher = publisherOf(transport, {
      retry: { ageMsMax: 60_000 },
      onDrop: (notice) => notices.push(notice),
    });
    publisher.emit({ ...LEAST, duration_ms: 1 });
    publisher.emit({ ...LEAST, duration_ms: 1 });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(publisher.counters()).toMatchObject({ buffered: 2 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(droppedOf(publisher)).toEqual({ expired: 2 });
    expect(notices).toMatchObject([{ reason: 'expired', count: 2, error: { message: 'down' } }]);
    const { buffered, bufferedBytes, retried } = publisher.counters();
    expect([buffered, bufferedBytes, retried]).toEqual([0, 0, 2 * (transport.calls.length - 1)]);
  });

  it('for half an hour loses nothing that the buffer holds, and says that it is tried again', async () => {
    const downUntilMs = Date.now() + 1_800_000;
    const transport = scriptedTransport(() => (Date.now() < downUntilMs ? { error: new Error('down') } : {}));
    const retries: RetryNotice[] = [];
    const publisher = publisherOf(transport, {
      partitionCount: 3,
      onRetry: (notice) => {
        retries.push(notice);
        throw new Error('the service erred');
      },
    });
    for (let step = 0; step < 1_800; step += 1) {
      publisher.emit({ model_requested: 'm', status: 'ok', duration_ms: 1, step });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(publisher.counters()).toMatchObject({ emitted: 1_800, acknowledged: 1_800, buffered: 0 });
    expect(droppedOf(publisher)).toEqual({});
    expect(new Set(stepsOf(transport)).size).toBe(1_800);
    expect(retries[0]).toMatchObject({ count: 1, attempts: 1, error: { message: 'down' } });
    // Nobody is called more often than every few seconds, by any partition.
    expect(retries.length).toBeLessThan((3 * 1_800) / 2);
  });

  it('that throws at once instead of rejecting is no different', async () => {
    const transport = scriptedTransport();
    let failures = 0;
    const throwing = {
      ...transport,
      send: (batches: Parameters<typeof transport.send>[0]) => {
        if (failures++ < 2) throw new Error('thrown');
        return transport.send(batches);
      },
    };
    const publisher = publisherOf(throwing);
    publisher.emit({ ...LEAST, duration_ms: 1 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(publisher.counters()).toMatchObject({ acknowledged: 1, retried: 2 });
  });

  it('for ever at one message loses that message alone, and tries it once by itself', async () => {
    // 130 kB and more is too large for this log; three messages wait when the first send is made.
    const isTooLarge = (value: Uint8Array): boolean => value.length > 130_000;
    const transport = scriptedTransport((_, batches) =>
      batches.some(({ messages }) => messages.some(({ value }) => isTooLarge(value)))
        ? { error: TOO_LARGE }
        : {},
    );
    const publisher = publisherOf(transport, { batchEventsMax: 3 });
    for (let step = 0; step < 9; step += 1) {
      const large = ofBytes(step >= 3 && step < 6 ? 50_000 : 10);
      publisher.emit({ ...LEAST, ...large, duration_ms: 1, step });
    }
    await publisher.flush();
    expect(stepsOf(transport)).toEqual([0, 1, 2, 6, 7, 8]);
    expect(droppedOf(publisher)).toEqual({ rejected: 3 });
    expect(transport.calls).toHaveLength(4);
  });

  it('at one partition does not hold up the others', async () => {
    const transport = scriptedTransport((_, batches) =>
      batches.some(({ partition }) => partition === 1) ? { error: new Error('no leader') } : {},
    );
    const publisher = publisherOf(transport, { partitionCount: 4, retry: { ageMsMax: 30_000 } });
    for (let step = 0; step < 200; step += 1) publisher.emit({ ...LEAST, duration_ms: 1, step });
    await vi.advanceTimersByTimeAsync(500);
    expect(new Set(transport.delivered.map(({ partition }) => partition))).toEqual(new Set([0, 2, 3]));
    const toBroken = publisher.counters().buffered;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(droppedOf(publisher)).toEqual({ expired: toBroken });
  });

  it('slowly gets larger batches, one at a time per partition', async () => {
    const transport = scriptedTransport(() => ({ afterMs: 500 }));
    const publisher = publisherOf(transport);
    for (let step = 0; step < 60; step += 1) {
      publisher.emit({ ...LEAST, duration_ms: 1, step });
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(stepsOf(transport)).toEqual(Array.from({ length: 60 }, (_, step) => step));
    expect(transport.calls.length).toBeLessThanOrEqual(4);
    transport.calls.slice(1).forEach(({ atMs }, index) => {
      expect(atMs - transport.calls[index]!.atMs).toBeGreaterThanOrEqual(500);
    });
  });
});

describe('close', () => {
  it('sends what is buffered; what comes later is dropped', async () => {
    const transport = scriptedTransport(() => ({ afterMs: 100 }));
    const publisher = publisherOf(transport);
    publisher.emit({ ...LEAST, duration_ms: 1, step: 1 });
    const closed = publisher.close();
    publisher.emit({ ...LEAST, duration_ms: 1, step: 2 });
    expect(publisher.close()).toBe(closed);
    await vi.advanceTimersByTimeAsync(100);
    await closed;
    publisher.emit({ ...LEAST, duration_ms: 1, step: 3 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stepsOf(transport)).toEqual([1]);
    expect(droppedOf(publisher)).toEqual({ closed: 2 });
    expect(publisher.counters().buffered).toBe(0);
  });

  it('ends in time though the transport hangs, and accounts for the rest', async () => {
    const transport = scriptedTransport(() => ({ isSilent: true }));
    const publisher = publisherOf(transport, { reportIntervalMs: 10_000 });
    for (let step = 0; step < 250; step += 1) publisher.emit({ ...LEAST, duration_ms: 1, step });
    const closed = publisher.close({ timeoutMs: 1_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    await closed;
    expect(droppedOf(publisher)).toEqual({ closed: 250 });
    expect(publisher.counters()).toMatchObject({ buffered: 0, bufferedBytes: 0 });
  });

  it('does not count a late answer about what it has dropped', async () => {
    const transport = scriptedTransport(() => ({ afterMs: 3_000 }));
    const publisher = publisherOf(transport);
    publisher.emit({ ...LEAST, duration_ms: 1 });
    const closed = publisher.close({ timeoutMs: 1_000 });
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;
    expect(publisher.counters()).toMatchObject({ acknowledged: 0, buffered: 0, bufferedBytes: 0 });
    expect(droppedOf(publisher)).toEqual({ closed: 1 });
  });
});

describe('options', () => {
  it.each<[string, Partial<PublisherOptions>]>([
    ['no partitions', { partitionCount: 0 }],
    ['partitions that nobody tells', { partitionCount: undefined as never }],
    ['half a partition', { partitionCount: 1.5 }],
    ['too many events in a batch', { batchEventsMax: 101 }],
    ['a batch beyond a message', { batchBytesMax: 2_000_000 }],
    ['a negative linger', { lingerMs: -1 }],
    ['an age below none', { retry: { ageMsMax: -1 } }],
    ['a service that is no text', { service: undefined as never }],
  ])('with %s are refused', (_, wrong) => {
    const refused = expect.objectContaining({ code: 'PUBLISHER_OPTIONS_INVALID' }) as Error;
    expect(() => publisherOf(scriptedTransport(), wrong)).toThrow(refused);
  });

  it('with a stream name that no topic can have are refused', () => {
    const refused = expect.objectContaining({ code: 'CONTRACT_TOPIC_INVALID' }) as Error;
    expect(() => publisherOf(scriptedTransport(), { stream: 'EU west' })).toThrow(refused);
  });
});
