import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReplay } from 'burnline';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { durationMsOf } from '../support/events.ts';
import { groupBy, historyOf, sum, type History } from './replay-figures.ts';

/**
 * No code knows a data set: a log with other names, units, separators, times and words gives its own exact figures
 * through a mapping of its own. The log is written from figures that are known before it is read.
 */
const directories: string[] = [];
afterEach(async () => {
  await Promise.all(directories.splice(0).map((path) => rm(path, { recursive: true, force: true })));
});

async function replayTexts(csv: string, mapping: string): Promise<History> {
  const directory = await mkdtemp(join(tmpdir(), 'burnline-golden-'));
  directories.push(directory);
  const [file, mappingFile] = [join(directory, 'log.txt'), join(directory, 'mapping.yaml')];
  await writeFile(file, csv);
  await writeFile(mappingFile, mapping);
  return historyOf(await openReplay({ file, mapping: mappingFile }));
}

interface Call {
  /** Since 2024-03-01 00:00 in Berlin, which is UTC+1 then. */
  readonly startMicros: number;
  readonly latencyNs: number;
  readonly firstTokenUs: number | null;
  readonly outcome: 'fine' | 'throttled' | 'broken';
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly microUsd: number | null;
  readonly backend: 'east "1"' | 'west;2';
  readonly thumbs: 'up' | 'down' | '';
}

const call: fc.Arbitrary<Call> = fc
  .record({
    startMicros: fc.nat(20 * 86_400 * 1_000_000),
    latencyNs: fc.nat(90_000_000_000),
    firstTokenUs: fc.option(fc.nat(5_000_000)),
    outcome: fc.constantFrom('fine', 'throttled', 'broken'),
    tokensIn: fc.nat(100_000),
    tokensOut: fc.nat(10_000),
    microUsd: fc.option(fc.nat(50_000_000)),
    backend: fc.constantFrom('east "1"', 'west;2'),
    thumbs: fc.constantFrom('up', 'down', ''),
  })
  // A first token comes before the end: a row that says otherwise is refused.
  .map((one) => ({
    ...one,
    firstTokenUs:
      one.firstTokenUs === null ? null : Math.min(one.firstTokenUs, Math.floor(one.latencyNs / 1_000)),
  }));

const MAPPING = `
apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: gateway-log }
spec:
  csv: { delimiter: ';', empty_texts: ['NaN'] }
  time: { kind: column, column: began, format: 'DD.MM.YYYY HH:mm:ss,f', zone: Europe/Berlin, meaning: start }
  inference:
    service: gateway
    model_served: m-1
    provider: { column: backend, table: { 'east "1"': east, 'west;2': west } }
    status: { column: outcome, table: { fine: ok, throttled: rate_limited }, otherwise: error }
    duration_ms: { column: took_ns, unit: ns }
    ttft_ms: { column: first_us, unit: us, null_when: { column: outcome, not_equals: fine } }
    input_tokens: { column: k_in, unit: thousand }
    output_tokens: { column: out }
    cost_nano_usd: { column: price, unit: usd_cent }
  verdicts:
    - when: { column: thumbs, empty: false }
      evaluator: thumbs
      kind: user_feedback
      dimension: satisfaction
      passed: { column: thumbs, table: { up: true, down: false } }
`;

const pad = (value: number, length = 2) => String(value).padStart(length, '0');
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

