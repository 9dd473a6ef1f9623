import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

describe('the backlog', () => {
  let nowMs = 0;
  const refusal: unknown = expect.objectContaining({ code: 'COLLECTOR_BUSY', outcome: 'retry' });

  /** Requests that go on until they are told to end. */
  function begun(backlog: Backlog, count: number): readonly (() => Promise<void>)[] {
    return Array.from({ length: count }, () => {
      let finish = (): void => undefined;
      const done = backlog.during(
        () =>
          new Promise<void>((resolve) => {
            finish = resolve;
          }),
      );
      return () => {
        finish();
        return done;
      };
    });
  }

  it('refuses while the oldest of several has waited for too long, and no longer than that', async () => {
    nowMs = 0;
    const backlog = new Backlog(() => nowMs);
    const check = (): void => {
      backlog.check();
    };
    check();
    const [first, ...others] = begun(backlog, 8);
    nowMs = 4_999;
    check();
    const later = begun(backlog, 1);
    nowMs = 5_000;
    expect(check).toThrow(refusal);
    const failing = backlog.during(() => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(check).toThrow(refusal);
    await first!();
    expect(check).toThrow(/More is sent/);
    for (const end of others) await end();
    check();
    for (const end of later) await end();
  });

  it('refuses nobody for what a few wait for, or while others are answered in good time', async () => {
    nowMs = 0;
    const backlog = new Backlog(() => nowMs);
    const check = (): void => {
      backlog.check();
    };
    const few = begun(backlog, 7);
    nowMs = 30_000;
    check();
    const [quick, ...more] = begun(backlog, 3);
    expect(check).toThrow(refusal);
    await quick!();
    nowMs += 900;
    check();
    nowMs += 100;
    expect(check).toThrow(refusal);
    for (const end of [...few, ...more]) await end();
    check();
  });
});
