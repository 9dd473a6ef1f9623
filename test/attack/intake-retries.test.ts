import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT, errorOf } from './support/events.ts';
import { RunningIntake } from './support/running-intake.ts';

/** Goal: a request that is sent again doubles nothing, whether it had ids or not, and whether it was written in part. */
interface Taken {
  readonly accepted: number;
  readonly ids: readonly string[];
}
interface Item {
  readonly index: number;
  readonly id: string;
  readonly state: string;
}

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start();
});
afterAll(() => intake.stop());

const VERDICT = {
  inference_at: '2026-01-05T09:43:35Z',
  evaluator: 'judge',
  dimension: 'quality',
  passed: true,
  service: 'chat',
};
const takenBy = async (route: string, body: unknown, headers = {}): Promise<Taken> => {
  const answer = await intake.post(route, JSON.stringify(body), headers);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Taken;
};

describe('a request that is sent again', () => {
  const three = [EVENT, { ...EVENT, event_id: '0190b4e2-7c3a-7d1e-9f54-3b1c2a4d5e6f' }, EVENT];

  it('with an Idempotency-Key has the same ids, however it is written; those that were given stay', async () => {
    const key = { 'idempotency-key': '8e03978e-40d5-43dd-bc93-6894a57f9324' };
    const first = await takenBy('/v1/events', three, key);
    const again = await takenBy('/v1/events', three, { 'idempotency-key': `"${key['idempotency-key']}"` });
    expect(again).toEqual(first);
    expect(first.ids).toHaveLength(3);
    expect(first.ids[1]).toBe('0190b4e2-7c3a-7d1e-9f54-3b1c2a4d5e6f');
    expect(new Set(await intake.ids('inference'))).toEqual(new Set(first.ids));
    const lines = await intake.post('/v1/events', three.map((one) => JSON.stringify(one)).join('\n'), key);
    expect(await lines.json()).toEqual(first);
  });

  it('with another key, or as another kind, has other ids', async () => {
    const key = { 'idempotency-key': 'one' };
    const events = await takenBy('/v1/events', [EVENT], key);
    const verdicts = await takenBy('/v1/verdicts', [VERDICT], key);
    const others = await takenBy('/v1/events', [EVENT], { 'idempotency-key': 'other' });
    expect(new Set([...events.ids, ...verdicts.ids, ...others.ids]).size).toBe(3);
    expect(await takenBy('/v1/verdicts', [VERDICT], key)).toEqual(verdicts);
  });

  it('without either has new ids, which the answer gives', async () => {
    const [first, again] = [await takenBy('/v1/events', three), await takenBy('/v1/events', three)];
    expect(first.ids[0]).not.toBe(again.ids[0]);
    const stored = await intake.ids('inference');
    for (const id of [...first.ids, ...again.ids]) expect(stored).toContain(id);
  });

  it.each(['', ' ', 'x'.repeat(256), 'a b', 'ü'])('with the key %j is refused', async (key) => {
    const answer = await intake.post('/v1/events', JSON.stringify(EVENT), {
      'idempotency-key': Buffer.from(key).toString('latin1'),
    });
    expect(answer.status).toBe(400);
    expect((await errorOf(answer)).code).toBe('COLLECTOR_IDEMPOTENCY_KEY_INVALID');
  });
});

it('a request of which the log took a part says of each item whether it is there; sent again, nothing is doubled', async () => {
  const partly = await RunningIntake.start({ partitionCount: 3, failPartitions: [1] });
  try {
    const answer = await partly.post('/v1/events', JSON.stringify(Array.from({ length: 300 }, () => EVENT)));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    const { code, remedy, details } = await errorOf(answer);
    expect(code).toBe('COLLECTOR_PARTLY_WRITTEN');
    expect(remedy).toContain('event_id');
    const items = details['items'] as readonly Item[];
    expect(items.map(({ index }) => index)).toEqual(Array.from({ length: 300 }, (_, index) => index));
    const durable = items.filter(({ state }) => state === 'durable').map(({ id }) => id);
    const absent = items.filter(({ state }) => state === 'absent').map(({ id }) => id);
    expect(durable.length + absent.length).toBe(300);
    expect(absent.length).toBeGreaterThan(30);
    expect(new Set(await partly.ids('inference'))).toEqual(new Set(durable));
    // Those that are not there go to the same partition again, and are told as wholly absent.
    const rest = absent.map((event_id) => ({ ...EVENT, event_id }));
    const retried = await errorOf(await partly.post('/v1/events', JSON.stringify(rest)));
    expect((retried.details['items'] as readonly Item[]).every(({ state }) => state === 'absent')).toBe(true);
    expect(await partly.ids('inference')).toHaveLength(durable.length);
  } finally {
    await partly.stop();
  }
});
