import type { Comparisons } from '@burnline/queries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson } from '../../support/burnline-cli.ts';
import {
  END_MS,
  HOUR_MS,
  START_MS,
  TURN_MS,
  isGood,
  replayGoverned,
  type GovernedEvent,
  type GovernedHistory,
  type GovernedSlo,
} from './governed-history.ts';

/** Goal: `burnline compare` counts of each arm what a recount of the file finds, and its verdicts are those that the file was made for. */
let history: GovernedHistory;
beforeAll(async () => {
  history = await replayGoverned();
}, 240_000);
afterAll(() => history.close());

const WHOLE = ['--from', new Date(START_MS).toISOString(), '--to', new Date(END_MS).toISOString()];
const AFTER = ['--from', new Date(TURN_MS).toISOString(), '--to', new Date(END_MS).toISOString()];
const compare = (args: readonly string[]): Promise<Comparisons> =>
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
});
