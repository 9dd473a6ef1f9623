import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorOf, EVENT } from './support/events.ts';
import { RunningIntake } from './support/running-intake.ts';

/** Goal: an intake whose log is slow takes no more than it can answer, says so, loses nothing of it, and goes on afterwards. */
const WAITING = 8;
/** Longer than anybody may wait, shorter than the log takes. */
const WAIT_MS = 6_000;
let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ appendDelayMs: 9_000 });
});
afterAll(() => intake.stop());

it('refuses what comes while requests wait for seconds, and answers those', { timeout: 60_000 }, async () => {
  const events = Array.from({ length: WAITING }, () => intake.post('/v1/events', JSON.stringify(EVENT)));
  await sleep(WAIT_MS);
  const refused = await intake.post('/v1/events', JSON.stringify(EVENT));
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect((await errorOf(refused)).code).toBe('COLLECTOR_BUSY');
  for (const answer of await Promise.all(events)) expect(answer.status).toBe(200);
  expect(await intake.ids('inference')).toHaveLength(WAITING);
  expect((await intake.post('/v1/events', JSON.stringify(EVENT))).status).toBe(200);
  expect(await intake.ids('inference')).toHaveLength(WAITING + 1);
});
