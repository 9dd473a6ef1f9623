import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorOf, EVENT } from './support/events.ts';
import { RunningIntake } from './support/running-intake.ts';

/** Goal: an intake whose log is slow takes no more than it can answer, says so, loses nothing of it, and goes on afterwards. */
let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ appendDelayMs: 7_000 });
});
afterAll(() => intake.stop());

it('refuses what comes while requests wait for seconds, and answers those', { timeout: 40_000 }, async () => {
  const first = intake.post('/v1/events', JSON.stringify(EVENT));
  let refused: Response | undefined;
  await expect
    .poll(
      async () => {
        refused = await intake.post('/v1/events', '[]');
        return refused.status;
      },
      { timeout: 20_000, interval: 250 },
    )
    .toBe(503);
  expect(refused!.headers.get('retry-after')).toBe('2');
  expect((await errorOf(refused!)).code).toBe('COLLECTOR_BUSY');
  expect((await first).status).toBe(200);
  expect(await intake.ids('inference')).toHaveLength(1);
  expect((await intake.post('/v1/events', JSON.stringify(EVENT))).status).toBe(200);
  expect(await intake.ids('inference')).toHaveLength(2);
});
