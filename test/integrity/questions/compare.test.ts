import path from 'node:path';
import { serveConsole } from '@burnline/console';
import { startEngine } from '@burnline/engine';
import type { Comparisons, EvaluatorComparison } from '@burnline/queries';
import { createLogger, openStore } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson } from '../../support/burnline-cli.ts';
import {
  END_MS,
  HOUR_MS,
  START_MS,
  TURN_MS,
  costOf,
  isGood,
  replayGoverned,
  suiteCases,
  type GovernedEvent,
  type GovernedHistory,
  type GovernedSlo,
} from './governed-history.ts';

/** Goal: `burnline compare` counts of each arm what a recount of the file finds, and its verdicts are those that the file was made for. */
const SUITE = suiteCases();
let history: GovernedHistory;
beforeAll(async () => {
  history = await replayGoverned({ cases: SUITE });
}, 240_000);
afterAll(() => history.close());

const WHOLE = ['--from', new Date(START_MS).toISOString(), '--to', new Date(END_MS).toISOString()];
const AFTER = ['--from', new Date(TURN_MS).toISOString(), '--to', new Date(END_MS).toISOString()];
const compare = (
  args: readonly string[],
): Promise<Comparisons & { readonly evaluators: readonly EvaluatorComparison[] }> =>
  runCliJson(['compare', ...args, '--data-dir', history.dataDir]);

function recount(slo: GovernedSlo, test: (event: GovernedEvent) => boolean) {
  const counted = history.events.flatMap((event) => {
    const good = test(event) ? isGood[slo](event) : null;
    return good === null ? [] : [{ good, weight: event.weight / 1_000 }];
  });
  const sum = (of: (one: (typeof counted)[number]) => number): number =>
    counted.reduce((all, one) => all + of(one), 0);
  return {
    seen: counted.length,
    bad: sum(({ good, weight }) => (good ? 0 : weight)),
    total: sum(({ weight }) => weight),
    squares: sum(({ weight }) => weight ** 2),
  };
}

