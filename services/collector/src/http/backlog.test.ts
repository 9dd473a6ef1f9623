import { expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

it('refuses while the oldest request has waited for too long, and no longer than that', async () => {
  let nowMs = 0;
  const backlog = new Backlog(() => nowMs);
  const finishing: (() => void)[] = [];
  const begin = (): Promise<void> =>
    backlog.during(() => new Promise<void>((resolve) => finishing.push(resolve)));
  backlog.check();
  const first = begin();
  nowMs = 4_000;
  const second = begin();
  backlog.check();
  nowMs = 5_000;
  expect(() => {
    backlog.check();
  }).toThrow(expect.objectContaining({ code: 'COLLECTOR_BUSY', outcome: 'retry' }));
  finishing[0]!();
  await first;
  backlog.check();
  nowMs = 9_000;
  expect(() => {
    backlog.check();
  }).toThrow(/More is sent/);
  const failing = backlog.during(() => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  finishing[1]!();
  await second;
  backlog.check();
});
