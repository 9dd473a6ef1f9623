import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DecisionRecord } from '@burnline/contracts';
import { DAY_MS, floorTo } from '@burnline/core';
import type { SeriesStatus } from '@burnline/queries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson, startCli } from '../support/burnline-cli.ts';
import { writeHalfHistory } from '../support/half-history.ts';
import { KINDS_SPECS, kindsHistory } from '../support/kinds-history.ts';

/**
 * Goal: a backtest decides what the pipeline decided of the same history, decision for decision, with the same figures, and
 * leaves every table as it was.
 *
 * Method: real measurements, and a drawn history of every way to count (late verdicts, sampled and repeated events, a cap on
 * series, slices, entities, a composite), are replayed through the whole pipeline; then their raw rows are backtested.
 */
const examples = new URL('../../examples/llmperf-2023/', import.meta.url).pathname;

interface Backtest {
  readonly stream: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly decisions: readonly DecisionRecord[];
  readonly series: readonly SeriesStatus[];
  readonly alerts: readonly {
    readonly slo: string;
    readonly firedAtMs: number;
    readonly endedAtMs: number;
  }[];
}

interface DecisionRow {
  readonly alert_key: string;
  readonly at_ms: number;
  readonly figures: readonly (string | number)[];
}

/** A replay, a backtest and what both are asked take a minute on a machine that has nothing else to do. */
const TIMEOUT_MS = 300_000;

let root: string;
let temporary: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-backtested-'));
  temporary = path.join(root, 'tmp');
  await mkdir(temporary);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const bySlo = (a: { readonly key: string }, b: { readonly key: string }): number => (a.key < b.key ? -1 : 1);

/** Decisions of the pipeline, as its table has them. */
async function decided(dataDir: string): Promise<readonly object[]> {
  const { stdout, stderr, exitCode } = await runCli([
    ...['--json', 'query', '--data-dir', dataDir],
    `SELECT alert_key, toUnixTimestamp(evaluated_at) * 1000 AS at_ms,
       [toString(decision), severity, spec_rev, toString(long_bad), toString(long_total), toString(short_bad),
        toString(short_total), toString(coverage)] AS figures
     FROM alert_decisions`,
  ]);
  expect(exitCode, stderr).toBe(0);
  const rows = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as DecisionRow);
  return rows.map(({ alert_key, at_ms, figures }) => ({ key: `${alert_key}@${at_ms}`, figures })).sort(bySlo);
}

const decidedBy = ({ decisions }: Backtest): readonly object[] =>
  decisions
    .map(({ alertKey, at, kind, evidence: { severity, specRev, long, short, coverage } }) => ({
      key: `${alertKey}@${at}`,
      figures: [kind, severity, specRev, long.bad, long.total, short.bad, short.total, coverage].map(String),
    }))
    .sort(bySlo);

/** What every table holds. */
async function fingerprint(dataDir: string): Promise<string> {
  const tables = await runCli([
    ...['query', '--data-dir', dataDir, '--format', 'TSV'],
    `SELECT name FROM system.tables WHERE database = 'burnline' AND engine LIKE '%MergeTree' ORDER BY name`,
  ]);
  const names = tables.stdout.trim().split('\n');
  expect(names.length).toBeGreaterThan(20);
  const sums = names.map(
    (name) => `SELECT '${name}' AS name, count() AS rows, groupBitXor(cityHash64(*)) AS hash FROM ${name}`,
  );
  const answer = await runCli(['query', '--data-dir', dataDir, '--format', 'TSV', sums.join(' UNION ALL ')]);
  expect(answer.exitCode, answer.stderr).toBe(0);
  return answer.stdout.split('\n').sort().join('\n');
}

const backtest = (dataDir: string, specs: string, ...more: readonly string[]): Promise<Backtest> =>
  runCliJson<Backtest>([
    ...['backtest', '--specs', specs, '--data-dir', dataDir],
    ...(more.includes('--from') ? [] : ['--from', '2020-01-01', '--to', '2030-01-01']),
    ...more,
  ]);

/** Replays a history and backtests it; both must say the same. */
async function compare(
  dataDir: string,
  specs: string,
  replay: readonly string[],
): Promise<{ readonly decisionCount: number; readonly answer: Backtest }> {
  const replayed = await runCli(['replay', ...replay, '--specs', specs, '--data-dir', dataDir]);
  expect([replayed.exitCode, replayed.exitCode === 0 ? '' : replayed.stderr]).toEqual([0, '']);
  const before = await fingerprint(dataDir);
  const answer = await backtest(dataDir, specs);
  expect(await fingerprint(dataDir)).toBe(before);
  expect(decidedBy(answer)).toEqual(await decided(dataDir));
  const { series } = await runCliJson<{ series: (SeriesStatus & { forecast: object; tiers: object })[] }>([
    ...['status', '--data-dir', dataDir, '--as-of', new Date(answer.toMs).toISOString()],
  ]);
  const named = (all: readonly SeriesStatus[]): readonly object[] =>
    all.map((one) => ({ key: one.slo + JSON.stringify(one.labels), one })).sort(bySlo);
  // What is to come is no part of what was.
  expect(named(answer.series)).toEqual(
    named(series.map((one) => ({ ...one, forecast: undefined, tiers: undefined }))),
  );
  return { decisionCount: answer.decisions.length, answer };
}

