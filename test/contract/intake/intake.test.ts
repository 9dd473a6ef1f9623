import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { DIALECTS, makeKey } from '@burnline/collector';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake, type Body } from '../../attack/support/running-intake.ts';
import { batchesSamples } from './batches-sample.ts';
import type { RouteSample, Said } from './dialect-sample.ts';
import { jsonSamples } from './json-sample.ts';
import { langfuseSamples } from './langfuse-sample.ts';
import { litellmSamples } from './litellm-sample.ts';
import { otlpSamples } from './otlp-sample.ts';
import { zstdStored } from './zstd-stored.ts';

/** Goal: whatever the dialect, 200 says that records are in the log, and nothing else leaves any there. */
const SAMPLES: Readonly<Record<string, readonly RouteSample[]>> = {
  json: jsonSamples,
  batches: batchesSamples,
  litellm: litellmSamples,
  langfuse: langfuseSamples,
  otlp: otlpSamples,
};
const MIB = 1024 * 1024;

let folder: string;
let intake: RunningIntake;
let away: RunningIntake;
const { key, line } = makeKey('client');
/** Records of all tests have numbers of their own. */
let nextNumber = 1;
const newNumbers = (count: number): readonly number[] => Array.from({ length: count }, () => nextNumber++);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-dialects-'));
  const keysFile = path.join(folder, 'keys');
  await writeFile(keysFile, `${line}\n`);
  intake = await RunningIntake.start({ address: { keysFile } });
  away = await RunningIntake.start({ address: { keysFile }, failPartitions: [0, 1] });
});
afterAll(async () => {
  await intake.stop();
  await away.stop();
  await rm(folder, { recursive: true, force: true });
});

const pathOf = ({ path: withQuery }: RouteSample): string => withQuery.split('?')[0]!;

/** Of which nothing is made; otlp.test.ts has them. */
const NOT_READ = ['/v1/metrics'];

it('every route of the table has its sample here', () => {
  const routes = DIALECTS.map(({ name, routes: own }) => [
    name,
    own.map((route) => route.path).filter((one) => !NOT_READ.includes(one)),
  ]);
  expect(Object.fromEntries(routes)).toEqual(
    Object.fromEntries(Object.entries(SAMPLES).map(([name, own]) => [name, [...new Set(own.map(pathOf))]])),
  );
});

