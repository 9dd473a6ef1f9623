import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson } from '../support/burnline-cli.ts';
import { randomFrom } from '../support/random.ts';

/**
 * Goal: proposed targets are those that past windows met, with the alerts that a backtest of them has; targets that promise more
 * than providers gave are told, with exact counts.
 *
 * Method: eighteen drawn days with a rhythm, an outage and fallbacks are replayed, and recounted here event by event.
 */
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5, 3);
const END_MS = START_MS + 18 * DAY_MS + 2 * 3_600_000;
const OUTAGE = { fromMs: START_MS + 6.2 * DAY_MS, toMs: START_MS + 6.4 * DAY_MS };
const TIMEOUT_MS = 300_000;

interface Attempt {
  readonly atMs: number;
  readonly provider: string;
  readonly isFinal: boolean;
  readonly isOk: boolean;
  readonly depth: number;
}

const random = randomFrom(20_260_105);
const attempts: readonly Attempt[] = Array.from({ length: (END_MS - START_MS) / 480_000 }, (_, index) => {
  const atMs = START_MS + index * 480_000;
  const isPeak = [9, 10].includes(new Date(atMs).getUTCHours());
  return Array.from({ length: isPeak ? 5 : 1 }, (_, request) => atMs + request * 1_000);
})
  .flat()
  .flatMap((atMs): Attempt[] => {
    const isOut = atMs >= OUTAGE.fromMs && atMs < OUTAGE.toMs;
    const isOk = random() > (isOut ? 0.8 : 0.03);
    const first = { atMs, provider: 'openai', isFinal: isOk, isOk, depth: 0 };
    if (isOk) return [first];
    return [first, { atMs: atMs + 500, provider: 'bedrock', isFinal: true, isOk: random() > 0.2, depth: 1 }];
  });
const finals = attempts.filter(({ isFinal }) => isFinal);

const lines = attempts.map(({ atMs, provider, isFinal, isOk, depth }, index) =>
  JSON.stringify({
    event_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    occurred_at: new Date(atMs).toISOString(),
    ...{ service: 'chat', provider, model_requested: 'm', duration_ms: 10, is_final: isFinal },
    ...{ attempt: depth, fallback_depth: depth, fallback_kind: depth === 0 ? 'none' : 'provider' },
    status: isOk ? 'ok' : 'error',
  }),
);

const slo = (name: string, target: string, period: string, more = ''): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: status == 'ok' } } }
        total: { metricSource: { type: burnline, spec: { scope: is_final${more} } } }
  timeWindow: [{ duration: ${period}, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: ${target} }]
