import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT, errorOf } from './support/events.ts';
import { RunningIntake } from './support/running-intake.ts';

/** Goal: no body holds the process: others are answered meanwhile, and it ends when it is told to. */
/** What a turn of work may take on a machine that does other things as well; such bodies held it for 8 s and more. */
const DELAY_MS_MAX = 1_500;

const misnamed = (index: number): object => ({
  servicee: 'chat',
  modelRequested: `m${index}`,
  statuss: 'ok',
  durationMs: 12,
  [`inputtokens_${index}`]: 5,
});
const BODIES: Readonly<Record<string, () => string>> = {
  '1,000 events with five misnamed fields each': () =>
    JSON.stringify(Array.from({ length: 1_000 }, (_, index) => misnamed(index))),
  '40,000 unknown keys in one event': () =>
    JSON.stringify({
      ...EVENT,
      ...Object.fromEntries(Array.from({ length: 40_000 }, (_, key) => [`key_${key}`, 0])),
    }),
  '6.6 MB of unknown keys, in records of what is allowed': () => {
    const keys = Array.from({ length: 3_000 }, (_, key) => [`unknown_${key}`, key]);
    const record = JSON.stringify({ ...EVENT, ...Object.fromEntries(keys) });
    return `[${Array.from({ length: Math.floor(6.6e6 / record.length) }, () => record).join(',')}]`;
  },
  '10,000 records that are no objects': () =>
    JSON.stringify(Array.from({ length: 10_000 }, (_, index) => index)),
  '8 MiB of brackets': () => '['.repeat(8 * 1024 * 1024),
  '8 MiB of a text that does not end': () => `{"service":"${'x'.repeat(8 * 1024 * 1024 - 20)}`,
  '8 MiB of commas': () => `[${','.repeat(8 * 1024 * 1024 - 2)}]`,
  '8 MiB of line ends': () => '\n'.repeat(8 * 1024 * 1024),
};

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start();
});
afterAll(() => intake.stop());

describe('a body that makes work', () => {
  it.each(Object.keys(BODIES))('%s is refused, and holds nobody up', async (name) => {
    const body = BODIES[name]!();
    await intake.post('/v1/events', JSON.stringify(EVENT));
    await intake.longestDelayMs();
    const bad = intake.post('/v1/events', body);
    await sleep(20);
    const good = await intake.post('/v1/events', JSON.stringify(EVENT));
    expect(good.status).toBe(200);
    const refused = await bad;
    expect(refused.status).toBe(400);
    const error = await errorOf(refused);
    expect(error.code).toBe('COLLECTOR_RECORDS_INVALID');
    expect(JSON.stringify(error).length).toBeLessThan(512 * 1024);
    expect(await intake.longestDelayMs()).toBeLessThan(DELAY_MS_MAX);
  });

  it('and eight of them at once hold up nobody either', async () => {
    const body = BODIES['1,000 events with five misnamed fields each']!();
    await intake.longestDelayMs();
    const all = Array.from({ length: 8 }, () => intake.post('/v1/events', body));
    const good = await intake.post('/v1/events', JSON.stringify(EVENT));
    expect(good.status).toBe(200);
    for (const one of await Promise.all(all)) expect(one.status).toBe(400);
    expect(await intake.longestDelayMs()).toBeLessThan(DELAY_MS_MAX);
  });

  it('tells every record that is wrong, in one shape whatever the form', async () => {
    const wrong = { ...EVENT, durationms: 4, duration_ms: -1 };
    const records = [EVENT, wrong, EVENT, 'text'].map((record) => JSON.stringify(record));
    const forms = [`[${records.join(',')}]`, records.join('\n')];
    const errors = await Promise.all(
      forms.map(async (body) => errorOf(await intake.post('/v1/events', body))),
    );
    expect(errors[1]).toEqual(errors[0]);
    expect(errors[0]!.details).toMatchObject({ wrongCount: 2, wrongIndexes: [1, 3], problemCount: 3 });
    expect(errors[0]!.details['problems']).toEqual([
      {
        index: 1,
        path: 'durationms',
        code: 'unknown_field',
        expected: 'no such field; did you mean duration_ms?',
        found: 'an unknown field',
      },
      {
        index: 1,
        path: 'duration_ms',
        code: 'invalid_value',
        expected: expect.any(String) as string,
        found: '-1',
      },
      { index: 3, path: '', code: 'invalid_value', expected: 'a JSON object', found: '"text"' },
    ]);
    const broken = await errorOf(await intake.post('/v1/events', `[${records[0]!},{"a":]`));
    expect(broken.details['problems']).toMatchObject([{ index: 1, code: 'not_closed' }]);
  });
});

it('a process with bad bodies under way ends in order when it is told to', async () => {
  const other = await RunningIntake.start();
  const body = BODIES['1,000 events with five misnamed fields each']!();
  const all = Array.from({ length: 30 }, () => other.post('/v1/events', body).catch(() => null));
  await sleep(50);
  const startMs = performance.now();
  await other.stop();
  expect(performance.now() - startMs).toBeLessThan(10_000);
  for (const answer of await Promise.all(all))
    if (answer !== null) expect([400, 503]).toContain(answer.status);
  expect(other.child.exitCode).not.toBeNull();
});
