import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';

/**
 * Goal: what real clients send of calls to a provider that answers, streams, fails, falls silent, breaks off, brings what is no JSON
 * and is not heard out becomes events, each call counted once. `capture/` made the fixtures; the events beside them are
 * written by `-u`.
 */
const FIXTURES = new URL('fixtures/', import.meta.url);
const CANARY = 'CANARY';
/** What a stream becomes that broke off, fell silent and was no JSON; null: nothing is exported. */
const FAILED: Readonly<Record<string, readonly [string | null, string | null, string | null]>> = {
  'ai-sdk-5': [null, null, 'error'],
  'ai-sdk-6': [null, null, 'error'],
  'ai-sdk-7': ['error', 'error', 'error'],
  // It says of none how it ended.
  langfuse: ['cancelled', 'cancelled', 'cancelled'],
  litellm: ['error', 'timeout', null],
  'litellm-proxy': ['error', 'timeout', 'error'],
  openinference: ['error', 'timeout', 'error'],
  'openinference-langchain': ['error', 'timeout', 'error'],
  'openinference-anthropic': ['error', 'timeout', 'error'],
  // It says nothing of a line that broke: its span is that of a caller who stopped.
  openllmetry: ['cancelled', 'cancelled', 'cancelled'],
  // Of OpenAI it exports calls that came to their end alone.
  'openllmetry-js': [null, null, null],
  'openllmetry-js-anthropic': ['error', 'error', 'error'],
  // With a client that makes no spans of its own.
  'openllmetry-js-anthropic-alone': ['error', 'error', 'error'],
  'openllmetry-anthropic': ['error', 'timeout', 'error'],
  openlit: [null, null, null],
  'openlit-anthropic': [null, null, null],
  'otel-anthropic': ['error', 'timeout', 'error'],
  'otel-js': [null, null, null],
  'otel-python': ['error', 'timeout', 'error'],
  'otel-python-v2': ['error', 'timeout', 'error'],
};
const CLIENTS = Object.keys(FAILED);
/** They say nothing of cached tokens, of calls in one piece. */
const TELL_NO_CACHED: ReadonlySet<string> = new Set([
  'ai-sdk-5',
  'litellm',
  'litellm-proxy',
  'openllmetry-js',
  'otel-js',
  'otel-python-v2',
]);
/** Cases of which a client says no tokens, though the provider reported some. */
const TELL_NO_TOKENS: Readonly<Record<string, readonly string[]>> = {
  // It leaves the usage of streams out.
  'openllmetry-js': ['streamed'],
  // It says what a stream used at its end.
  'openllmetry-js-anthropic-alone': ['cut', 'malformed', 'stalled', 'stopped'],
  'openlit-anthropic': ['cut', 'malformed', 'stalled', 'stopped'],
};
type Told = Readonly<Record<'calls' | 'input' | 'output', number>>;
/** Tokens that a client guesses, though the provider reported none, and that nothing tells from others. */
const GUESSES: Readonly<Record<string, Readonly<Record<string, Told>>>> = {
  'litellm-proxy': { stopped: { calls: 1, input: 15, output: 5 } },
};
/** A call that its caller stopped looks as any other. */
const TELL_NO_STOP: ReadonlySet<string> = new Set(['litellm-proxy', 'otel-python-v2']);
/** They tell of each attempt, the others of the call with its attempts. */
const ATTEMPTS: Readonly<Record<string, readonly string[]>> = {
  'ai-sdk-5': ['error', 'ok'],
  'ai-sdk-6': ['error', 'ok'],
  'litellm-proxy': ['rate_limited', 'ok'],
};
/** They export no call that failed. */
const TELL_NO_FAILURES: ReadonlySet<string> = new Set(['openllmetry-js']);
/** Their texts are in logs. */
const TELL_NO_TEXTS: ReadonlySet<string> = new Set(['otel-js', 'otel-python-v2']);

interface Fixture {
  /** Of the packages of the client. */
  readonly versions: Readonly<Record<string, string>>;
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

/** Records that were read. */
let seenCount = 0;

/** What the log has after `post` that it had not before. */
async function added(post: () => Promise<void>): Promise<readonly Record_[]> {
  await post();
  const records = (await intake.records('inference')).slice(seenCount);
  seenCount += records.length;
  return records;
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
      expect(Object.values(fixture.versions).join()).toMatch(/\d/);
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
      const caseName = name.split('.')[1]!;
      const isTold = TELL_NO_TOKENS[client]?.includes(caseName) !== true;
      const told = GUESSES[client]?.[caseName] ?? (isTold ? reported : { calls: 0, input: 0, output: 0 });
      expect({ name, input: sum('input_tokens'), output: sum('output_tokens') }).toEqual({
        name,
        input: told.input,
        output: told.output,
      });
      const cached = TELL_NO_CACHED.has(client) ? 0 : reported.cached;
      expect([sum('cached_input_tokens'), name]).toEqual([cached, name]);
      expect(events.filter(({ output_tokens }) => output_tokens !== null)).toHaveLength(told.calls);
      expect(new Set(events.map(({ trust }) => trust))).not.toContain('aggregate');
    }
  });

  it('tells how each call ended', async () => {
    const statuses = async (name: string): Promise<readonly unknown[]> => {
      const file = `${client}.${name}.json`;
      return files.includes(file) ? (await inJson(await fixtureOf(file))).map(({ status }) => status) : [];
    };
    for (const name of ['whole', 'streamed', 'cached'])
      expect([name, await statuses(name)]).toEqual([name, ['ok']]);
    // Anthropic's streams always tell what they used.
    expect(await statuses('unmetered')).toEqual(client.includes('anthropic') ? [] : ['ok']);
    expect(await statuses('limited')).toEqual(ATTEMPTS[client] ?? ['ok']);
    expect(await statuses('tools')).toEqual(['ok', 'ok']);
    expect(await statuses('broken')).toEqual(TELL_NO_FAILURES.has(client) ? [] : ['error']);
    for (const status of await statuses('stopped'))
      expect(status).toBe(TELL_NO_STOP.has(client) ? 'ok' : 'cancelled');
    const failed = [await statuses('cut'), await statuses('stalled'), await statuses('malformed')];
    expect(failed).toEqual(FAILED[client]!.map((status) => (status === null ? [] : [status])));
  });
});

it('no text of a prompt, an answer, a tool or an error is kept, logged or counted', async () => {
  for (const client of CLIENTS.filter((name) => !TELL_NO_TEXTS.has(name)))
    expect([client, await readFile(new URL(`${client}.tools.json`, FIXTURES), 'utf8')]).toEqual([
      client,
      expect.stringContaining(CANARY) as string,
    ]);
  const bytes = await intake.bytes('inference');
  expect(bytes.includes('gen_ai')).toBe(true);
  for (const kept of [bytes, Buffer.from(intake.errors)]) expect(kept.includes(CANARY)).toBe(false);
});
