import { isKept } from '@burnline/core';
import type { InferenceEvent } from '@burnline/core';
import { expect, it } from 'vitest';
import { createPublisher } from './publisher.ts';
import type { PublisherOptions } from './publisher-options.ts';
import { LEAST } from './testing/event-inputs.ts';
import { scriptedTransport } from './testing/scripted-transport.ts';
import type { ScriptedTransport } from './testing/scripted-transport.ts';

function publisherOf(transport: ScriptedTransport, options: Partial<PublisherOptions>) {
  const names = { partitionCount: 1, service: 'chat', environment: 'test' };
  return createPublisher({ transport, ...names, lingerMs: 1, reportIntervalMs: 0, ...options });
}

function eventsOf(transport: ScriptedTransport): readonly InferenceEvent[] {
  return transport.delivered.flatMap(({ batch }) => (batch.kind === 'inference' ? batch.records : []));
}

it('samples requests: all attempts of one stay together, each stands for as many, what is left out is not lost', async () => {
  const transport = scriptedTransport();
  const publisher = publisherOf(transport, { sampleOneIn: 4 });
  const requests = Array.from({ length: 200 }, (_, index) => `request-${index}`);
  for (const request_id of requests)
    for (const attempt of [0, 1]) publisher.emit({ ...LEAST, duration_ms: 1, request_id, attempt });
  publisher.emit({ ...LEAST, duration_ms: 1, request_id: 7 as unknown as string });
  await publisher.flush();
  const kept = requests.filter((key) => isKept(key, 4, 'publisher'));
  const sent = eventsOf(transport);
  expect(sent.map(({ request_id }) => request_id)).toEqual(kept.flatMap((id) => [id, id]));
  expect(new Set(sent.map(({ sample_weight }) => sample_weight))).toEqual(new Set([4]));
  expect(publisher.counters()).toMatchObject({
    emitted: kept.length * 2 + 1,
    acknowledged: kept.length * 2,
    sampledOut: 400 - kept.length * 2,
    droppedByReason: { invalid: 1 },
  });
});

it('multiplies a weight that an event has already, refuses one that is no number, and a rate that is no whole number', async () => {
  const transport = scriptedTransport();
  const publisher = publisherOf(transport, { sampleOneIn: 2 });
  for (let step = 0; step < 40; step += 1)
    publisher.emit({ ...LEAST, duration_ms: 1, step, sample_weight: 2.5 });
  await publisher.flush();
  expect(new Set(eventsOf(transport).map(({ sample_weight }) => sample_weight))).toEqual(new Set([5]));
  for (let step = 0; step < 40; step += 1)
    publisher.emit({ ...LEAST, duration_ms: 1, sample_weight: '3' as unknown as number });
  expect(publisher.counters().droppedByReason.invalid).toBeGreaterThan(0);
  for (const sampleOneIn of [0, 1.5, 1_000_001, Number.NaN])
    expect(() => publisherOf(transport, { sampleOneIn })).toThrow(/sampleOneIn must be/);
});