interface KnownArm {
  readonly by: string;
  readonly arm: string;
  readonly inferences: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Values of a field, the busiest first. */
function armsOf(
  by: 'variant' | 'model_served' | 'prompt_version' | 'provider' | 'region',
): readonly KnownArm[] {
  const values = [...new Set(history.events.map((event) => event[by] ?? ''))].filter((value) => value !== '');
  return values
    .map((arm) => {
      const times = history.events.filter((event) => event[by] === arm).map(({ atMs }) => atMs);
      return { by, arm, inferences: times.length, firstMs: Math.min(...times), lastMs: Math.max(...times) };
    })
    .sort((a, b) => b.inferences - a.inferences || (a.arm < b.arm ? -1 : 1));
}

/** Of those that say what was paid, 1e-9 USD. */
function meanCost(own: readonly GovernedEvent[]): number {
  const costs = own.flatMap(({ event_id: id }) => {
    const cost = costOf(Number(id.slice(-6)));
    return cost === null ? [] : [Number(cost) * 1e9];
  });
  return costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
}

/** What the inferences of a variant were like, each counted once. */
function figuresOf(variant: string): Record<string, unknown> {
  const own = history.events.filter((event) => event.variant === variant);
  const started = own.flatMap(({ ttft_ms: ttft }) => (ttft === null ? [] : [ttft])).sort((a, b) => a - b);
  const above = (level: number): number => started[Math.floor(level * started.length)]!;
  const failed = own.filter(({ status }) => status !== 'ok').length;
  return {
    inferences: own.length,
    errorRatio: failed / own.length,
    ttftMs: { p50: above(0.5), p95: above(0.95) },
    durationMs: { p50: 2_000, p95: 2_000 },
    outputTokens: null,
    costNanoUsd: expect.closeTo(meanCost(own), 6) as unknown,
  };
}

describe('compare', () => {
  it.each([
    ['variant', 'control', 'treatment', WHOLE, START_MS],
    ['model_served', 'm-1', 'm-2', WHOLE, START_MS],
    ['prompt_version', 'p-1', 'p-2', AFTER, TURN_MS],
  ] as const)('counts what the file has, by %s', async (by, baseline, candidate, range, fromMs) => {
    const { slos, notCompared, alphaEach } = await compare([baseline, candidate, '--by', by, ...range]);
    expect(slos.map(({ slo }) => slo)).toEqual(['availability', 'quality', 'ttft']);
    expect(notCompared).toEqual([]);
    expect(alphaEach).toBeCloseTo(0.05 / 3, 12);
    for (const one of slos)
      for (const [arm, name] of [
        ['baseline', baseline],
        ['candidate', candidate],
      ] as const) {
        const naive = recount(one.slo as GovernedSlo, (event) => event[by] === name && event.atMs >= fromMs);
        for (const figure of ['seen', 'bad', 'total', 'squares'] as const)
          expect(one[arm][figure], `${one.slo} ${name} ${figure}`).toBeCloseTo(naive[figure], 6);
      }
  });

  it('finds the variant that fails more often, the model that answers worse, and no difference where there is none', async () => {
    const verdictOf = async (slo: string, args: readonly string[]): Promise<string> =>
      (await compare([...args, '--slo', slo])).slos[0]!.verdict;
    const byVariant = ['control', 'treatment', '--by', 'variant', ...WHOLE];
    expect(await verdictOf('availability', byVariant)).toBe('worse');
    expect(await verdictOf('ttft', byVariant)).toBe('insufficient');
    expect(await verdictOf('ttft', [...byVariant, '--margin', '0.2'])).toBe('same-within-margin');
    expect(await verdictOf('availability', [...byVariant, '--min-events', '5000'])).toBe('insufficient');
    const byModel = ['m-1', 'm-2', '--by', 'model_served', ...WHOLE];
    expect(await verdictOf('quality', byModel)).toBe('worse');
    expect(await verdictOf('quality', ['m-2', 'm-1', ...byModel.slice(2)])).toBe('better');
  });

  it('puts what suites say beside what the same evaluator says of traffic, as the file has both', async () => {
    const { evaluators } = await compare(['control', 'treatment', '--by', 'variant', ...WHOLE]);
    const [found, ...others] = evaluators;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ evaluator: 'judge', version: '1', dimension: 'quality' });
    for (const [arm, name] of [
      ['baseline', 'control'],
      ['candidate', 'treatment'],
    ] as const) {
      const traffic = recount('quality', ({ variant }) => variant === name);
      const cases = SUITE.filter(({ variant, isLeftOut }) => variant === name && !isLeftOut);
      const bad = cases.filter(({ passed }) => !passed).length;
      expect(found!.online[arm]).toMatchObject({ seen: traffic.seen, squares: traffic.squares });
      expect(found!.online[arm].bad).toBeCloseTo(traffic.bad, 6);
      expect(found!.online[arm].total).toBeCloseTo(traffic.total, 6);
      expect(found!.offline[arm]).toMatchObject({ seen: cases.length, bad, total: cases.length });
    }
    // Traffic tells no difference yet, which the suite is sure of.
    expect([found!.online.verdict, found!.offline.verdict]).toEqual(['insufficient', 'worse']);
    expect(found!.agreement).toBe('insufficient');
    const late = ['--suites-from', new Date(START_MS).toISOString()];
    expect(
      (await compare(['control', 'treatment', '--by', 'variant', ...WHOLE, ...late])).evaluators,
    ).toEqual([]);
    expect(
      (await compare(['m-1', 'm-2', '--by', 'model_served', '--slo', 'quality', ...WHOLE])).evaluators,
    ).toEqual([]);
    // By the model that answered both are sure, of the one that the suite has.
    const byModel = await compare(['m-1', 'm-2', '--by', 'model_served', ...WHOLE]);
    expect(byModel.evaluators[0]).toMatchObject({
      online: { verdict: 'worse' },
      offline: { verdict: 'insufficient', candidate: { seen: 0 } },
    });
  });

  it('prints a table, says what kind of difference it is, and exits as asked', async () => {
    const args = [
      'compare',
      'control',
      'treatment',
      '--by',
      'variant',
      ...WHOLE,
      '--data-dir',
      history.dataDir,
    ];
    const printed = await runCli([...args, '--fail-on', 'worse']);
    expect(printed.exitCode).toBe(3);
    expect(printed.stdout).toContain('assigned at random');
    expect(printed.stdout.split('\n').find((line) => line.startsWith('availability'))).toContain('worse');
    expect(printed.stdout).toMatch(/^judge 1 quality +traffic .* insufficient/m);
    expect(printed.stdout).toMatch(/^ +suite .* worse/m);
    expect((await runCli(args)).exitCode).toBe(0);
    const byModel = await runCli([
      'compare',
      'm-1',
      'm-2',
      '--by',
      'model_served',
      '--data-dir',
      history.dataDir,
    ]);
    expect(byModel.stdout).toContain('an association, no cause');
  });

