import { createHash } from 'node:crypto';
import { readIncident, readIncidents } from '@burnline/queries';
import { actOnIncident } from 'burnline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/burnline-cli.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';
import { randomFrom } from '../../support/random.ts';

/**
 * Goal: which alerts are one incident, when it opened and ended, and what people did, as a naive recount of the drawn alerts has them:
 * whoever is linked to whom, and everything that can be reached so. Rows that were written twice change nothing.
 *
 * Method: decisions of drawn alerts as the alerter writes them, put into a real engine; the acts by the command.
 */
const AT_S = 1_780_000_000;
const GAP_S = 1_800;
const TIERS = { '1h&5m': 'page', '3d&6h': 'ticket' } as const;

interface Drawn {
  readonly service: string;
  readonly slo: string;
  readonly tier: keyof typeof TIERS;
  readonly key: string;
  readonly firedS: number;
  readonly overS: number | null;
  readonly severity: string;
  /** After it fired; null: nobody was told. */
  readonly toldAfterS: number | null;
}

let database: TestDatabase;
const drawn = drawAlerts();

function drawAlerts(): readonly Drawn[] {
  const random = randomFrom(90_210);
  const count = (max: number): number => Math.floor(random() * max);
  return Array.from({ length: 40 }, (_, index) => `s${index}`).flatMap((service) =>
    ['a', 'b'].flatMap((name) =>
      (['1h&5m', '3d&6h'] as const).flatMap((tier) => {
        let atS = AT_S + count(20_000);
        const slo = `${service}-${name}`;
        const fires = count(4);
        return Array.from({ length: fires }, (__, place): Drawn => {
          const [firedS, overS] = [atS, atS + 60 + count(4_000)];
          atS = overS + 60 + count(9_000);
          return {
            ...{ service, slo, tier, key: `live|${slo}|7|${tier}`, firedS },
            overS: place === fires - 1 && random() < 0.1 ? null : overS,
            severity: TIERS[tier] === 'page' ? `SEV-${1 + count(2)}` : 'SEV-3',
            toldAfterS: random() < 0.8 ? 1 + count(50) : null,
          };
        });
      }),
    ),
  );
}

const decisionOf = (one: Drawn, decision: 'fire' | 'resolve', atS: number, offset: number): object => ({
  ...{ decision_key: `${one.key}@${atS}`, alert_key: one.key, stream: 'live', slo: one.slo, spec_rev: 'r' },
  ...{
    series: '7',
    labels: { provider: 'a' },
    tier: one.tier,
    severity: one.severity,
    decision,
    evaluated_at: atS,
  },
  ...{
    long_window_s: 3_600,
    short_window_s: 300,
    long_bad: 9,
    long_total: 100,
    short_bad: 3,
    short_total: 4,
  },
  ...{ factor: 14.4, coverage: 1, attribution: '[]', log_offset: offset, decided_at: (atS + 2) * 1_000 },
  ...{ ended_by: '', reason: '' },
});

const decisionsOf = (alerts: readonly Drawn[]): readonly object[] =>
  alerts.flatMap((one, index) => [
    decisionOf(one, 'fire', one.firedS, 2 * index),
    ...(one.overS === null ? [] : [decisionOf(one, 'resolve', one.overS, 2 * index + 1)]),
  ]);

const idOf = ({ key, firedS }: Pick<Drawn, 'key' | 'firedS'>): string =>
  createHash('sha256').update(`${key}|${firedS}`).digest('hex').slice(0, 10);

const byTime = (a: Drawn, b: Drawn): number => a.firedS - b.firedS || (a.key < b.key ? -1 : 1);
const endOf = ({ overS }: Drawn): number => overS ?? Number.POSITIVE_INFINITY;
const areNear = (a: Drawn, b: Drawn): boolean => a.firedS <= endOf(b) + GAP_S && b.firedS <= endOf(a) + GAP_S;

/** Sets of alerts that page and can be reached from each other, with the tickets that overlap them. */
function recount(alerts: readonly Drawn[]): readonly (readonly Drawn[])[] {
  const left = new Set(alerts.filter(({ tier }) => TIERS[tier] === 'page'));
  const sets: Drawn[][] = [];
  for (const first of left) {
    const reached = [first];
    left.delete(first);
    for (const one of reached)
      for (const other of left)
        if (areNear(one, other)) {
          reached.push(other);
          left.delete(other);
        }
    sets.push(reached.sort(byTime));
  }
  sets.sort((a, b) => byTime(a[0]!, b[0]!));
  const pages = sets.map((set) => [...set]);
  for (const ticket of alerts.filter(({ tier }) => TIERS[tier] === 'ticket')) {
    const span = (set: readonly Drawn[]): Drawn => ({
      ...set[0]!,
      overS: set.some(({ overS }) => overS === null) ? null : Math.max(...set.map(endOf)),
    });
    const own = pages.findIndex((set) => areNear(ticket, span(set)));
    if (own !== -1) sets[own]!.push(ticket);
  }
  return sets.map((set) => set.sort(byTime));
}

