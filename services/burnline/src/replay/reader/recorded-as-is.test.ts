import { describe, expect, test } from 'vitest';
import { allRecords, replayFiles } from './testing/replay-files.ts';
import { openReplay } from './replay-source.ts';

/** Recorded data as it is: relative times, parts of a text, verdicts alone. */
const write = replayFiles();

const mappingOf = (spec: string): string => `apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: test }
spec:
${spec.replace(/^/gm, '  ')}`;

async function recordsOf(csv: string, spec: string) {
  const files = { file: await write('data.csv', csv), mapping: await write('mapping.yaml', mappingOf(spec)) };
  return allRecords(await openReplay(files));
}

const INFERENCE = `
inference: { service: chat, model_served: m, status: ok, duration_ms: { column: ms, unit: ms } }`;
const elapsed = (format: string, origin = "origin: '2026-06-01T00:00:00+02:00', "): string =>
  `time: { kind: column, column: t, format: ${format}, ${origin}meaning: completion }${INFERENCE}`;

describe('times since an origin', () => {
  test.each([
    ['elapsed_s', '1.5', '2026-05-31T22:00:01.5Z'],
    ['elapsed_ms', '-250', '2026-05-31T21:59:59.75Z'],
    ['elapsed_us', '86400000000', '2026-06-01T22:00:00Z'],
    ['elapsed_ns', '2000', '2026-05-31T22:00:00.000002Z'],
  ])('%s %s is %s', async (format, text, instant) => {
    const [record] = await recordsOf(`t,ms\n${text},1\n`, elapsed(format));
    const [whole = '', fraction = ''] = instant.slice(0, -1).split('.');
    const micros = Date.parse(`${whole}Z`) * 1_000 + Number(fraction.padEnd(6, '0'));
    expect(record).toMatchObject({ event: { occurred_at: micros } });
  });

  test('need an origin with its zone, and others take none', async () => {
    const attempt = (spec: string) => recordsOf('t,ms\n1,1\n', spec);
    await expect(attempt(elapsed('elapsed_s', ''))).rejects.toThrow(/time\.origin: expected origin/);
    await expect(attempt(elapsed('elapsed_s', "origin: '2026-06-01 00:00:00', "))).rejects.toThrow(
      /an instant with its zone/,
    );
    await expect(attempt(elapsed('epoch_s'))).rejects.toThrow(/no origin/);
    await expect(recordsOf('t,ms\n-2000000000,1\n', elapsed('elapsed_s'))).rejects.toThrow(/before 1970/);
  });
});

describe('a failed row whose duration nobody knows', () => {
  const spec = `time: { kind: column, column: t, format: epoch_s, meaning: start }
inference:
  service: chat
  model_served: m
  status: { column: code, table: { '200': ok, '500': error } }
  duration_ms: { column: ms, unit: ms }`;

  test('is an event without one, at its start', async () => {
    const records = await recordsOf('t,code,ms\n1780000001,200,250\n1780000002,500,\n', spec);
    expect(records).toMatchObject([
      { event: { status: 'ok', duration_ms: 250, occurred_at: 1_780_000_001_250_000 } },
      { event: { status: 'error', duration_ms: null, occurred_at: 1_780_000_002_000_000 } },
    ]);
  });

  test('and one that is ok has its duration, or is a bad row', async () => {
    await expect(recordsOf('t,code,ms\n1780000001,200,\n', spec)).rejects.toThrow(
      /duration_ms: expected milliseconds/,
    );
  });
});

const parts = (value: string): string =>
  `time: { kind: column, column: t, format: epoch_s, meaning: completion }
inference:
  service: chat
  status: ok
  duration_ms: 1
  model_served: m
  provider: ${value}`;

describe('part of a text', () => {
  test.each([
    ["{ before: '/' }", 'acme/big/v2', 'acme'],
    ["{ after: '/' }", 'acme/big/v2', 'big/v2'],
    ["{ after_last: '/' }", 'acme/big/v2', 'v2'],
    ["{ before_last: '/' }", 'acme/big/v2', 'acme/big'],
    ["{ after: '/', before: '/' }", 'acme/big/v2', 'big'],
    ["{ after: '::', before_last: '-' }", 'x::a-b-c', 'a-b'],
    ["{ before: '/' }", 'plain', ''],
    ["{ after: '/', before: '/' }", 'acme/big', ''],
  ])('%s of %s is "%s"', async (part, cell, provider) => {
    const [record] = await recordsOf(`t,m\n1780000000,${cell}\n`, parts(`{ column: m, part: ${part} }`));
    expect(record).toMatchObject({ event: { provider } });
  });

  test('is what a table and an empty cell are looked up by', async () => {
    const value = "{ column: m, part: { before: '/' }, table: { acme: Acme }, when_empty: unknown }";
    const records = await recordsOf('t,m\n1780000000,acme/big\n1780000001,plain\n', parts(value));
    expect(records).toMatchObject([{ event: { provider: 'Acme' } }, { event: { provider: 'unknown' } }]);
  });

  test('names one end by one key', async () => {
    const attempt = (part: string) => recordsOf('t,m\n1780000000,a\n', parts(`{ column: m, part: ${part} }`));
    await expect(attempt('{}')).rejects.toThrow(/at least one of after/);
    await expect(attempt("{ after: '/', after_last: '/' }")).rejects.toThrow(/either the first or the last/);
  });
});

const JUDGED = `time: { kind: column, column: answered, format: epoch_s, meaning: completion }
judged:
  service: chat
  model_served: { column: model }
  request_id: { column: id }
attributes: { set: { column: set } }
verdicts:
  - evaluator: judge
    kind: online_judge
    dimension: quality
    passed: { column: ok }
    judged_at: { column: judged, format: epoch_s }`;

describe('verdicts without an inference', () => {
  test('are records of their own, and no inference is made up for them', async () => {
    const csv = 'answered,judged,id,model,ok,set\n1780000000,1780000100,r-1,m,false,a\n';
    const records = await recordsOf(csv, JUDGED);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      logTimeMicros: 1_780_000_100_000_000,
      verdict: {
        inference_at: 1_780_000_000_000_000,
        judged_at: 1_780_000_100_000_000,
        service: 'chat',
        model_served: 'm',
        request_id: 'r-1',
        passed: false,
        attributes: { set: 'a' },
      },
    });
  });

  test('say what they judge, and nothing that only an inference has', async () => {
    const csv = 'answered,judged,id,model,ok,set\n1780000000,1780000100,r-1,m,false,a\n';
    const attempt = (spec: string) => recordsOf(csv, spec);
    await expect(attempt(`${JUDGED}${INFERENCE}`)).rejects.toThrow(/either inference, or judged/);
    await expect(attempt(JUDGED.replace('judged:\n', 'judged:\n  duration_ms: 1\n'))).rejects.toThrow(
      /unknown key duration_ms/,
    );
    await expect(attempt(JUDGED.replace('completion', 'start'))).rejects.toThrow(
      /the completion of the judged answer/,
    );
    await expect(attempt(JUDGED.replace(/verdicts:[^]*/, ''))).rejects.toThrow(/at least one verdict/);
    await expect(attempt(`${JUDGED}\nmeasures: { x: 1 }`)).rejects.toThrow(/there is no inference/);
  });
});
