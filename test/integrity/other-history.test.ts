import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCliJson } from '../support/burnline-cli.ts';

/**
 * Goal: a history that no code has ever seen, with columns, units and a zone of its own, gives its exact figures through
 * the whole command, at its end and at any moment before.
 *
 * Method: a file drawn from a printed seed, with late rows and repeated lines of time, recounted here row by row.
 */
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);
const START_MS = Date.UTC(2025, 2, 29, 22, 0, 0);
const MINUTE_MS = 60_000;

interface Row {
  readonly finishedMs: number;
  readonly vendor: string;
  readonly outcome: 'fine' | 'broken' | 'gone';
  readonly firstWordS: number;
  readonly words: number;
}

const MAPPING = `
apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: other }
spec:
  time: { kind: column, column: finished, format: iso, zone: UTC, meaning: completion }
  inference:
    service: other
    provider: { column: vendor }
    model_requested: { column: vendor }
    status: { column: outcome, table: { fine: ok, broken: error, gone: cancelled } }
    duration_ms: { column: first word, unit: s }
    ttft_ms: { column: first word, unit: s, null_when: { column: outcome, in: [broken, gone] } }
    output_tokens: { column: words }
`;

const SPECS = `
apiVersion: openslo/v1
kind: Service
metadata: { name: other }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: other-availability }
spec:
  service: other
  indicator:
    metadata: { name: other-availability }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok' && ttft_ms <= 1000" } } }
        total: { metricSource: { type: burnline, spec: { where: "status != 'cancelled'", by: [provider] } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: answered, target: 0.9 }]
`;

function drawRows(seed: number): readonly Row[] {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  let clockMs = START_MS;
  return Array.from({ length: 1_500 }, () => {
    clockMs += random(40_000);
    return {
      finishedMs: clockMs,
      vendor: ['alpha', 'beta', 'gamma "quoted", inc'][random(3)]!,
      outcome: (['fine', 'fine', 'fine', 'broken', 'gone'] as const)[random(5)]!,
      firstWordS: random(2_000) / 1_000,
      words: random(500),
    };
  });
}

function toCsv(rows: readonly Row[]): string {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const lines = rows.map((row) =>
    [
      new Date(row.finishedMs).toISOString().slice(0, -1),
      quote(row.vendor),
      row.outcome,
      row.firstWordS.toFixed(3),
      row.words,
    ].join(','),
  );
  return ['finished,vendor,outcome,first word,words', ...lines].join('\n');
}

/** What counts at an instant: a row is seen once the minute in which it finished is over. */
function recount(rows: readonly Row[], asOfMs: number): Record<string, [number, number]> {
  const seen = rows.filter((row) => (Math.floor(row.finishedMs / MINUTE_MS) + 1) * MINUTE_MS <= asOfMs);
  const found: Record<string, [number, number]> = {};
  for (const row of seen) {
    const [good, total] = found[row.vendor] ?? [0, 0];
    if (row.outcome === 'gone') found[row.vendor] ??= [0, 0];
    else found[row.vendor] = [good + (row.outcome === 'fine' && row.firstWordS <= 1 ? 1 : 0), total + 1];
  }
  return Object.fromEntries(Object.entries(found).filter(([, [, total]]) => total > 0));
}

interface StatusAnswer {
  readonly series: readonly {
    readonly labels: { readonly provider: string };
    readonly good: number;
    readonly total: number;
  }[];
}

const figuresOf = (answer: StatusAnswer): Record<string, [number, number]> =>
  Object.fromEntries(
    answer.series.filter((one) => one.total > 0).map((one) => [one.labels.provider, [one.good, one.total]]),
  );

let root: string;

describe('a history that no code has seen', () => {
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-other-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('gives its exact figures, at its end and as of any moment', { timeout: 180_000 }, async () => {
    console.log(`history seed ${SEED} (BURNLINE_SEED)`);
    const rows = drawRows(SEED);
    const file = (name: string): string => path.join(root, name);
    await writeFile(file('other.csv'), toCsv(rows));
    await writeFile(file('mapping.yaml'), MAPPING);
    await writeFile(file('slos.yaml'), SPECS);
    const dataDir = ['--data-dir', file('data')];
    const replay = await runCliJson<StatusAnswer & { publishedCount: number }>([
      'replay',
      file('other.csv'),
      '--mapping',
      file('mapping.yaml'),
      '--specs',
      file('slos.yaml'),
      ...dataDir,
    ]);
    expect(replay.publishedCount).toBe(rows.length);
    expect(figuresOf(replay)).toEqual(recount(rows, Infinity));
    const lastMs = rows.at(-1)!.finishedMs;
    for (const share of [0.01, 0.2, 0.5, 0.77, 0.99]) {
      const asOfMs = Math.round(START_MS + (lastMs - START_MS) * share);
      const answer = await runCliJson<StatusAnswer>([
        'status',
        '--as-of',
        new Date(asOfMs).toISOString(),
        ...dataDir,
      ]);
      expect(figuresOf(answer), `as of ${new Date(asOfMs).toISOString()}`).toEqual(recount(rows, asOfMs));
    }
    const before = await runCliJson<StatusAnswer>(['status', '--as-of', '2020-01-01', ...dataDir]);
    expect(before.series).toEqual([]);
  });
});