const sloRow = (slo: string): object => ({
  ...{ slo, spec_rev: 'r', display_name: slo, service: slo.split('-')[0], track: 'infrastructure' },
  ...{ criticality: 'high', within: '', target_numerator: 99, target_denominator: 100, period: '28d' },
  ...{ budget_period: '', dimensions: ['provider'], loaded_at: AT_S * 1_000 },
  tiers: JSON.stringify(Object.entries(TIERS).map(([name, severity]) => ({ name, severity }))),
});

beforeAll(async () => {
  database = await startTestDatabase();
  const { store } = database;
  await store.insertRows('slos', [...new Set(drawn.map(({ slo }) => slo))].map(sloRow));
  await store.insertRows('alert_decisions', decisionsOf(drawn));
  await store.insertRows(
    'alert_notifications',
    drawn.flatMap(({ key, firedS, toldAfterS }) =>
      toldAfterS === null
        ? []
        : [
            {
              ...{ decision_key: `${key}@${firedS}`, receiver: 'pager', outcome: 'delivered', attempts: 1 },
              ...{ status_code: 200, error: '', finished_at: (firedS + toldAfterS) * 1_000 },
            },
          ],
    ),
  );
});
afterAll(() => database.close());

async function expectRecounted(): Promise<void> {
  const services = [...new Set(drawn.map(({ service }) => service))];
  const expected = services
    .flatMap((service) => recount(drawn.filter((one) => one.service === service)))
    .map((set) => {
      const pages = set.filter(({ tier }) => TIERS[tier] === 'page');
      const told = pages.flatMap(({ firedS, toldAfterS }) =>
        toldAfterS === null ? [] : [firedS + toldAfterS],
      );
      const isOpen = pages.some(({ overS }) => overS === null);
      const opened = pages[0]!.firedS;
      return {
        ...{ incident: idOf(pages[0]!), openedMs: opened * 1_000, alertCount: set.length },
        state: isOpen ? 'open' : 'resolved',
        severity: set.map(({ severity }) => severity).sort()[0],
        toPageS: told.length === 0 ? null : Math.min(...told) - opened,
        toResolveS: isOpen ? null : Math.max(...pages.map(endOf)) - opened,
        burningCount: set.filter(({ overS }) => overS === null).length,
      };
    })
    .sort((a, b) => (a.incident < b.incident ? -1 : 1));
  const found = await readIncidents(database.store, { limit: 10_000 });
  expect(
    [...found]
      .sort((a, b) => (a.incident < b.incident ? -1 : 1))
      .map(({ incident, openedMs, alertCount, state, severity, toPageS, toResolveS, burningCount }) => ({
        ...{ incident, openedMs, alertCount, state, severity, toPageS, toResolveS, burningCount },
      })),
  ).toEqual(expected);
  expect(expected.length).toBeGreaterThan(50);
  expect(expected.some(({ alertCount }) => alertCount > 3)).toBe(true);
}

describe('incidents', () => {
  it('are what a recount reaches, also when an alerter wrote its decisions a second time', async () => {
    await expectRecounted();
    await database.store.insertRows('alert_decisions', decisionsOf(drawn));
    await expectRecounted();
  });

  it('keep the service and the urgency that was decided by, whatever specs say later', async () => {
    const { store } = database;
    const firedS = AT_S + 1_000;
    const one: Drawn = {
      ...{ service: 'then', slo: 'then-a', tier: '1h&5m', key: 'live|then-a|7|1h&5m', firedS, overS: null },
      ...{ severity: 'SEV-1', toldAfterS: null },
    };
    const ticketTier = JSON.stringify([{ name: '1h&5m', severity: 'ticket' }]);
    const row = { ...sloRow('then-a'), service: 'renamed', tiers: ticketTier };
    await store.insertRows('slos', [row]);
    const told = { service: 'then', urgency: 'page' };
    await store.insertRows('alert_decisions', [{ ...decisionOf(one, 'fire', firedS, 1), ...told }]);
    expect(await readIncidents(store, { service: 'renamed', limit: 9 })).toEqual([]);
    const [found] = await readIncidents(store, { service: 'then', limit: 9 });
    expect(found).toMatchObject({ incident: idOf(one), state: 'open', slos: ['then-a'] });
    await store.insertRows('alert_decisions', [
      { ...decisionOf(one, 'resolve', firedS + 60, 2), service: 'then', urgency: 'page' },
    ]);
  });

  it('are found by the id of any of their alerts, with all of them', async () => {
    const set = recount(drawn.filter(({ service }) => service === 's1')).find(({ length }) => length > 1)!;
    for (const one of set) {
      const found = await readIncident(database.store, idOf(one));
      expect(found?.alerts.map(({ alertKey, firedMs }) => [alertKey, firedMs / 1_000])).toEqual(
        set.map(({ key, firedS }) => [key, firedS]),
      );
    }
    expect(await readIncident(database.store, '0123456789')).toBeNull();
  });
});