function asRow(one: Call): string {
  const local = new Date(Date.UTC(2024, 2, 1) + Math.floor(one.startMicros / 1000));
  const date = `${pad(local.getUTCDate())}.${pad(local.getUTCMonth() + 1)}.${local.getUTCFullYear()}`;
  const time = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}:${pad(local.getUTCSeconds())}`;
  const fraction = pad(one.startMicros % 1_000_000, 6);
  const cents =
    one.microUsd === null ? 'NaN' : `${Math.floor(one.microUsd / 1e4)}.${pad(one.microUsd % 1e4, 4)}`;
  const thousands = `${Math.floor(one.tokensIn / 1000)}.${pad(one.tokensIn % 1000, 3)}`;
  return [
    quoted(`two\nlines of ${one.outcome}`),
    `${date} ${time},${fraction}`,
    one.latencyNs,
    one.firstTokenUs ?? 'NaN',
    one.outcome,
    thousands,
    `${one.tokensOut}.0`,
    cents,
    quoted(one.backend),
    one.thumbs,
  ].join(';');
}

function expectFigures({ inferences, verdicts }: History, calls: readonly Call[]): void {
  expect(inferences).toHaveLength(calls.length);
  const byProvider = groupBy(inferences, (event) => event.provider);
  for (const [provider, backend] of [
    ['east', 'east "1"'],
    ['west', 'west;2'],
  ] as const) {
    const events = byProvider.get(provider) ?? [];
    const wanted = calls.filter((one) => one.backend === backend);
    const count = (status: string) => events.filter((event) => event.status === status).length;
    const outcomes = (outcome: Call['outcome']) => wanted.filter((one) => one.outcome === outcome).length;
    expect([count('ok'), count('rate_limited'), count('error')]).toEqual([
      outcomes('fine'),
      outcomes('throttled'),
      outcomes('broken'),
    ]);
    expect(sum(events.map((event) => event.input_tokens))).toBe(sum(wanted.map((one) => one.tokensIn)));
    expect(sum(events.map((event) => event.output_tokens))).toBe(sum(wanted.map((one) => one.tokensOut)));
    const priced = events.filter((event) => event.cost_nano_usd !== null);
    expect(priced).toHaveLength(wanted.filter((one) => one.microUsd !== null).length);
    expect(sum(priced.map((event) => event.cost_nano_usd!))).toBe(
      sum(wanted.map((one) => (one.microUsd ?? 0) * 1000)),
    );
    const ascending = (values: readonly number[]) => [...values].sort((left, right) => left - right);
    expect(ascending(events.map(durationMsOf))).toEqual(ascending(wanted.map((one) => one.latencyNs / 1e6)));
    expect(ascending(events.flatMap((event) => event.ttft_ms ?? []))).toEqual(
      ascending(
        wanted.flatMap((one) =>
          one.outcome === 'fine' && one.firstTokenUs !== null ? one.firstTokenUs / 1e3 : [],
        ),
      ),
    );
    const berlin = (Date.UTC(2024, 2, 1) - 3_600_000) * 1000;
    expect(events.map((event) => event.occurred_at)).toEqual(
      ascending(wanted.map((one) => berlin + one.startMicros + Math.round(one.latencyNs / 1000))),
    );
  }
  const thumbs = (word: Call['thumbs']) => calls.filter((one) => one.thumbs === word).length;
  expect(verdicts.filter(({ passed }) => passed)).toHaveLength(thumbs('up'));
  expect(verdicts.filter(({ passed }) => !passed)).toHaveLength(thumbs('down'));
}

describe('a CSV file that the program has never seen', () => {
  test('a log in other words, units, separators and times gives its exact figures (100 random logs)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 60 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (calls, lineEnd, isEnded) => {
          const header = 'note;began;took_ns;first_us;outcome;k_in;out;price;backend;thumbs';
          const csv = [header, ...calls.map(asRow)].join(lineEnd) + (isEnded ? lineEnd : '');
          expectFigures(await replayTexts(csv, MAPPING), calls);
        },
      ),
      { seed: 20240301, numRuns: 100 },
    );
  });

  test('runs of which only the end is known, under other names, in a file without a header', async () => {
    const mapping = `
apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: soak }
spec:
  csv: { header: [campaign, finished, millis] }
  time: { kind: sequence, group: campaign, ends: { column: finished, format: iso, zone: '+00:00' }, workers: 1 }
  inference: { service: soak, model_served: m, status: ok, duration_ms: { column: millis, unit: ms } }
`;
    const csv = 'a,2024-01-01 00:00:10,1000\na,2024-01-01 00:00:10,2500.5\nb,2024-01-01 00:00:05,1\n';
    const { inferences } = await replayTexts(csv, mapping);
    const second = Date.UTC(2024, 0, 1) * 1000;
    expect(inferences.map((event) => event.occurred_at - second)).toEqual([5_000_000, 7_499_500, 10_000_000]);
    expect(inferences.every((event) => event.attributes['time_basis'] === 'synthetic_sequence')).toBe(true);
  });
});
