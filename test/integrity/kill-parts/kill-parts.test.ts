import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../support/random.ts';
import { replayWithKills, type KilledRun, type PlannedKill, type Target } from './killer.ts';
import { Recount } from './recount.ts';
import { ROLES, Rig } from './rig.ts';
import { readDecisions, readTables, receivedPages, type TableTexts } from './tables.ts';

/**
 * Goal: the processor (with its burn stage), the sink, the alerter and the engine may each be killed alone, by `kill -9` at
 * any moment of a replay, and are started again at once: raw rows, panes, burn rates, budgets and the history of alerts
 * end as those of an undisturbed run, which an independent count of the input confirms; no page is lost, none is decided
 * twice, and what is sent again carries the same key and the same body.
 *
 * Method: each part in a process of its own, the log in this one, a real engine. Kills fall into the announcement of the
 * specs, between a write and its commit on either side, at any moment of the work, into a start, and behind the replay's
 * last message; which, at which step and when is drawn from BURNLINE_SEED (printed). For time, `npm test` kills the four by
 * turns in one replay; BURNLINE_KILLS=20 kills each kind alone 20 times as well, and takes some minutes.
 */
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);
const KILLS_ALONE = Number(process.env['BURNLINE_KILLS'] ?? 0);
/** As often as a supervisor starts an engine again in a minute. */
const KILLS_PER_RUN_MAX = 5;
const TARGETS: readonly Target[] = [...ROLES, 'engine'];
const random = randomFrom(SEED);

let rig: Rig;
let calm: TableTexts;
let stepCount = 0;
let runCount = 0;

/** Replays under kills, and compares all that is left with the undisturbed run. */
async function killedRun(planned: readonly PlannedKill[]): Promise<KilledRun> {
  runCount += 1;
  const stream = `run-${runCount}`;
  if (planned.some(({ target }) => target === 'engine')) await rig.renewEngine();
  const run = await replayWithKills(rig, stream, planned, { random, stepCount });
  await expectUndisturbed(stream);
  return run;
}

/** Kills that found their target at work, with work left. */
function landedIn(runs: readonly KilledRun[], of: Target): number {
  return runs.flatMap(({ kills, finalProgress }) => {
    return kills.filter(
      ({ wasRunning, target, progress }) => target === of && wasRunning && progress < finalProgress[target],
    );
  }).length;
}

/** What a run that kills one target alone goes through. */
function plannedAlone(target: Target, killCount: number): readonly PlannedKill[] {
  const first = target === 'processor' ? 'announcing' : 'working';
  const moments = [
    first,
    'writing',
    'committing',
    'late',
    target === 'engine' ? 'working' : 'starting',
  ] as const;
  return moments.slice(0, killCount).map((moment) => ({ target, moment }));
}

async function expectUndisturbed(stream: string): Promise<void> {
  const tables = await readTables(rig, stream);
  for (const [name, text] of Object.entries(calm)) {
    // The lines alone: a difference of megabytes tells nobody anything.
    const [expected, actual] = [new Set(text.split('\n')), new Set(tables[name]!.split('\n'))];
    expect([...actual].filter((line) => !expected.has(line)).slice(0, 3), `${stream}: wrong ${name}`).toEqual(
      [],
    );
    expect([...expected].filter((line) => !actual.has(line)).slice(0, 3), `${stream}: lost ${name}`).toEqual(
      [],
    );
    expect(tables[name]!.length, `${stream}: ${name}`).toBe(text.length);
  }
  const decisions = await readDecisions(rig, stream);
  for (const [key, said] of decisions) {
    for (const again of said) expect(again, `${stream}: ${key} decided twice`).toEqual(said[0]);
  }
  expect([...decisions.keys()].sort()).toEqual([...(await readDecisions(rig, 'calm')).keys()].sort());
  const pages = receivedPages(rig, stream);
  const expected = receivedPages(rig, 'calm');
  expect([...pages.keys()].sort(), `${stream}: pages`).toEqual([...expected.keys()].sort());
  for (const [key, bodies] of pages) expect(new Set(bodies), key).toEqual(new Set(expected.get(key)));
}

function median(values: readonly number[]): number {
  return Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!);
}

/** How many kills hit, and how long a killed part takes to be caught up. */
function report(name: string, runs: readonly KilledRun[]): void {
  for (const target of TARGETS) {
    const kills = runs.flatMap((run) => run.kills).filter((kill) => kill.target === target);
    if (kills.length === 0) continue;
    const inCallCount = kills.filter(({ isInCall }) => isInCall).length;
    const startingCount = kills.filter(({ wasRunning }) => !wasRunning).length;
    const times = target === 'engine' ? [] : runs.flatMap(({ catchUpsMs }) => catchUpsMs[target]);
    const caughtUp =
      times.length === 0 ? '' : `; caught up after ${median(times)} ms (median of ${times.length})`;
    console.log(
      `${name}: ${target}: ${kills.length} kills, ${landedIn(runs, target)} amid its work (${inCallCount} in a write or a ` +
        `commit), ${startingCount} in its start${caughtUp}`,
    );
  }
}

