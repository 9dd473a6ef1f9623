import { expect, it } from 'vitest';
import { systemClock, type Clock } from '../lifecycle/clock.ts';
import { JUDGING_AGE_MS_MAX, ProgressWatch } from './progress-watch.ts';

const START_MS = Date.UTC(2026, 0, 1);
const live = { stream: 'live', shard: 0 };

function watchAt(): { watch: ProgressWatch; pass: (ms: number) => void; setClock: (ms: number) => void } {
  let [passedMs, offsetMs] = [0, 0];
  const clock: Clock = {
    ...systemClock,
    nowMs: () => START_MS + passedMs + offsetMs,
    monotonicMs: () => passedMs,
  };
  return {
    watch: new ProgressWatch(clock),
    pass: (ms) => (passedMs += ms),
    setClock: (ms) => (offsetMs += ms),
  };
}

it('names the first part that has not moved on for too long, from the moment that it is expected', async () => {
  const { watch, pass } = watchAt();
  pass(1_000_000);
  expect(watch.stalls()).toEqual([]);
  watch.expect('live', [0]);
  pass(JUDGING_AGE_MS_MAX);
  await watch.check();
  pass(1_000);
  // Nothing was evaluated, so nothing could be decided.
  expect(watch.stalls()).toEqual(['the evaluation of live, shard 0, is 61 s old']);
  await expect(watch.check()).rejects.toThrow('the evaluation of live, shard 0, is 61 s old');
  watch.reached('evaluation', live, START_MS + 1_061_000);
  expect(watch.stalls()).toEqual(['the decision of live, shard 0, is 61 s old']);
  watch.reached('decision', live, START_MS + 1_061_000);
  await watch.check();
  watch.forget('live', [0]);
  pass(1_000_000);
  expect(watch.ages()).toEqual([]);
});

it('takes no repetition for progress, and what is judged late for as old as it is', () => {
  const { watch, pass } = watchAt();
  watch.expect('live', [0]);
  for (let second = 0; second <= 61; second += 1) {
    watch.reached('evaluation', live, START_MS);
    watch.reached('decision', live, START_MS - 3_600_000 + second * 1_000);
    pass(1_000);
  }
  expect(watch.stalls()[0]).toBe('the evaluation of live, shard 0, is 62 s old');
  watch.reached('evaluation', live, START_MS + 62_000);
  expect(watch.stalls()).toEqual(['the decision of live, shard 0, is 3601 s old']);
});

it('sees a stall while the wall clock stands an hour before what was judged', () => {
  const { watch, pass, setClock } = watchAt();
  watch.expect('live', [0]);
  for (const part of ['evaluation', 'decision'] as const) watch.reached(part, live, START_MS);
  setClock(-3_600_000);
  pass(30_000);
  expect(watch.stalls()).toEqual([]);
  pass(31_000);
  expect(watch.stalls()).toEqual(['the evaluation of live, shard 0, is 61 s old']);
});