describe.each(
  Object.values(SAMPLES)
    .flat()
    .map((sample) => ({ sample, route: pathOf(sample), type: sample.contentType })),
)('$route as $type', ({ sample }) => {
  const post = (body: Body, headers: Readonly<Record<string, string>> = {}, to = intake): Promise<Response> =>
    to.post(sample.path, body, {
      'content-type': sample.contentType,
      authorization: `Bearer ${key}`,
      ...headers,
    });
  const saidBy = async (answer: Response): Promise<Said> =>
    sample.read(Buffer.from(await answer.arrayBuffer()), answer.status);
  const idsOf = (numbers: readonly number[]): readonly string[] =>
    numbers.map((number) => sample.idOf(number));
  /** Those of these records that the log has, with repeats. */
  const inLog = async (numbers: readonly number[], of = intake): Promise<readonly string[]> => {
    const wanted = new Set(idsOf(numbers));
    return (await of.ids(sample.topic)).filter((id) => wanted.has(id)).sort();
  };
  /** The whole log of the topic, which a refusal must not change. */
  const logLength = async (): Promise<number> => (await intake.ids(sample.topic)).length;

  it('acknowledges what is in the log', async () => {
    const numbers = newNumbers(50);
    const answer = await post(sample.body(numbers));
    expect(answer.status).toBe(200);
    expect(await saidBy(answer)).toMatchObject({
      wrongCount: 0,
      ...(sample.tellsEach && { accepted: 50 }),
      ...(sample.hasIds && { ids: idsOf(numbers) }),
    });
    expect(await inLog(numbers)).toEqual([...idsOf(numbers)].sort());
  });

  it('knows a request that is sent again by the same ids', async () => {
    const numbers = newNumbers(3);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect((await post(sample.body(numbers))).status).toBe(200);
    expect(new Set(await inLog(numbers))).toEqual(new Set(idsOf(numbers)));
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdStored],
  ] as const)('reads %s', async (encoding, encode) => {
    const numbers = newNumbers(20);
    const answer = await post(encode(sample.body(numbers)), { 'content-encoding': encoding });
    expect(answer.status).toBe(200);
    expect(await inLog(numbers)).toHaveLength(20);
  });

  it('names the records that are wrong, and does with the others what it says', async () => {
    const numbers = newNumbers(4);
    const { body, wrongIndexes } = sample.mixed(numbers);
    const before = await logLength();
    const answer = await post(body);
    if (sample.mixedIs === 'refused') {
      expect(answer.status).toBe(400);
      const said = await saidBy(answer);
      expect(said).toMatchObject({ wrongCount: 2, wrongIndexes });
      expect(said.remedy).not.toBe('');
      expect(await logLength()).toBe(before);
      return;
    }
    expect(answer.status).toBe(200);
    expect(await saidBy(answer)).toMatchObject({
      ...(sample.hasIds && { accepted: 4, ids: idsOf(numbers) }),
      wrongCount: 2,
      wrongIndexes,
    });
    expect(await inLog(numbers)).toEqual([...idsOf(numbers)].sort());
    expect(await logLength()).toBe(before + 4);
  });

  it('refuses what is wrong throughout', async () => {
    const { body } = sample.mixed([]);
    const before = await logLength();
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(await saidBy(answer)).toMatchObject({ wrongCount: 2, wrongIndexes: [0, 1] });
    expect(await logLength()).toBe(before);
  });

  it('reads no bytes as its form does', async () => {
    const before = await logLength();
    expect((await post(Buffer.alloc(0))).status).toBe(sample.emptyIs);
    expect(await logLength()).toBe(before);
  });

  it.each([
    ['another content type', { 'content-type': 'text/plain' }, 415],
    ['a form, which any web page can send', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['an encoding that it does not know', { 'content-encoding': 'br' }, 415],
    ['a body that is not what its encoding says', { 'content-encoding': 'gzip' }, 400],
    ['a wrong key', { authorization: 'Bearer bik_wrong' }, 401],
    ['no key', { authorization: '' }, 401],
  ] as const)('refuses %s', async (_, headers, status) => {
    const numbers = newNumbers(2);
    const answer = await post(sample.body(numbers), headers);
    expect(answer.status).toBe(status);
    const { code, remedy } = await saidBy(answer);
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
    expect(remedy).not.toBe('');
    expect(await inLog(numbers)).toEqual([]);
  });

  it('refuses a body that is too large, packed or not', async () => {
    const large = Buffer.concat([sample.body(newNumbers(1)), Buffer.alloc(9 * MIB, ' ')]);
    expect((await post(large)).status).toBe(413);
    expect((await post(gzipSync(large), { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  it('takes nothing of a body that is cut', async () => {
    const before = await logLength();
    const whole = sample.body(newNumbers(1));
    for (const share of [0.1, 0.5, 0.9]) {
      const answer = await post(whole.subarray(0, Math.floor(whole.length * share)));
      expect(answer.status).toBe(400);
    }
    await breakOff(sample, whole);
    expect(await logLength()).toBe(before);
  });

  it('says when to try again while the log is away, and takes nothing', async () => {
    const numbers = newNumbers(20);
    const answer = await post(sample.body(numbers), {}, away);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    const { items = [] } = await saidBy(answer);
    expect(items.map(({ index, state }) => [index, state])).toEqual(
      sample.tellsEach ? numbers.map((_, index) => [index, 'absent']) : [],
    );
    expect(await inLog(numbers, away)).toEqual([]);
  });

  it('is posted to, and nothing else', async () => {
    const answer = await fetch(intake.url + sample.path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(sample.allow ?? 'POST');
  });
});

/** A client that goes away in the middle of its body. */
async function breakOff(sample: RouteSample, body: Buffer): Promise<void> {
  const socket = connect(intake.port, '127.0.0.1');
  socket.write(
    `POST ${sample.path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n` +
      `content-type: ${sample.contentType}\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body.subarray(0, body.length - 1));
  await sleep(100);
  socket.destroy();
  await sleep(100);
}
