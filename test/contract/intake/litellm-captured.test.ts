import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../attack/support/running-intake.ts';
import { USUAL } from './otlp/tellings.ts';

/**
 * Goal: what LiteLLM's proxy posts of calls to Anthropic and to OpenAI's Responses becomes events that say what the provider said.
 * `otlp/capture` made the fixtures; the events beside them are written by `-u`.
 */
const FIXTURES = new URL('litellm-fixtures/', import.meta.url);
type Event = Readonly<Record<string, unknown>>;

interface Case {
  readonly name: string;
  /** What the provider said of the calls that it answered with usage, and when the first text of a stream of Responses came. */
  readonly reported: Readonly<Record<'calls' | 'input' | 'cached' | 'output' | 'reasoning', number>> & {
    readonly first_text_ms?: number;
  };
  readonly events: readonly Event[];
}

interface Telling {
  /** How the calls of a case ended, where it is not as usual. */
  readonly ends: Readonly<Record<string, readonly string[]>>;
  /** Cases whose tokens it guesses, as many as it says. */
  readonly guesses: Readonly<Record<string, Readonly<Record<'calls' | 'input' | 'output', number>>>>;
}
const NOTHING = { calls: 0, input: 0, output: 0 };
const CLIENTS: Readonly<Record<string, Telling>> = {
  // It passes over what is no JSON, and counts the tokens of what it saw.
  'litellm-proxy-anthropic': {
    ends: { limited: ['rate_limited', 'ok'], malformed: ['ok'] },
    guesses: { malformed: { calls: 1, input: 120, output: 4 } },
  },
  // It goes on to read a stream whose caller went away, and says no more of it than of others.
  'litellm-proxy-anthropic-messages': {
    ends: { limited: ['rate_limited', 'ok'] },
    guesses: { stopped: NOTHING },
  },
  'litellm-proxy-responses': {
    ends: { limited: ['rate_limited', 'ok'] },
    guesses: { unmetered: { calls: 1, input: 15, output: 8 } },
  },
};

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ partitionCount: 1 });
});
afterAll(() => intake.stop());

/** A fixture has a service of its own, by which its events are found. */
async function casesOf(client: string): Promise<readonly Case[]> {
  const files = (await readdir(FIXTURES)).filter(
    (file) => file.startsWith(`${client}.`) && !file.endsWith('.events.json'),
  );
  const fixtures: Omit<Case, 'events'>[] = [];
  for (const file of files.sort()) {
    const fixture = JSON.parse(await readFile(new URL(file, FIXTURES), 'utf8')) as Omit<
      Case,
      'events' | 'name'
    > & { readonly requests: readonly object[] };
    for (const body of fixture.requests)
      expect((await intake.post(`/v1/litellm?service=${file}`, JSON.stringify(body))).status).toBe(200);
    fixtures.push({ name: file.split('.')[1]!, reported: fixture.reported });
  }
  const events = await intake.records('inference');
  return fixtures.map((fixture): Case => ({
    ...fixture,
    events: events
      .filter(({ service }) => service === `${client}.${fixture.name}.json`)
      .sort((one, other) => Number(one['occurred_at']) - Number(other['occurred_at'])),
  }));
}

const sumOf = (events: readonly Event[], field: string): number =>
  events.reduce((all, { [field]: value }) => all + Number(value ?? 0), 0);

/** What an event says that its kind alone does not. */
const TOLD = [
  ...['status', 'refused_by', 'error_type', 'http_status', 'operation', 'provider', 'endpoint'],
  ...['model_requested', 'model_served', 'streaming', 'ttft_ms', 'duration_ms', 'attempt', 'is_final'],
  ...['input_tokens', 'cached_input_tokens', 'cache_write_input_tokens', 'output_tokens', 'reasoning_tokens'],
  ...['cost_nano_usd', 'cost_source'],
] as const;

describe.each(Object.entries(CLIENTS))('%s', (client, { ends, guesses }) => {
  let cases: readonly Case[] = [];
  beforeAll(async () => {
    cases = await casesOf(client);
  });

  it('becomes the events that are beside its fixtures', async () => {
    expect(cases.length).toBeGreaterThanOrEqual(8);
    const told = Object.fromEntries(
      cases.map(({ name, events }) => [
        name,
        events.map((event) => Object.fromEntries(TOLD.map((field) => [field, event[field]]))),
      ]),
    );
    await expect(`${JSON.stringify(told, null, 1)}\n`).toMatchFileSnapshot(
      `litellm-fixtures/${client}.events.json`,
    );
  });

  it('counts what the provider reported, with its parts, and each call once', () => {
    for (const { name, events, reported } of cases) {
      const { calls, input, output } = guesses[name] ?? reported;
      const isAnswered = calls > 0;
      expect([name, sumOf(events, 'input_tokens'), sumOf(events, 'output_tokens')]).toEqual([
        name,
        // A stream of Anthropic's that came to no end said what it read, and LiteLLM does not say that it did.
        isAnswered ? input : 0,
        output,
      ]);
      expect([name, events.filter(({ output_tokens }) => output_tokens !== null).length]).toEqual([
        name,
        calls,
      ]);
      expect([name, sumOf(events, 'cached_input_tokens')]).toEqual([name, isAnswered ? reported.cached : 0]);
      expect([name, sumOf(events, 'reasoning_tokens')]).toEqual([name, isAnswered ? reported.reasoning : 0]);
    }
  });

  it('tells how each call ended', () => {
    for (const { name, events } of cases)
      expect([name, events.map(({ status }) => status)]).toEqual([name, ends[name] ?? USUAL[name]]);
  });

  it('has no time of a first token before the provider sent one', () => {
    for (const { name, events, reported } of cases)
      for (const { ttft_ms } of events)
        if (ttft_ms !== null)
          expect([name, Number(ttft_ms) >= (reported.first_text_ms ?? 0)]).toEqual([name, true]);
  });
});

it('keeps no text of a prompt, an answer or an error', async () => {
  const bytes = await intake.bytes('inference');
  expect(bytes.includes('litellm')).toBe(true);
  for (const kept of [bytes, Buffer.from(intake.errors)]) expect(kept.includes('CANARY')).toBe(false);
});
