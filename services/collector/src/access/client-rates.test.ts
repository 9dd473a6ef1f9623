import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClientRates } from './client-rates.ts';

/** What is let in is bounded by the rate, and whoever stays below it is never refused. */
const PER_SECOND = 50;
const BURST = 10 * PER_SECOND;
const sends = fc.array(fc.record({ afterMs: fc.nat({ max: 5_000 }), records: fc.nat({ max: 2_000 }) }), {
  maxLength: 60,
});

function startedAt(): { readonly rates: ClientRates; readonly passMs: (ms: number) => void } {
  let nowMs = 1_000;
  const rates = new ClientRates(() => nowMs);
  rates.limit([
    { name: 'a', recordsPerSecond: PER_SECOND },
    { name: 'a', recordsPerSecond: null },
    { name: 'b', recordsPerSecond: null },
  ]);
  return { rates, passMs: (ms) => (nowMs += ms) };
}

const isLetIn = (rates: ClientRates, client: string): boolean => {
  try {
    rates.check(client);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'COLLECTOR_RATE_EXCEEDED', outcome: 'retry' });
    return false;
  }
};

it('lets in no more than a burst, what flows in, and the last request', () => {
  fc.assert(
    fc.property(sends, (all) => {
      const { rates, passMs } = startedAt();
      let [taken, last, passedMs] = [0, 0, 0];
      for (const { afterMs, records } of all) {
        passMs(afterMs);
        passedMs += afterMs;
        if (!isLetIn(rates, 'a')) continue;
        expect(taken).toBeLessThan(BURST + (passedMs / 1_000) * PER_SECOND);
        rates.took('a', records);
        last = Math.max(1, records);
        taken += last;
      }
      expect(taken).toBeLessThan(BURST + (passedMs / 1_000) * PER_SECOND + Math.max(1, last));
    }),
  );
});

it('refuses nobody who waits as long as it says, or stays below the rate, or has none', () => {
  const { rates, passMs } = startedAt();
  for (let second = 0; second < 100; second += 1) {
    passMs(1_000);
    expect(isLetIn(rates, 'a')).toBe(true);
    rates.took('a', PER_SECOND);
    rates.took('b', 1e9);
    expect(isLetIn(rates, 'b')).toBe(true);
  }
  rates.took('a', BURST + 100);
  let waitS = 0;
  try {
    rates.check('a');
  } catch (error) {
    waitS = (error as { details: { retryAfterS: number } }).details.retryAfterS;
  }
  expect(waitS).toBeGreaterThan(0);
  passMs(waitS * 1_000);
  expect(isLetIn(rates, 'a')).toBe(true);
});

it('keeps what a client has left when the file changes, but for a new rate', () => {
  const { rates } = startedAt();
  rates.took('a', BURST + 1);
  rates.limit([{ name: 'a', recordsPerSecond: PER_SECOND }]);
  expect(isLetIn(rates, 'a')).toBe(false);
  rates.limit([{ name: 'a', recordsPerSecond: 2 * PER_SECOND }]);
  expect(isLetIn(rates, 'a')).toBe(true);
  rates.limit([]);
  rates.took('a', 1e9);
  expect(isLetIn(rates, 'a')).toBe(true);
});
