import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';
import { TELLINGS, USUAL, type Telling } from './tellings.ts';

/**
 * Goal: what real clients send of calls to a provider that answers, streams, fails, falls silent, breaks off, brings what is no JSON
 * and is not heard out becomes events, each call counted once. `capture/` made the fixtures; the events beside them are
 * written by `-u`.
 */
const FIXTURES = new URL('fixtures/', import.meta.url);
const CANARY = 'CANARY';
interface Fixture {
  /** Of the packages of the client. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the provider said of the calls that it answered with usage. */
  readonly reported: Readonly<Record<'calls' | 'input' | 'cached' | 'output' | 'reasoning', number>> & {
    /** After the call, of streams of Responses: their events begin before their text does. */
    readonly first_text_ms?: number;
  };
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

async function post(body: string | Buffer, type: string): Promise<void> {
  const answer = await intake.post('/v1/traces', body, { 'content-type': type });
  expect(answer.status).toBe(200);
  expect((await answer.arrayBuffer()).byteLength).toBe(type === 'application/json' ? 2 : 0);
}

/** Records that were read. */
let seenCount = 0;

/** What the log has that was not read before. */
async function added(): Promise<readonly Record_[]> {
  const records = (await intake.records('inference')).slice(seenCount);
  seenCount += records.length;
  return records;
}

/** A fixture's name without its client, and what it became in either encoding. */
interface Case extends Fixture {
  readonly name: string;
  readonly events: readonly Record_[];
  readonly ofProtobuf: readonly Record_[];
}

/** All cases of a client, each of which has traces of its own: the log is read once for each encoding. */
async function casesOf(client: string): Promise<readonly Case[]> {
  const fixtures = await Promise.all(
    files
      .filter((name) => name.startsWith(`${client}.`))
      .map(async (file) => ({ name: file.split('.')[1]!, ...(await fixtureOf(file)) })),
  );
  const requests = fixtures.flatMap((fixture) => fixture.requests);
  for (const { json } of requests) await post(JSON.stringify(json), 'application/json');
  const ofJson = await added();
  for (const { protobuf } of requests) await post(Buffer.from(protobuf, 'base64'), 'application/x-protobuf');
  const ofProtobuf = await added();
  const cases = fixtures.map((fixture): Case => {
    const traces = new Set(JSON.stringify(fixture.requests).match(/(?<="traceId":")[0-9a-f]{32}/g));
    const own = (events: readonly Record_[]): readonly Record_[] =>
      events.filter(({ trace_id }) => traces.has(String(trace_id)));
    return { ...fixture, events: own(ofJson), ofProtobuf: own(ofProtobuf) };
  });
  expect(cases.flatMap(({ events }) => events)).toHaveLength(ofJson.length);
  return cases;
}

/** Without what nobody stated. */
const stated = (event: Record_): Record_ =>
  Object.fromEntries(
    Object.entries(event).filter(
      ([, value]) =>
        !(value === null || value === '' || value === false || value === 'none') &&
        !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  );

describe.each(Object.entries(TELLINGS))('%s', (client, telling) => {
  let cases: readonly Case[] = [];
  beforeAll(async () => {
    cases = await casesOf(client);
  });

  it('becomes the events that are beside its fixtures, in either encoding', async () => {
    expect(cases.length).toBeGreaterThanOrEqual(8);
    for (const { versions, events, ofProtobuf } of cases) {
      expect(Object.values(versions).join()).toMatch(/\d/);
      expect(ofProtobuf).toEqual(events);
    }
    const events = Object.fromEntries(cases.map((one) => [one.name, one.events.map(stated)]));
    await expect(`${JSON.stringify(events, null, 1)}\n`).toMatchFileSnapshot(
      `fixtures/${client}.events.json`,
    );
  });

  it.each(['input', 'output'] as const)('counts the %s tokens that the provider reported', (kind) => {
    for (const { name, events, reported } of cases)
      expect([name, sumOf(events, `${kind}_tokens`)]).toEqual([name, toldOf(telling, name, reported)[kind]]);
  });

  it('counts each call once, with its cached tokens', () => {
    for (const { name, events, reported } of cases) {
      const cached = telling.tellsNoCached === true ? 0 : reported.cached;
      expect([name, sumOf(events, 'cached_input_tokens')]).toEqual([name, cached]);
      const withOutput = events.filter(({ output_tokens }) => output_tokens !== null);
      expect([name, withOutput.length]).toEqual([name, toldOf(telling, name, reported).calls]);
      expect(events.map(({ trust }) => trust)).not.toContain('aggregate');
    }
  });

  it('tells how each call ended', () => {
    for (const { name, events } of cases)
      expect([name, events.map(({ status }) => status)]).toEqual([name, telling.ends?.[name] ?? USUAL[name]]);
  });

  it('has no time of a first token before the provider sent one', () => {
    const times = cases.flatMap(({ name, events, reported: { first_text_ms = 0 } }) =>
      events.flatMap(({ ttft_ms }) =>
        ttft_ms === null ? [] : [{ name, ms: Number(ttft_ms), first_text_ms }],
      ),
    );
    expect(times.filter(({ ms, first_text_ms }) => ms < first_text_ms)).toEqual([]);
    if (client.endsWith('-responses')) expect(times.length > 0).toBe(telling.tellsFirstToken === true);
  });
});

const sumOf = (events: readonly Record_[], field: string): number =>
  events.reduce((all, { [field]: value }) => all + Number(value ?? 0), 0);

/** What a client tells of the calls that the provider answered. */
function toldOf(
  { guesses, tellsNoTokens }: Telling,
  name: string,
  reported: Fixture['reported'],
): Readonly<Record<'calls' | 'input' | 'output', number>> {
  const isTold = tellsNoTokens?.includes(name) !== true;
  return guesses?.[name] ?? (isTold ? reported : { calls: 0, input: 0, output: 0 });
}

it('no text of a prompt, an answer, a tool or an error is kept, logged or counted', async () => {
  const withTexts = Object.entries(TELLINGS).filter(([, { tellsNoTexts }]) => tellsNoTexts !== true);
  for (const [client] of withTexts)
    expect([client, await readFile(new URL(`${client}.tools.json`, FIXTURES), 'utf8')]).toEqual([
      client,
      expect.stringContaining(CANARY) as string,
    ]);
  const bytes = await intake.bytes('inference');
  expect(bytes.includes('gen_ai')).toBe(true);
  for (const kept of [bytes, Buffer.from(intake.errors)]) expect(kept.includes(CANARY)).toBe(false);
});
