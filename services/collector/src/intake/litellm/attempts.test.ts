import { describe, expect, it } from 'vitest';
import { attemptsOf } from './attempts.ts';
import type { Payload } from './payload.ts';

const payloadOf = (startTime: number, over: Partial<Payload> = {}): Payload => ({
  litellm_call_id: 'call',
  status: 'failure',
  model_group: 'first',
  model_id: 'deployment-1',
  startTime,
  endTime: startTime + 1,
  ...over,
});

describe('attempts of one request in a body', () => {
  it('are in the order of their beginnings, and the last one is final', () => {
    const last = payloadOf(1_003.5, {
      status: 'success',
      model_group: 'second',
      model_id: 'deployment-3',
      stream: true,
      completionStartTime: 1_003.75,
    });
    const chain = [payloadOf(1_000), payloadOf(1_001), payloadOf(1_002, { model_id: 'deployment-2' }), last];
    const attempts = attemptsOf([...chain].reverse());
    expect(chain.map((payload) => attempts.get(payload))).toEqual(
      [
        [0, false, 0, 'none', null, null],
        [1, false, 0, 'retry', null, null],
        [2, false, 1, 'deployment', null, null],
        [3, true, 2, 'model', 4_500, 3_750],
      ].map(([attempt, is_final, fallback_depth, fallback_kind, request_elapsed_ms, request_ttft_ms]) => ({
        ...{ attempt, is_final, fallback_depth, fallback_kind, request_elapsed_ms, request_ttft_ms },
      })),
    );
  });

  it('of which all failed end with the last one', () => {
    const chain = [payloadOf(1_000), payloadOf(1_001)];
    const attempts = attemptsOf(chain);
    expect(chain.map((payload) => attempts.get(payload)?.is_final)).toEqual([false, true]);
  });

  it.each([
    ['one alone', [payloadOf(1)]],
    ['calls of their own', [payloadOf(1), payloadOf(2, { litellm_call_id: 'other' })]],
    ['a payload that is there twice', [payloadOf(1), payloadOf(1)]],
    ['what follows a success', [payloadOf(1, { status: 'success' }), payloadOf(2)]],
    ['calls without an id', [payloadOf(1, { litellm_call_id: '' }), payloadOf(2, { litellm_call_id: '' })]],
    ['calls without a beginning', [payloadOf(1), payloadOf(2, { startTime: null })]],
  ])('are not %s', (_, payloads) => {
    expect(attemptsOf(payloads).size).toBe(0);
  });
});