describe('real measurements', () => {
  const specs = path.join(examples, 'slos.yaml');
  const dataDir = (): string => path.join(root, 'measured');
  let answer: Backtest;

  it(
    'are decided as the replay decided, to the minute and to the event',
    async () => {
      const { file, recordCount } = await writeHalfHistory(root);
      const replay = [file, '--mapping', path.join(examples, 'mapping.yaml')];
      const compared = await compare(dataDir(), specs, replay);
      answer = compared.answer;
      expect(compared.decisionCount).toBeGreaterThan(40);
      expect(answer.counts['llmperf-availability']).toBe(recordCount);
    },
    TIMEOUT_MS,
  );

  it(
    'are reached through the engine of a pipeline that runs on them',
    async () => {
      const running = startCli([
        ...['up', '--data-dir', dataDir(), '--specs', specs],
        ...['--intake-port', '0', '--sql-port', '0', '--operations-port', '0'],
      ]);
      try {
        while (!running.stdout().includes('Ctrl+C stops')) {
          if (running.child.exitCode !== null) throw new Error((await running.ended).stderr);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const again = await backtest(dataDir(), specs, '--stream', answer.stream);
        expect(decidedBy(again)).toEqual(decidedBy(answer));
      } finally {
        running.child.kill('SIGTERM');
        await running.ended;
      }
    },
    TIMEOUT_MS,
  );

  it(
    'of a part of the time are judged with the windows filled by what came before',
    async () => {
      const fired = answer.alerts.map(({ firedAtMs }) => firedAtMs);
      const midMs = Math.min(...fired) + 60_000;
      const late = await backtest(
        dataDir(),
        specs,
        ...['--stream', answer.stream, '--from', new Date(midMs).toISOString(), '--to', '2030-01-01'],
      );
      const endsOf = ({ decisions }: Backtest): string[] =>
        decisions
          .filter(({ kind, at }) => kind === 'resolve' && at > midMs)
          .map(({ alertKey, at }) => `${alertKey}@${at}`);
      expect(endsOf(late).sort()).toEqual(endsOf(answer).sort());
      expect(late.series).toEqual(answer.series);
    },
    TIMEOUT_MS,
  );

  it(
    'leave out what budgets leave out now',
    async () => {
      const added = await runCli([
        ...['adjust', 'add', '--data-dir', dataDir(), '--slo', 'llmperf-availability'],
        ...['--from', new Date(floorTo(answer.fromMs, DAY_MS) - DAY_MS).toISOString()],
        ...['--to', new Date(floorTo(answer.toMs, DAY_MS) + DAY_MS).toISOString()],
        ...['--reason', 'a benchmark', '--author', 'ann'],
      ]);
      expect(added.exitCode, added.stderr).toBe(0);
      const without = await backtest(dataDir(), specs, '--stream', answer.stream);
      const isOther = ({ slo }: { readonly slo: string }): boolean => slo !== 'llmperf-availability';
      expect(answer.alerts.some((alert) => !isOther(alert))).toBe(true);
      expect(without.alerts).toEqual(answer.alerts.filter(isOther));
      expect(without.series.filter(isOther)).toEqual(answer.series.filter(isOther));
      expect(without.series.filter((one) => !isOther(one) && one.total > 0)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'leave nothing behind: not at the end, not when interrupted, and not for long when killed',
    async () => {
      expect(await readdir(temporary)).toEqual([]);
      const start = (): ReturnType<typeof startCli> =>
        startCli(
          [
            'backtest',
            '--specs',
            specs,
            '--stream',
            answer.stream,
            '--from',
            '2020-01-01',
            '--to',
            '2030-01-01',
            '--data-dir',
            dataDir(),
          ],
          { env: { TMPDIR: temporary } },
        );
      const folderOf = async (): Promise<string> => {
        for (;;) {
          const [found] = await readdir(temporary);
          if (found !== undefined) return found;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      const interrupted = start();
      await folderOf();
      interrupted.child.kill('SIGINT');
      expect((await interrupted.ended).exitCode).toBe(130);
      expect(await readdir(temporary)).toEqual([]);

      const killed = start();
      const left = await folderOf();
      killed.child.kill('SIGKILL');
      await killed.ended;
      expect(await readdir(temporary)).toContain(left);
      expect((await start().ended).exitCode).toBe(0);
      expect(await readdir(temporary)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

it(
  'a history of every way to count is decided as the replay decided',
  async () => {
    const [file, specs] = [path.join(root, 'kinds.ndjson'), path.join(root, 'kinds.yaml')];
    const { lines, seed } = kindsHistory();
    await writeFile(file, lines.join('\n'));
    await writeFile(specs, KINDS_SPECS);
    const { decisionCount, answer } = await compare(path.join(root, 'kinds'), specs, [file]);
    expect(decisionCount, `seed ${seed}`).toBeGreaterThan(20);
    const kinds = new Set(answer.decisions.map(({ evidence }) => evidence.slo.split('/')[0]));
    expect([...kinds].sort(), `seed ${seed}`).toEqual(
      ['capped', 'experience', 'quality', 'slices', 'spenders', 'weighed'].sort(),
    );
  },
  TIMEOUT_MS,
);
