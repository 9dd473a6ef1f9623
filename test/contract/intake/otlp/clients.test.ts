import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';

/**
 * Goal: what real clients send of calls to a provider that answers, streams, fails, breaks off and is not heard out becomes
 * events, each call counted once. `capture/` made the fixtures; the events beside them are written by `-u`.
 */
const FIXTURES = new URL('fixtures/', import.meta.url);
const CANARY = 'CANARY';
const CLIENTS = ['otel-python', 'openllmetry', 'openinference', 'ai-sdk-7', 'ai-sdk-6'];

interface Fixture {
  /** What the provider said of the calls that it answered with usage. */
  readonly reported: Readonly<Record<'calls' | 'input' | 'cached' | 'output' | 'reasoning', number>>;
  readonly requests: readonly { readonly protobuf: string; readonly json: object }[];
}
type Record_ = Readonly<Record<string, unknown>>;

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ partitionCount: 1 });
});
afterAll(() => intake.stop());

const files = (await readdir(FIXTURES)).filter((name) => !name.endsWith('.events.json')).sort();
const fixtureOf = async (name: string): Promise<Fixture> =>
  JSON.parse(await readFile(new URL(name, FIXTURES), 'utf8')) as Fixture;

/** What the log has after `post` that it had not before. */
async function added(post: () => Promise<void>): Promise<readonly Record_[]> {
  const before = (await intake.records('inference')).length;
  await post();
  return (await intake.records('inference')).slice(before);
}

async function postAll(bodies: readonly (string | Buffer)[], type: string): Promise<void> {
  for (const body of bodies) {
    const answer = await intake.post('/v1/traces', body, { 'content-type': type });
    expect(answer.status).toBe(200);
    expect((await answer.arrayBuffer()).byteLength).toBe(type === 'application/json' ? 2 : 0);
  }
}

const inJson = (fixture: Fixture): Promise<readonly Record_[]> =>
  added(() =>
    postAll(
      fixture.requests.map(({ json }) => JSON.stringify(json)),
      'application/json',
    ),
  );
const inProtobuf = (fixture: Fixture): Promise<readonly Record_[]> =>
  added(() =>
    postAll(
      fixture.requests.map(({ protobuf }) => Buffer.from(protobuf, 'base64')),
      'application/x-protobuf',
    ),
  );

/** Without what nobody stated. */
const stated = (event: Record_): Record_ =>
  Object.fromEntries(
    Object.entries(event).filter(
      ([, value]) =>
        !(value === null || value === '' || value === false || value === 'none') &&
        !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  );

describe.each(CLIENTS)('%s', (client) => {
  const own = files.filter((name) => name.startsWith(`${client}.`));

  it('becomes the events that are beside its fixtures, in either encoding', async () => {
    expect(own.length).toBeGreaterThanOrEqual(8);
    const events: Record<string, readonly Record_[]> = {};
    for (const name of own) {
      const fixture = await fixtureOf(name);
      const ofJson = await inJson(fixture);
      expect(await inProtobuf(fixture)).toEqual(ofJson);
      events[name.split('.')[1]!] = ofJson.map(stated);
    }
    await expect(`${JSON.stringify(events, null, 1)}\n`).toMatchFileSnapshot(
      `fixtures/${client}.events.json`,
    );
  });

  it('counts the tokens that the provider reported, and each call once', async () => {
    for (const name of own) {
      const fixture = await fixtureOf(name);
      const events = await inJson(fixture);
      const sum = (field: string): number =>
        events.reduce((all, { [field]: value }) => all + Number(value ?? 0), 0);
      const { reported } = fixture;
      expect({ name, input: sum('input_tokens'), output: sum('output_tokens') }).toEqual({
        name,
        input: reported.input,
        output: reported.output,
      });
      expect([sum('cached_input_tokens'), name]).toEqual([reported.cached, name]);
      expect(events.filter(({ input_tokens }) => input_tokens !== null)).toHaveLength(reported.calls);
      expect(new Set(events.map(({ trust }) => trust))).not.toContain('aggregate');
    }
  });

  it('tells how each call ended', async () => {
    const statuses = async (name: string): Promise<readonly unknown[]> =>
      (await inJson(await fixtureOf(`${client}.${name}.json`))).map(({ status }) => status);
    for (const name of ['whole', 'streamed', 'unmetered', 'cached'])
      expect([name, await statuses(name)]).toEqual([name, ['ok']]);
    // AI SDK 6 tells of each attempt, the others of the call with its attempts.
    expect(await statuses('limited')).toEqual(client === 'ai-sdk-6' ? ['error', 'ok'] : ['ok']);
    expect(await statuses('tools')).toEqual(['ok', 'ok']);
    expect(await statuses('broken')).toEqual(['error']);
    for (const status of await statuses('stopped')) expect(status).toBe('cancelled');
    // OpenLLMetry says nothing of a line that broke: its span is that of a caller who stopped.
    for (const status of await statuses('cut'))
      expect(status).toBe(client === 'openllmetry' ? 'cancelled' : 'error');
  });
});

it('no text of a prompt, an answer, a tool or an error is kept, logged or counted', async () => {
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, FIXTURES), 'utf8')));
  for (const [index, text] of texts.entries())
    if (text.includes('spanId')) expect([files[index], text.includes(CANARY)]).toEqual([files[index], true]);
  const bytes = await intake.bytes('inference');
  expect(bytes.includes('gen_ai')).toBe(true);
  for (const kept of [bytes, Buffer.from(intake.errors)]) expect(kept.includes(CANARY)).toBe(false);
});