`;
const SERVICE = '\napiVersion: openslo/v1\nkind: Service\nmetadata: { name: chat }\nspec: {}\n';

interface Tier {
  readonly tier: string;
  readonly notificationCount: number;
}
interface Suggestion {
  readonly slo: string;
  readonly windows: readonly { readonly endMs: number; readonly sliRatio: number }[];
  readonly all: { readonly target: string; readonly tiers: readonly Tier[] } | null;
  readonly most: { readonly target: string; readonly tiers: readonly Tier[] } | null;
  readonly rhythm: { readonly peak: number; readonly hours: readonly { readonly total: number }[] } | null;
}

let root: string;
const at = (name: string): string => path.join(root, name);

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-suggested-'));
  await writeFile(at('events.ndjson'), lines.join('\n'));
  await writeFile(at('replayed.yaml'), [SERVICE, slo('weekly', '0.9', '7d')].join('---'));
  const specs = [
    SERVICE,
    slo('weekly', '0.9999', '7d'),
    slo('monthly', '0.995', '28d'),
    slo('fresh', '0.9', '7d'),
    slo('nothing', '0.9', '7d', ` && provider == 'nobody'`),
  ];
  await writeFile(at('slos.yaml'), specs.join('---'));
  const replayed = await runCli([
    ...['replay', at('events.ndjson'), '--specs', at('replayed.yaml'), '--data-dir', at('data')],
  ]);
  expect([replayed.exitCode, replayed.exitCode === 0 ? '' : replayed.stderr]).toEqual([0, '']);
}, TIMEOUT_MS);
afterAll(() => rm(root, { recursive: true, force: true }));

const WINDOW_ENDS = Array.from(
  { length: 20 },
  (_, day) => Math.ceil(START_MS / DAY_MS) * DAY_MS + (7 + day) * DAY_MS,
).filter((endMs) => endMs <= END_MS);
const RATIOS = WINDOW_ENDS.map((endMs) => {
  const within = finals.filter(({ atMs }) => atMs >= endMs - 7 * DAY_MS && atMs < endMs);
  return within.filter(({ isOk }) => isOk).length / within.length;
});

describe('what is proposed', () => {
  it(
    'is what past windows met, and has the alerts of a backtest',
    async () => {
      const found = await runCliJson<{ fromMs: number; toMs: number; suggestions: Suggestion[] }>([
        ...['suggest', '--specs', at('slos.yaml'), '--data-dir', at('data')],
      ]);
      const byName = new Map(found.suggestions.map((one) => [one.slo, one]));
      const [weekly, monthly, fresh, nothing] = ['weekly', 'monthly', 'fresh', 'nothing'].map((name) =>
        byName.get(name),
      );
      expect(weekly!.windows.map(({ endMs }) => endMs)).toEqual(WINDOW_ENDS);
      expect(weekly!.windows.map(({ sliRatio }) => sliRatio)).toEqual(RATIOS);
      // Of an SLI that is not judged yet the raw rows are counted: they say the same.
      expect(fresh!.windows).toEqual(weekly!.windows);
      // A window has some 1,900 requests: enough for 0.99, which allows 19 bad ones, and not for 0.995.
      const highest = (met: number): number | undefined =>
        [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99].findLast(
          (rung) => RATIOS.filter((ratio) => ratio >= rung).length >= met * RATIOS.length,
        );
      expect(WINDOW_ENDS.length).toBeGreaterThan(10);
      expect(Number(weekly!.all!.target)).toBe(highest(1));
      expect(Number(weekly!.most!.target)).toBe(highest(0.9));
      expect(highest(1)).toBeLessThan(0.99);

      await writeFile(at('proposed.yaml'), [SERVICE, slo('weekly', weekly!.all!.target, '7d')].join('---'));
      const backtested = await runCliJson<{ tiers: Tier[] }>([
        ...['backtest', '--specs', at('proposed.yaml'), '--data-dir', at('data')],
        ...['--from', new Date(found.fromMs).toISOString(), '--to', new Date(found.toMs).toISOString()],
      ]);
      expect(weekly!.all!.tiers).toEqual(backtested.tiers);
      expect(
        backtested.tiers.reduce((sum, { notificationCount }) => sum + notificationCount, 0),
      ).toBeGreaterThan(0);

      expect(weekly!.rhythm!.peak).toBeGreaterThan(35);
      expect(weekly!.rhythm!.hours).toHaveLength(168);
      expect([monthly!.all, monthly!.most, monthly!.windows]).toEqual([null, null, []]);
      expect([nothing!.all, nothing!.most]).toEqual([null, null]);
    },
    TIMEOUT_MS,
  );

  it(
    'fits a narrow terminal, and says what it takes to say more',
    async () => {
      const columns = 60;
      const { stdout, exitCode } = await runCli(
        ['suggest', '--specs', at('slos.yaml'), '--data-dir', at('data')],
        { env: { COLUMNS: String(columns) } },
      );
      expect(exitCode).toBe(0);
      expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns);
      const text = stdout.replaceAll(/\s+/g, ' ');
      expect(text).toMatch(
        /monthly: too little history: a window is 28d and ends at midnight, there are 18\.\d days/,
      );
    },
    TIMEOUT_MS,
  );
});

describe('a target that inherits what providers gave', () => {
  it(
    'is warned of with every count',
    async () => {
      const { stdout, exitCode } = await runCli(['validate', at('slos.yaml'), '--against', at('data')], {
        env: { COLUMNS: '1000' },
      });
      expect(exitCode).toBe(0);
      // Periods end with the last event; that of 28 days holds all.
      const all = attempts;
      const count = (of: readonly Attempt[]): string => of.length.toLocaleString('en-US');
      const percent = (of: readonly Attempt[]): string =>
        `${((100 * of.filter(({ isOk }) => isOk).length) / of.length).toFixed(3)} %`;
      const by = (provider: string): readonly Attempt[] => all.filter((one) => one.provider === provider);
      expect(stdout).toContain(
        `warning: monthly promises 99.5 %; its providers gave ${percent(by('openai'))} at the first attempt (openai ${percent(by('openai'))} of ${count(by('openai'))} attempts, bedrock ${percent(by('bedrock'))} of ${count(by('bedrock'))} attempts)`,
      );
      expect(stdout).toContain(
        `${percent(finals)} of ${count(finals)} requests were good as callers saw them`,
      );
      expect(stdout).toMatch(
        /weekly: [\d,]+ requests; it takes 100,000 to hold 99\.99 % against its providers/,
      );
    },
    TIMEOUT_MS,
  );
});