/** Of a pipeline that runs now: its clock is that of whoever acts. */
const nowS = (): number => Math.floor(Date.now() / 1_000);
const env = (): Record<string, string> => ({
  CLICKHOUSE_URL: database.url,
  CLICKHOUSE_USER: 'burnline',
  CLICKHOUSE_PASSWORD: 'test',
  CLICKHOUSE_DATABASE: 'burnline',
});
const run = (...args: readonly string[]) => runCli(['incidents', ...args], { env: env() });

describe('what people do about an incident', () => {
  it('is written down, told, and ends it for what had fired by then', { timeout: 240_000 }, async () => {
    const { store } = database;
    await store.insertRows(
      'slos',
      ['now-a', 'now-b'].map((slo) => sloRow(slo)),
    );
    const first: Drawn = {
      ...{ service: 'now', slo: 'now-a', tier: '1h&5m', key: 'live|now-a|7|1h&5m', firedS: nowS() - 600 },
      ...{ overS: null, severity: 'SEV-2', toldAfterS: null },
    };
    const id = idOf(first);
    const act = (action: string, said: object) =>
      actOnIncident(store, { incident: id, action, author: 'ann', ...said }, Date.now());
    await store.insertRows('alert_decisions', decisionsOf([first]));
    expect((await run('ack', id, '--author', 'ann')).exitCode).toBe(0);
    expect((await run('ack', id, '--author', 'bob')).stderr).toContain('is acknowledged');
    await act('note', { text: 'it is the provider' });
    await act('role', { value: 'commander', person: 'ann' });
    await act('role', { value: 'commander', person: 'kim' });
    expect((await run('severity', id, 'SEV-1', '--reason', 'all users', '--author', 'ann')).exitCode).toBe(0);
    expect(await readIncident(store, id)).toMatchObject({
      ...{ state: 'acknowledged', severity: 'SEV-1', acknowledgedBy: 'ann', roles: { commander: 'kim' } },
      acts: [
        { action: 'ack', author: 'ann' },
        { action: 'note', text: 'it is the provider' },
        { action: 'role', person: 'ann' },
        { action: 'role', person: 'kim' },
        { action: 'severity', value: 'SEV-1', text: 'all users' },
      ],
    });
    await act('resolve', { text: 'routed around', author: 'kim' });
    const resolved = await readIncident(store, id);
    expect(resolved).toMatchObject({ state: 'resolved', resolvedBy: 'kim', burningCount: 1 });
    expect(resolved!.toResolveS).toBeGreaterThanOrEqual(600);
    await expect(act('resolve', { text: 'again' })).rejects.toThrow('is resolved');
    await expect(act('severity', { value: 'SEV-0', text: 'x' })).rejects.toThrow('must be one of SEV-1');
    await expect(act('note', {})).rejects.toThrow('text must be');
    // What fires soon after is the same incident, which is open again.
    const again: Drawn = { ...first, slo: 'now-b', key: 'live|now-b|7|1h&5m', firedS: nowS() + 60 };
    await store.insertRows('alert_decisions', decisionsOf([again]));
    const { stdout } = await run('show', id);
    expect(stdout).toMatch(/^acknowledged: SEV-1 of now/);
    expect((await readIncident(store, id))!.alerts).toHaveLength(2);
    const open = await readIncidents(store, { service: 'now', isOpen: true, limit: 9 });
    expect(open.map(({ incident }) => incident)).toEqual([id]);
    await expect(act('ack', { incident: 'ffffffffff' })).rejects.toThrow('There is no incident ffffffffff');
  });
});
