import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../support/random.ts';
import { drawFrames, drawJsonBody } from './support/body-fuzz.ts';
import { drawExport, drawScores, drawVerdicts } from './support/judgement-fuzz.ts';
import { BATCHES, EVENT } from './support/events.ts';
import { fuzzRawHttp, fuzzSeconds, fuzzSeed } from './support/raw-http-fuzz.ts';
import { RunningIntake } from './support/running-intake.ts';

/**
 * Goal: nothing that comes in ends the intake, hangs it or makes it lie: what it says it took is what is in the log, no more
 * and no less. BURNLINE_FUZZ_SECONDS makes each part longer, BURNLINE_FUZZ_SEED repeats one.
 */
const SECONDS = fuzzSeconds(20);
const TIMEOUT_MS = SECONDS * 1_000 + 60_000;
const CLIENT_COUNT = 6;

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start();
});
afterAll(() => intake.stop());

async function checkAlive(): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  const answer = await fetch(`${intake.url}/ready`, { signal });
  if (answer.status !== 200) throw new Error(`/ready answers ${answer.status}`);
  await answer.text();
}

describe('raw HTTP', () => {
  const target = (...others: readonly string[]) => ({
    host: '127.0.0.1',
    port: intake.port,
    paths: ['/v1/events', '/v1/verdicts', '/v1/batches', '/live', '/ready', ...others],
    headers: ['host: localhost', 'content-type: application/json'],
    bodies: [JSON.stringify(EVENT), `[${JSON.stringify(EVENT)}]`],
  });

  it('drawn anew', { timeout: TIMEOUT_MS }, async () => {
    const options = { seconds: SECONDS, checkAlive };
    const { answerCounts, strangeAnswers } = await fuzzRawHttp(
      target('/v1/litellm?service=gateway'),
      options,
    );
    expect(strangeAnswers).toEqual([]);
    expect([...answerCounts.keys()].filter((status) => status >= 500 && status !== 503)).toEqual([]);
  });

  // Within 5,000 connections a request came behind an answer that had ended its connection.
  it('that once ended the process', { timeout: TIMEOUT_MS }, async () => {
    const options = { seconds: 12, seed: 2_721_860_640, checkAlive };
    const { connectionCount } = await fuzzRawHttp(target(), options);
    // On a busy machine they are fewer.
    expect(connectionCount).toBeGreaterThan(100);
  });
});

it('a request that names no host is refused by its own code, and one of HTTP/1.0 may leave it out', async () => {
  const answerTo = async (version: string): Promise<string> => {
    const socket = connect(intake.port, '127.0.0.1');
    socket.write(`GET /live HTTP/${version}\r\nconnection: close\r\n\r\n`);
    return text(socket);
  };
  expect(await answerTo('1.1')).toMatch(/^HTTP\/1\.1 400 [^]*COLLECTOR_HOST_MISSING/);
  expect(await answerTo('1.0')).toMatch(/^HTTP\/1\.1 200 /);
});

interface Answered {
  readonly status: number;
  readonly accepted: number;
  readonly ids: readonly string[];
}

async function send(route: string, body: Buffer, headers = {}): Promise<Answered> {
  const answer = await intake.post(route, body, headers);
  const text = await answer.text();
  if (answer.status === 200) {
    const { accepted, ids = [] } = JSON.parse(text) as { accepted: number; ids?: readonly string[] };
    return { status: 200, accepted, ids };
  }
  // Whatever is refused says why, and of what the client may read by machine.
  const { error } = JSON.parse(text) as { error: { code: string; remedy: string; details: object } };
  expect(error.code).toMatch(/^(COLLECTOR|CONTRACT)_/);
  expect(error.remedy).toBeTruthy();
  return { status: answer.status, accepted: 0, ids: [] };
}

/** Sends drawn bodies until the time is over; what was answered to each. */
async function fuzz(
  name: string,
  next: (random: () => number) => Promise<Answered>,
): Promise<readonly Answered[]> {
  const seed = fuzzSeed(name);
  const endMs = performance.now() + SECONDS * 1_000;
  const answers: Answered[] = [];
  const client = async (index: number): Promise<void> => {
    const random = randomFrom(seed + index);
    while (performance.now() < endMs) answers.push(await next(random));
  };
  await Promise.all(Array.from({ length: CLIENT_COUNT }, (_, index) => client(index)));
  return answers;
}

describe('bodies', () => {
  it('of JSON, whole and broken', { timeout: TIMEOUT_MS }, async () => {
    const before = (await intake.ids('inference')).length;
    const answers = await fuzz('JSON bodies', (random) => send('/v1/events', drawJsonBody(random)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
    const answered = answers.flatMap(({ ids }) => ids);
    expect(answered).toHaveLength(answers.reduce((sum, { accepted }) => sum + accepted, 0));
    const stored = (await intake.ids('inference')).slice();
    expect(stored).toHaveLength(before + answered.length);
    const known = new Set(stored);
    expect(answered.filter((id) => !known.has(id))).toEqual([]);
    await checkAlive();
  });

  it('of framed batches, whole and broken', { timeout: TIMEOUT_MS }, async () => {
    const countAll = async (): Promise<number> => {
      const all = [await intake.ids('inference'), await intake.ids('verdicts'), await intake.ids('reports')];
      return all.reduce((sum, ids) => sum + ids.length, 0);
    };
    const before = await countAll();
    const answers = await fuzz('batches', (random) => send('/v1/batches', drawFrames(random), BATCHES));
    // A schema that is not known here may be a newer publisher's: it is told to try again later.
    for (const { status } of answers) expect([200, 400, 503]).toContain(status);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(await countAll()).toBe(before + answers.reduce((sum, { accepted }) => sum + accepted, 0));
    await checkAlive();
  });

  it.each([
    ['/v1/verdicts', drawVerdicts],
    ['/v1/langfuse/scores', drawScores],
  ] as const)('of judgements at %s, whole and broken', { timeout: TIMEOUT_MS }, async (route, draw) => {
    const storedIds = async (): Promise<readonly string[]> => [
      ...(await intake.ids('verdicts')),
      ...(await intake.ids('references')),
    ];
    const before = (await storedIds()).length;
    const answers = await fuzz(route, (random) => send(route, draw(random)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
    const stored = await storedIds();
    expect(stored).toHaveLength(before + answers.reduce((sum, { accepted }) => sum + accepted, 0));
    const known = new Set(stored);
    expect(answers.flatMap(({ ids }) => ids).filter((id) => !known.has(id))).toEqual([]);
    await checkAlive();
  });

  it('of exports with evaluations, whole and broken', { timeout: TIMEOUT_MS }, async () => {
    const answers = await fuzz('exports', async (random) => {
      const { path: route, contentType, body } = drawExport(random);
      const answer = await intake.post(route, body, { 'content-type': contentType });
      expect(answer.headers.get('content-type')).toBe(contentType);
      await answer.arrayBuffer();
      return { status: answer.status, accepted: 0, ids: [] };
    });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
    // Each that was taken can be read.
    expect((await intake.ids('references')).every((id) => id !== '')).toBe(true);
    await checkAlive();
  });
});
