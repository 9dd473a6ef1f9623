import type { SourceReport } from '@burnline/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEAST } from './testing/event-inputs.ts';
import { createPublisher } from './publisher.ts';
import { scriptedTransport } from './testing/scripted-transport.ts';
import type { ScriptedTransport } from './testing/scripted-transport.ts';

const NOW_MS = 1_763_712_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

function reportsOf(transport: ScriptedTransport): readonly SourceReport[] {
  return transport.delivered.flatMap(({ batch }) => (batch.kind === 'report' ? batch.records : []));
}

const options = {
  partitionCount: 4,
  service: 'chat',
  environment: 'test',
  instance: 'chat-1',
  random: () => 0.5,
};

describe('source reports', () => {
  it('say what happened in each interval, without gaps, and that the last one is the last', async () => {
    const transport = scriptedTransport((call) => (call === 0 ? { error: new Error('reset') } : {}));
    const publisher = createPublisher({ ...options, transport });
    for (let step = 0; step < 5; step += 1) publisher.emit({ ...LEAST, duration_ms: 1 });
    publisher.emit({ ...LEAST, duration_ms: -1 });
    await vi.advanceTimersByTimeAsync(25_000);
    publisher.emit({ ...LEAST, duration_ms: 1 });
    const closed = publisher.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;
    const reports = reportsOf(transport);
    expect(reports).toMatchObject([
      {
        instance: 'chat-1',
        service: 'chat',
        environment: 'test',
        interval_start: NOW_MS * 1_000,
        is_final: false,
        emitted_count: 6,
        acknowledged_count: 5,
        retried_count: 5,
        dropped_by_reason: { invalid: 1 },
      },
      { is_final: false, emitted_count: 0, acknowledged_count: 0, dropped_by_reason: {} },
      { is_final: true, emitted_count: 1, acknowledged_count: 1 },
    ]);
    for (const [index, report] of reports.slice(1).entries()) {
      expect(report.interval_start).toBe(reports[index]!.interval_end);
    }
    const partitions = transport.delivered.filter(({ batch }) => batch.kind === 'report');
    expect(new Set(partitions.map(({ topic, partition }) => `${topic} ${partition}`)).size).toBe(1);
    expect(partitions[0]!.topic).toBe('burnline.live.reports');
  });

  it('that found no room lose nothing: the next one covers their interval', async () => {
    let isDown = true;
    const transport = scriptedTransport(() => (isDown ? { error: new Error('down') } : {}));
    const publisher = createPublisher({
      ...options,
      transport,
      bufferedBytesMax: 65_536,
      retry: { backoffMs: 1_000, backoffMsMax: 1_000 },
    });
    for (let index = 0; index < 2_000; index += 1) publisher.emit({ ...LEAST, duration_ms: 1 });
    await vi.advanceTimersByTimeAsync(35_000);
    isDown = false;
    await vi.advanceTimersByTimeAsync(15_000);
    const closed = publisher.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;
    const reports = reportsOf(transport);
    expect(reports[0]!.interval_start).toBe(NOW_MS * 1_000);
    const sum = (count: (report: SourceReport) => number): number =>
      reports.reduce((total, report) => total + count(report), 0);
    const { emitted, acknowledged, retried, droppedByReason } = publisher.counters();
    expect(sum((report) => report.emitted_count)).toBe(emitted);
    expect(sum((report) => report.acknowledged_count)).toBe(acknowledged);
    expect(sum((report) => report.retried_count)).toBe(retried);
    expect(sum((report) => report.dropped_by_reason['buffer_full'] ?? 0)).toBe(droppedByReason.buffer_full);
    expect(droppedByReason.buffer_full).toBeGreaterThan(0);
  });

  it('are not counted as events', async () => {
    const transport = scriptedTransport();
    const publisher = createPublisher({ ...options, transport });
    await vi.advanceTimersByTimeAsync(30_100);
    expect(reportsOf(transport)).toHaveLength(3);
    expect(publisher.counters()).toMatchObject({ emitted: 0, sent: 0, acknowledged: 0, buffered: 0 });
  });

  it('can be turned off, the last one too', async () => {
    const transport = scriptedTransport();
    const publisher = createPublisher({ ...options, transport, reportIntervalMs: 0 });
    await vi.advanceTimersByTimeAsync(60_000);
    const closed = publisher.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;
    expect(transport.calls).toHaveLength(0);
  });
});