describe('one part of the pipeline dies', () => {
  beforeAll(async () => {
    console.log(
      `kill -9 of single parts: seed ${SEED}, ${KILLS_ALONE} of each kind alone (BURNLINE_SEED, BURNLINE_KILLS)`,
    );
    rig = await Rig.open();
    const undisturbed = { random, stepCount: 0, onStep: (step: number) => (stepCount = step + 1) };
    await replayWithKills(rig, 'calm', [], undisturbed);
    calm = await readTables(rig, 'calm');
  }, 300_000);
  afterAll(() => rig.close());

  it('none does: the figures are those of an independent count', { timeout: 300_000 }, async () => {
    const recount = await Recount.of(rig.source);
    const [raw] = await rig.store.query<{ count: number; ids: number }>(
      `SELECT count() AS count, uniqExact(event_id) AS ids FROM inferences WHERE stream = 'calm'`,
    );
    expect(raw).toEqual({ count: recount.inferences.length, ids: recount.inferences.length });
    const panes = await rig.store.query<{ text: string }>(
      `SELECT concat(slo, '|', labels['provider'], '|', toString(toUnixTimestamp(pane)), '|', toString(sum(p.good)), '|',
                     toString(sum(p.total))) AS text
       FROM slo_panes AS p WHERE stream = 'calm' GROUP BY slo, labels, pane`,
    );
    expect(panes.map(({ text }) => text).sort()).toEqual(recount.panes);
    const rates = await rig.store.query<{
      name: string;
      at: number;
      window_s: number[];
      bad: number[];
      total: number[];
    }>(
      `SELECT concat(b.slo, '|', s.labels['provider']) AS name, toUnixTimestamp(evaluated_at) AS at, window_s, bad, total
       FROM (SELECT * FROM burn_rates FINAL WHERE stream = 'calm') AS b
       INNER JOIN (SELECT DISTINCT slo, series, labels FROM series) AS s ON s.slo = b.slo AND s.series = b.series`,
    );
    expect([...new Set(rates.map(({ name }) => name))].sort()).toEqual(recount.series);
    for (const { name, at, window_s, bad, total } of rates) {
      const counted = window_s.map((lengthS) => recount.window(name, at * 1_000, lengthS * 1_000));
      expect({ name, at, bad, total }).toEqual({
        name,
        at,
        bad: counted.map((counts) => counts.total - counts.good),
        total: counted.map((counts) => counts.total),
      });
    }
    const budgets = await rig.store.query<{ name: string; at: number; good: number; total: number }>(
      `SELECT concat(b.slo, '|', s.labels['provider']) AS name, toUnixTimestamp(evaluated_at) AS at, good, total
       FROM (SELECT * FROM budgets FINAL WHERE stream = 'calm') AS b
       INNER JOIN (SELECT DISTINCT slo, series, labels FROM series) AS s ON s.slo = b.slo AND s.series = b.series`,
    );
    for (const { name, at, good, total } of budgets) {
      expect({ name, at, good, total }).toEqual({
        name,
        at,
        ...recount.window(name, at * 1_000, 28 * 86_400_000),
      });
    }
    const decisions = await rig.store.query<{ text: string }>(
      `SELECT concat(slo, '|', labels['provider'], '|', tier, '|', toString(decision), '|',
                     toString(toUnixTimestamp(evaluated_at))) AS text
       FROM alert_decisions FINAL WHERE stream = 'calm'`,
    );
    expect(decisions.map(({ text }) => text).sort()).toEqual(recount.decisions(rig.plans));
    const pages = receivedPages(rig, 'calm');
    expect([...pages.values()].filter((bodies) => bodies.length > 1)).toEqual([]);
    expect(Math.min(decisions.length, pages.size)).toBeGreaterThan(5);
  });

  it.skipIf(KILLS_ALONE === 0).each(TARGETS)('the %s alone', { timeout: 900_000 }, async (target) => {
    const runs: KilledRun[] = [];
    for (let left = KILLS_ALONE; left > 0; left -= KILLS_PER_RUN_MAX) {
      runs.push(await killedRun(plannedAlone(target, Math.min(left, KILLS_PER_RUN_MAX))));
    }
    report('alone', runs);
    expect(landedIn(runs, target)).toBeGreaterThanOrEqual(KILLS_ALONE / 2);
  });

  it('all by turns', { timeout: 900_000 }, async () => {
    const last = TARGETS[Math.floor(random() * TARGETS.length)]!;
    const run = await killedRun([
      { target: 'processor', moment: 'announcing' },
      ...TARGETS.flatMap((target) => [
        { target, moment: 'writing' } as const,
        { target, moment: target === 'alerter' ? 'working' : 'committing' } as const,
      ]),
      { target: last, moment: 'late' },
    ]);
    report('by turns', [run]);
    for (const target of TARGETS) expect(landedIn([run], target), target).toBeGreaterThanOrEqual(2);
  });
});