  it('refuses arms, SLOs and times that there are not, naming those that there are', async () => {
    const base = ['--data-dir', history.dataDir, '--by', 'variant'];
    const misspelt = await runCli(['compare', 'control', 'treatmnt', ...WHOLE, ...base]);
    expect([misspelt.exitCode, misspelt.stderr]).toEqual([2, expect.stringContaining('treatment')]);
    const unknown = await runCli(['compare', 'control', 'treatment', ...WHOLE, ...base, '--slo', 'ttf']);
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('"ttft"')]);
    const turned = [
      '--from',
      new Date(END_MS).toISOString(),
      '--to',
      new Date(END_MS - HOUR_MS).toISOString(),
    ];
    expect((await runCli(['compare', 'control', 'treatment', ...turned, ...base])).exitCode).toBe(2);
    expect((await runCli(['compare', 'a', 'b', ...base, '--alpha', '2'])).exitCode).toBe(2);
  });

  it('says the same over HTTP', { timeout: 240_000 }, async () => {
    const told = await Promise.all([
      compare(['control', 'treatment', '--by', 'variant', ...WHOLE]),
      compare(['m-1', 'm-2', '--by', 'model_served', '--slo', 'quality', '--margin', '0.02']),
    ]);
    const engine = await startEngine({
      dataDirectory: path.join(history.dataDir, 'clickhouse'),
      port: 0,
      users: [{ name: 'analyst', password: '', role: 'analyst' }],
    });
    const store = openStore({ url: engine.url, user: 'analyst', password: '', database: 'burnline' });
    const logger = createLogger({ name: 'console', level: 'silent' });
    const server = await serveConsole({ store, logger, host: '127.0.0.1', port: 0 });
    const ask = async (
      query: string,
      of = '',
    ): Promise<{ status: number; body: Record<string, unknown> }> => {
      const response = await fetch(`${server.url}/api/v1/compare${of}?stream=${history.stream}&${query}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    try {
      const byVariant = 'by=variant&baseline=control&candidate=treatment';
      const answers = [
        await ask(`${byVariant}&from=${START_MS}&to=${END_MS}`),
        await ask('by=model_served&baseline=m-1&candidate=m-2&slo=quality&margin=0.02'),
      ];
      answers.forEach(({ status, body: { about, fromMs, toMs, ...figures } }, index) => {
        const { from, to, stream, ...said } = told[index] as unknown as Record<string, unknown>;
        expect([status, about]).toEqual([200, expect.objectContaining({ stream })]);
        expect([fromMs, toMs]).toEqual([Date.parse(String(from)), Date.parse(String(to))]);
        expect(figures).toMatchObject(said);
      });
      // Beside what the command says: what each arm was like, and what all of it comes to.
      const [{ body }] = answers as [(typeof answers)[number], ...typeof answers];
      expect(body['conclusion']).toEqual({
        answer: 'no',
        text: expect.stringMatching(
          /^It is worse by availability \(share of bad events [\d.]+ to/,
        ) as unknown,
      });
      expect(body['figures']).toEqual({ baseline: figuresOf('control'), candidate: figuresOf('treatment') });
      const { arms } = (await ask(`from=${START_MS}&to=${END_MS}`, '/arms')).body as {
        arms: readonly KnownArm[];
      };
      for (const by of ['variant', 'model_served', 'prompt_version', 'provider', 'region'] as const)
        expect(arms.filter((arm) => arm.by === by)).toEqual(armsOf(by));
      const wrong = [
        await ask(byVariant.replace('treatment', 'treatmnt')),
        await ask(`${byVariant}&slo=ttf`),
        await ask(`${byVariant}&service=cha`),
        await ask('by=variant&baseline=control'),
        await ask(`${byVariant}&alpha=2`),
        await ask(`${byVariant}&from=${START_MS}&to=${START_MS + 40 * 24 * HOUR_MS}`),
      ];
      expect(wrong.map(({ status }) => status)).toEqual([404, 404, 404, 400, 400, 400]);
      const remedies = wrong.map(({ body }) => String(body['remedy']));
      ['treatment', 'ttft', 'chat'].forEach((name, index) => {
        expect(remedies[index]).toContain(name);
      });
    } finally {
      await server.close();
      await store.close();
      await engine.stop();
    }
  });
});
