import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchesSamples } from '../contract/intake/batches-sample.ts';
import type { RouteSample } from '../contract/intake/dialect-sample.ts';
import { jsonSamples } from '../contract/intake/json-sample.ts';
import { langfuseSamples } from '../contract/intake/langfuse-sample.ts';
import { litellmSamples } from '../contract/intake/litellm-sample.ts';
import { mappedSamples } from '../contract/intake/mapping-samples.ts';
import { otlpSamples } from '../contract/intake/otlp-sample.ts';
import { randomFrom } from '../support/random.ts';
import { ODDITIES, below, mutate, pick, type Random } from './support/body-fuzz.ts';
import { fuzzSeconds, fuzzSeed } from './support/raw-http-fuzz.ts';
import { RunningIntake } from './support/running-intake.ts';

/**
 * Goal: whatever comes to whichever route, by however many connections and in whatever manner, is answered: taken, refused
 * with a code, or told to come again. Nothing ends or fills the process, and what it acknowledged is what the log has.
 */
const SECONDS = fuzzSeconds(10);
const TIMEOUT_MS = SECONDS * 1_000 + 60_000;
const MIB = 1024 * 1024;
const CLIENTS = 24;
const IDLE_CONNECTIONS = 1_000;
const ANSWER_MS_MAX = 30_000;
const TOPICS = ['inference', 'verdicts', 'reports', 'references'] as const;
const BOMB = gzipSync(Buffer.alloc(64 * MIB));
const TYPES = [
  'application/json',
  'application/x-ndjson',
  'application/x-protobuf',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  '\u00ff',
  '',
];
const ENCODINGS = ['gzip', 'zstd', 'br', 'identity', 'gzip, gzip', 'x'];

interface Drawn {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly manner: 'whole' | 'pieces' | 'cut';
}

let number = 0;

function draw(random: Random, sample: Pick<RouteSample, 'body' | 'contentType'>): Drawn {
  const numbers = Array.from({ length: 1 + below(random, 6) }, () => (number += 1));
  const nested = Buffer.from(`${'['.repeat(20_000)}${'{"a":'.repeat(200)}`);
  const insert = (): Buffer => (random() < 0.02 ? nested : Buffer.from(pick(random, ODDITIES)));
  const edited = mutate(random, Buffer.from(sample.body(numbers)), insert);
  const encoded = random();
  const body = encoded < 0.01 ? BOMB : encoded < 0.2 ? mutate(random, gzipSync(edited), insert) : edited;
  const said = encoded < 0.2 ? 'gzip' : random() < 0.03 ? pick(random, ENCODINGS) : undefined;
  const manner = random();
  return {
    headers: {
      'content-type': random() < 0.05 ? pick(random, TYPES) : sample.contentType,
      ...(said !== undefined && { 'content-encoding': said }),
      ...(random() < 0.05 && { 'idempotency-key': pick(random, ['k', '', '"q"', 'x'.repeat(300)]) }),
    },
    body,
    manner: manner < 0.85 ? 'whole' : manner < 0.95 ? 'pieces' : 'cut',
  };
}

/** Sends one request; null where no whole answer came. */
async function send(
  url: string,
  { headers, body, manner }: Drawn,
): Promise<{ readonly status: number; readonly body: Buffer } | null> {
  const options = { method: 'POST', agent: false, headers: { ...headers, 'content-length': body.length } };
  const call = request(url, { ...options, timeout: ANSWER_MS_MAX });
  call.on('error', () => undefined);
  call.on('timeout', () => call.destroy());
  const cut = Math.floor(body.length / 2);
  if (manner === 'whole') call.end(body);
  else {
    call.write(body.subarray(0, cut));
    setTimeout(() => (manner === 'cut' ? call.destroy() : call.end(body.subarray(cut))), 30);
  }
  const answer = await Promise.race([
    once(call, 'response').then(([found]) => found as IncomingMessage),
    once(call, 'close').then(() => null),
  ]).catch(() => null);
  if (answer === null) return null;
  const text = await buffer(answer).catch(() => null);
  return text === null ? null : { status: answer.statusCode!, body: text };
}

const MAPPINGS = new URL('../../examples/mappings/', import.meta.url).pathname;
const OURS = [...jsonSamples, ...batchesSamples, ...litellmSamples, ...langfuseSamples, ...mappedSamples];

describe.each([
  ['our own, LiteLLM’s, Langfuse’s and mapped ones', OURS, true],
  ['OpenTelemetry’s', otlpSamples, false],
] as const)('routes: %s', (name, samples, tells) => {
  let intake: RunningIntake;
  beforeAll(async () => {
    intake = await RunningIntake.start({ readsTexts: true, mappingsFolder: MAPPINGS });
  });
  afterAll(() => intake.stop());

  it('answer whatever comes, within their bounds', { timeout: TIMEOUT_MS }, async () => {
    const seed = fuzzSeed(`routes, ${name}`);
    const idle: Socket[] = Array.from({ length: IDLE_CONNECTIONS }, () =>
      connect(intake.port, '127.0.0.1').on('error', () => undefined),
    );
    const endMs = performance.now() + SECONDS * 1_000;
    const statuses = new Map<number, number>();
    const strange: string[] = [];
    let [told, unheard, mostBytes] = [0, 0, 0];
    const client = async (index: number): Promise<void> => {
      const random = randomFrom(seed + index);
      while (performance.now() < endMs) {
        const sample = pick(random, samples);
        const drawn = draw(random, sample);
        const answer = await send(intake.url + sample.path, drawn);
        if (answer === null) {
          unheard += 1;
          // Whoever breaks off hears nothing; everybody else hears something, unless more connections come than may.
          if (drawn.manner !== 'cut') strange.push(`no answer from ${sample.path}`);
          continue;
        }
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const said = sample.read(answer.body, answer.status);
        if (answer.status === 200)
          told += tells ? ((JSON.parse(answer.body.toString()) as { accepted?: number }).accepted ?? 0) : 0;
        else if (!/(COLLECTOR|CONTRACT|LOG)_[A-Z_]+/.exec(answer.body.toString('latin1')))
          strange.push(`${answer.status} ${JSON.stringify(said)}`);
      }
    };
    const watch = setInterval(() => {
      void intake.memoryBytes().then((bytes) => (mostBytes = Math.max(mostBytes, bytes)));
    }, 500);
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
    clearInterval(watch);
    for (const socket of idle) socket.destroy();
    expect(strange.slice(0, 5)).toEqual([]);
    expect(
      [...statuses.keys()].filter(
        (status) => status !== 200 && status !== 503 && (status < 400 || status > 499),
      ),
    ).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(0);
    expect(mostBytes).toBeLessThan(1_024 * MIB);
    let stored = 0;
    for (const topic of TOPICS) stored += await intake.count(topic);
    const metrics = await intake.metrics();
    const accepted = [...metrics.matchAll(/^burnline_records_accepted_total\S* (\d+)$/gm)];
    expect(stored).toBe(accepted.reduce((sum, [, count]) => sum + Number(count), 0));
    // What was acknowledged is there; what somebody sent who then broke off may be.
    if (tells) expect(stored).toBeGreaterThanOrEqual(told);
    if (tells && unheard === 0) expect(stored).toBe(told);
    expect((await fetch(`${intake.url}/ready`)).status).toBe(200);
  });
});
