import type { Attributed, Attribution } from '@burnline/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, runCliJson } from '../../support/burnline-cli.ts';
import {
  END_MS,
  START_MS,
  TURN_MS,
  isGood,
  replayGoverned,
  type GovernedEvent,
  type GovernedHistory,
  type GovernedSlo,
} from './governed-history.ts';

/** Goal: `burnline explain` counts what a recount of the file finds, finds what the file was made with, and calls nothing else a cause. */
let history: GovernedHistory;
beforeAll(async () => {
  history = await replayGoverned();
}, 240_000);
afterAll(() => history.close());

interface Explained extends Attribution {
  readonly causes: readonly string[];
  readonly changes: readonly { readonly what: string; readonly value: string; readonly first: string }[];
}

const AFTER = ['--from', new Date(TURN_MS).toISOString(), '--to', new Date(END_MS).toISOString()];
const explain = (slo: string, args: readonly string[] = []): Promise<Explained> =>
  runCliJson(['explain', slo, ...AFTER, ...args, '--data-dir', history.dataDir]);

const weighed = (
  events: readonly GovernedEvent[],
  slo: GovernedSlo,
  isWanted: (event: GovernedEvent, good: boolean) => boolean,
): number =>
  events.reduce((sum, event) => {
    const good = isGood[slo](event);
    return sum + (good !== null && isWanted(event, good) ? event.weight / 1_000 : 0);
  }, 0);

const fieldOf = (event: GovernedEvent, name: string): string =>
  (event as unknown as Readonly<Record<string, string | null>>)[name] ?? '';

/** The excess within events that are alike in everything that was given before the answer, by loops over the file. */
function naiveExcess(
  events: readonly GovernedEvent[],
  slo: GovernedSlo,
  { dimension, value }: Attributed,
): number {
  const given = ['provider', 'region', 'prompt_version', 'tenant', 'variant'].filter(
    (name) => name !== dimension,
  );
  const alike = (event: GovernedEvent): string => given.map((name) => fieldOf(event, name)).join('|');
  const isOwn = (event: GovernedEvent): boolean => fieldOf(event, dimension) === value;
  let excess = 0;
  for (const group of new Set(events.map(alike))) {
    const members = events.filter((event) => alike(event) === group);
    const count = (own: boolean, bad: boolean | null): number =>
      weighed(members, slo, (event, good) => isOwn(event) === own && (bad === null || good !== bad));
    if (count(false, null) > 0 && count(true, null) > 0)
      excess += count(true, true) - (count(true, null) * count(false, true)) / count(false, null);
  }
  return excess;
}

describe('explain', () => {
  it('counts shares, lift and excess as the file has them', async () => {
    const after = history.events.filter(({ atMs }) => atMs >= TURN_MS);
    const found = await explain('availability');
    expect(found.bad).toBeCloseTo(
      weighed(after, 'availability', (_, good) => !good),
      6,
    );
    expect(found.values.length).toBeGreaterThan(8);
    const standardised = found.values.filter(({ method }) => method === 'mix-standardised');
    expect(standardised.length).toBeGreaterThan(4);
    for (const one of found.values) {
      const isOwn = (event: GovernedEvent): boolean => fieldOf(event, one.dimension) === one.value;
      const bad = weighed(after, 'availability', (event, good) => isOwn(event) && !good);
      const total = weighed(after, 'availability', (event) => isOwn(event));
      expect([one.bad, one.total]).toEqual([expect.closeTo(bad, 6), expect.closeTo(total, 6)]);
      expect(one.lift).toBeCloseTo(bad / found.bad / (total / found.total), 9);
      if (one.method === 'mix-standardised' && one.dimension !== 'model_served')
        expect(one.excess, one.value).toBeCloseTo(naiveExcess(after, 'availability', one), 6);
    }
  });

  it('names the provider that failed, the variant as a cause, and what was new before', async () => {
    const found = await explain('availability');
    const given = found.values.filter(({ dimension }) => dimension !== 'model_served');
    expect(given[0]).toMatchObject({ dimension: 'provider', value: 'bedrock' });
    // Two hours are too few to be sure of it at any look, six are not.
    const whole = await explain('availability', ['--from', new Date(START_MS).toISOString()]);
    expect(whole.causes).toEqual(['treatment']);
    const news = found.changes.map(({ what, value }) => `${what} ${value}`).sort();
    expect(news).toEqual(['model_served m-2', 'prompt_version p-2', 'system_fingerprint fp-2']);
    const first = history.events.find(({ system_fingerprint: one }) => one === 'fp-2')!;
    const told = found.changes.find(({ value }) => value === 'fp-2')!;
    expect(Date.parse(told.first)).toBe(first.atMs);
  });

  it('takes one series alone, and calls nothing a cause that was not assigned', async () => {
    const eu = await explain('availability', ['--series', 'region=eu']);
    const own = history.events.filter(({ atMs, region }) => atMs >= TURN_MS && region === 'eu');
    expect(eu.total).toBeCloseTo(
      weighed(own, 'availability', () => true),
      6,
    );
    expect(eu.values.map(({ dimension }) => dimension)).not.toContain('region');
    const quality = await explain('quality');
    expect(quality.causes).toEqual([]);
    expect(quality.values[0]).toMatchObject({ dimension: 'model_served', value: 'm-2' });
    const printed = await runCli(['explain', 'quality', ...AFTER, '--data-dir', history.dataDir]);
    expect(printed.stdout).toContain('all of this is association, and no cause');
    expect(printed.stdout).toMatch(/model_served +m-2/);
  });

  it('refuses SLOs and series that there are not', async () => {
    const dataDir = ['--data-dir', history.dataDir];
    expect((await runCli(['explain', 'availabilty', ...dataDir])).stderr).toContain(
      'Did you mean "availability"?',
    );
    const wrong = await runCli(['explain', 'availability', '--series', 'tenant=a', ...dataDir]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('has the dimensions region')]);
  });
});
