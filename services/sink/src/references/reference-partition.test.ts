import { encodeReference, uuidFromContent } from '@burnline/contracts';
import type { LogMessage } from '@burnline/runtime';
import { expect, it } from 'vitest';
import { ReferencePartition, heldBytesOf } from './reference-partition.ts';

/** What waits is bounded by bytes, and a small reference is never held for nothing. */
const partition = { topic: 't', partition: 0 };
const messageOf = (offset: number, attributes: Readonly<Record<string, string>>): LogMessage => ({
  offset,
  timestampMs: 1_000,
  value: encodeReference({
    ...{ event_id: uuidFromContent('verdict', String(offset)), judged_at: 1 },
    ...{ response_id: 'answer', span_id: null, request_id: null, trace_id: null },
    ...{ evaluator: 'judge', evaluator_version: '', kind: 'online_judge', dimension: 'quality' },
    ...{ passed: true, score: null, attributes },
  }),
});

it('holds as many bytes as the messages that wait, and none of those that are settled', () => {
  const work = new ReferencePartition(partition, { offset: 0, runningMaxMs: -1, specSetId: '' }, new Map());
  const [small, large] = [messageOf(0, {}), messageOf(1, { note: 'x'.repeat(100_000) })];
  work.apply(small);
  expect(work.held).toBeGreaterThan(small.value.byteLength);
  work.apply(large);
  expect(work.held).toBe(heldBytesOf(small) + large.value.byteLength);
  const snapshot = work.takeSnapshot()!;
  const [first, second] = snapshot.waiting;
  snapshot.settle([second!]);
  snapshot.settle([second!]);
  expect(work.held).toBe(heldBytesOf(small));
  snapshot.settle([first!]);
  expect(work.held).toBe(0);
});
