import { expect, it } from 'vitest';
import { parseExactRatio } from '../burn/exact-ratio.ts';
import { resolveTiers } from '../burn/tiers.ts';
import { DAY_MS } from '../time/units.ts';
import { chanceFires, steadyHistory, type SteadyTraffic } from './testing/chance-fires.ts';

/**
 * Goal: a service that is exactly at its target, by chance alone, seldom fires with the exact guard, at any traffic; where its
 * errors come in bursts, that takes their dispersion.
 *
 * Method: seeded histories of 28 days. CHANCE_MONTHS=30 prints the table of `docs/concepts.md`; six of them here.
 */
const MONTHS = Number(process.env['CHANCE_MONTHS'] ?? 6);
const TARGET = parseExactRatio('0.999');
const TIERS = resolveTiers({ target: TARGET, periodMs: 28 * DAY_MS, preset: 'google' });
const EXACT = {
  badCountMin: 2,
  lowTraffic: { kind: 'exact', alpha: { numerator: 1, denominator: 20 } },
} as const;
const GUARDS = { 'no guard': { badCountMin: 1 }, 'min-bad 5': { badCountMin: 5 }, exact: EXACT };

type Name = keyof typeof GUARDS | 'exact, corrected';
type Fires = Readonly<Record<Name, { readonly page: number; readonly ticket: number }>>;

/** Fires a month of the tiers that page and of those that make tickets, by guard; and the mean dispersion. */
function firesOf(traffic: SteadyTraffic): { readonly fires: Fires; readonly dispersion: number } {
  const zero = () => ({ page: 0, ticket: 0 });
  const fires = { 'no guard': zero(), 'min-bad 5': zero(), exact: zero(), 'exact, corrected': zero() };
  let dispersion = 0;
  for (let seed = 1; seed <= MONTHS; seed += 1) {
    const history = steadyHistory(traffic, 28 * DAY_MS, seed * 7919);
    const measured = Math.max(1, dispersionOf(history.slices));
    dispersion += measured / MONTHS;
    const guards = { ...GUARDS, 'exact, corrected': { ...EXACT, dispersion: measured } };
    for (const name of Object.keys(guards) as Name[])
      for (const tier of TIERS)
        fires[name][tier.severity] +=
          chanceFires(history, tier, { target: TARGET, ...guards[name] }) / MONTHS;
  }
  return { fires, dispersion };
}

function dispersionOf(slices: readonly { readonly bad: number; readonly total: number }[]): number {
  const seen = slices.filter(({ total }) => total > 0);
  const sum = (of: (slice: (typeof seen)[number]) => number) => seen.reduce((all, one) => all + of(one), 0);
  const share = sum(({ bad }) => bad) / sum(({ total }) => total);
  if (share === 0) return 1;
  return (
    sum(({ bad, total }) => (bad - total * share) ** 2 / (total * share * (1 - share))) / (seen.length - 1)
  );
}

const text = ({ page, ticket }: Fires[Name]): string => `${page.toFixed(2)} + ${ticket.toFixed(2)}`;

it.each([10, 100, 1_000])(
  'fires no oftener than with five bad events, at %d events an hour',
  (eventsPerHour) => {
    const { fires, dispersion } = firesOf({ eventsPerHour, badShare: 0.001, burstEvery: 1 });
    console.info(
      eventsPerHour,
      Object.entries(fires)
        .map(([name, of]) => `${name}: ${text(of)}`)
        .join(', '),
    );
    const [guarded, unguarded] = [fires.exact, fires['no guard']];
    expect(guarded.page).toBeLessThanOrEqual(0.5);
    expect(guarded.ticket).toBeLessThanOrEqual(4);
    expect(guarded.page + guarded.ticket).toBeLessThan(unguarded.page + unguarded.ticket);
    expect(dispersion).toBeLessThan(1.1);
  },
);

it.each([100, 1_000])('corrects for bursts, at %d events an hour', (eventsPerHour) => {
  const { fires, dispersion } = firesOf({ eventsPerHour, badShare: 0.001, burstEvery: 100 });
  console.info(
    eventsPerHour,
    `phi ${dispersion.toFixed(1)}`,
    Object.entries(fires)
      .map(([name, of]) => `${name}: ${text(of)}`)
      .join(', '),
  );
  const [plain, corrected] = [fires.exact, fires['exact, corrected']];
  expect(corrected.page + corrected.ticket).toBeLessThan((plain.page + plain.ticket) / 1.5);
  expect(dispersion).toBeGreaterThan(1.3);
});
