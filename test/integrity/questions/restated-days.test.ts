import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/burnline-cli.ts';
import { Random } from '../../delivery/model/random.ts';
import { daysOf, document, ratio, SERVICE, slo, type Counts, type Day } from './rolling-days.ts';

/**
 * Goal: what was said of a rolling window when a day ended, and what the same window counts now, are what a recount of the raw
 * rows finds.
 *
 * Method: a replayed file of verdicts that come up to two days after what they judge, counted by hand as it was seen by each
 * midnight and as it is known in the end: events by series, slices, entities and a composite.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SLICE_MS = 5 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WINDOW_MS = 2 * DAY_MS;
const START_MS = Date.UTC(2025, 5, 3, 7);
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);

const VERDICTS = 'stream: verdicts';
const PASSED = ratio(`${VERDICTS}, where: passed`, VERDICTS);

describe('days of a history whose verdicts came late', () => {
  interface Judged {
    readonly atMs: number;
    /** The end of the minute in which it came. */
    readonly seenMs: number;
    readonly provider: string;
    readonly task: string;
    readonly passed: boolean;
  }
  const SPECS = [
    SERVICE,
    slo(
      'quality',
      ratio(`${VERDICTS}, where: passed`, `${VERDICTS}, by: [provider], seriesMax: 5`),
      'target: 0.8',
    ),
    slo('slices', PASSED, 'target: 0.7, timeSliceWindow: 5m, timeSliceTarget: 0.8', 'Timeslices'),
    slo(
      'tasks',
      `thresholdMetric: { metricSource: { type: burnline, spec: { ${VERDICTS}, entity: attributes.task, consume: steps } } }`,
      'op: lte, value: 3, target: 0.7',
    ),
    document(
      'both',
      `  budgetingMethod: Occurrences
  objectives:
    - { displayName: all, target: 0.8, compositeWeight: 1, indicator: { spec: { ${PASSED} } } }
    - { displayName: some, target: 0.7, compositeWeight: 2, indicator: { spec: { ${ratio(`${VERDICTS}, where: "provider == 'a'"`, VERDICTS)} } } }`,
    ),
  ].join('\n---');

  function drawn(random: Random): { readonly lines: string; readonly judged: readonly Judged[] } {
    const records: { readonly logMs: number; readonly line: string }[] = [];
    const judged: Judged[] = [];
    let atMs = START_MS;
    for (let number = 0; atMs < START_MS + 5 * DAY_MS; number += 1) {
      atMs += random.below(16 * MINUTE_MS);
      const logMs = atMs + random.below(random.pick([MINUTE_MS, MINUTE_MS, 5 * HOUR_MS, WINDOW_MS]));
      const one: Judged = {
        ...{ atMs, seenMs: (Math.floor(logMs / MINUTE_MS) + 1) * MINUTE_MS },
        ...{ provider: random.pick(['a', 'b']), passed: random.chance(0.85) },
        // Up to six answers in a row, over some midnights too.
        task: `task-${Math.floor(number / 6)}`,
      };
      judged.push(one);
      const verdict = {
        event_id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
        judged_at: new Date(logMs).toISOString(),
        inference_at: new Date(atMs).toISOString(),
        ...{ evaluator: 'judge', dimension: 'quality', service: 'chat', model_requested: 'm' },
        ...{ provider: one.provider, passed: one.passed, attributes: { task: one.task } },
      };
      const line = JSON.stringify({ verdict });
      records.push({ logMs, line });
      if (random.chance(0.03)) records.push({ logMs, line });
    }
    records.sort((left, right) => left.logMs - right.logMs);
    return { lines: records.map(({ line }) => line).join('\n'), judged };
  }

  /** By SLO and provider, what a window counts that ends at `toMs`, of what was seen by then, less a stretch that is left out. */
  function recount(
    all: readonly Judged[],
    {
      toMs,
      seenMs,
      leftOut,
    }: { readonly toMs: number; readonly seenMs: number; readonly leftOut?: readonly [number, number] },
  ): ReadonlyMap<string, Counts> {
    const known = all.filter((one) => one.seenMs <= seenMs && one.atMs < toMs);
    const inWindow = (ms: number): boolean => ms >= toMs - WINDOW_MS && ms < toMs;
    const own = known.filter(({ atMs }) => inWindow(atMs));
    const found = new Map<string, Counts>();
    const put = (key: string, states: readonly boolean[]): void => {
      if (states.length > 0) found.set(key, { good: states.filter(Boolean).length, total: states.length });
    };
    for (const provider of ['a', 'b']) {
      const counted = own.filter(
        (one) =>
          one.provider === provider &&
          (leftOut === undefined || one.atMs < leftOut[0] || one.atMs >= leftOut[1]),
      );
      put(
        `quality ${provider}`,
        counted.map(({ passed }) => passed),
      );
    }
    put(
      'both/all ',
      own.map(({ passed }) => passed),
    );
    put(
      'both/some ',
      own.map(({ provider }) => provider === 'a'),
    );
    const groupsOf = (
      some: readonly Judged[],
      keyOf: (one: Judged) => number | string,
    ): readonly Judged[][] => {
      const groups = new Map<number | string, Judged[]>();
      for (const one of some) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
      return [...groups.values()];
    };
    put(
      'slices ',
      groupsOf(own, ({ atMs }) => Math.floor(atMs / SLICE_MS)).map(
        (some) => 10 * some.filter(({ passed }) => passed).length >= 8 * some.length,
      ),
    );
    put(
      'tasks ',
      // All of a task lies within two days of it: it counts where it was last seen.
      groupsOf(known, ({ task }) => task)
        .filter((some) => inWindow(Math.max(...some.map(({ atMs }) => atMs))))
        .map((some) => some.length <= 3),
    );
    return found;
  }

  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'burnline-restated-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('are told as they were seen, and as they are known now', { timeout: 240_000 }, async () => {
    console.log(`history seed ${SEED} (BURNLINE_SEED)`);
    const { lines, judged } = drawn(new Random(SEED));
    const [events, specs, data] = ['events.ndjson', 'slos.yaml', 'data'].map((name) =>
      path.join(root, name),
    ) as [...[string, string, string]];
    await writeFile(events, lines);
    await writeFile(specs, SPECS);
    const where = ['--data-dir', data];
    const replayed = await runCli(['replay', events, '--specs', specs, ...where]);
    expect(replayed.exitCode, replayed.stderr).toBe(0);

    const endMs = Math.max(...judged.map(({ seenMs }) => seenMs));
    const endsMs = Array.from(
      { length: Math.floor((endMs - Date.UTC(2025, 5, 3)) / DAY_MS) },
      (_, index) => Date.UTC(2025, 5, 4) + index * DAY_MS,
    );
    const check = (days: readonly Day[], name: string, leftOut?: readonly [number, number]): void => {
      const expected = [...endsMs].reverse().flatMap((toMs) => {
        const then = recount(judged, { toMs, seenMs: toMs });
        const now = recount(judged, { toMs, seenMs: Infinity, ...(leftOut !== undefined && { leftOut }) });
        return [...now]
          .filter(([key]) => key.split(' ')[0] === name)
          .map(([key, after]) => {
            const before = then.get(key) ?? { good: 0, total: 0 };
            return `${toMs} ${key} ${before.good}/${before.total} ${after.good}/${after.total}`;
          });
      });
      const found = days.map(
        ({ toMs, slo: own, labels, before, after }) =>
          `${toMs} ${own} ${labels['provider'] ?? ''} ${before?.good}/${before?.total} ${after.good}/${after.total}`,
      );
      expect(found).toEqual(expected);
    };
    for (const name of ['quality', 'slices', 'tasks']) {
      const days = await daysOf([...where, '--rolling', name]);
      check(days, name);
      for (const { before, after, difference, causes, fromMs, toMs } of days) {
        expect(fromMs).toBe(toMs - WINDOW_MS);
        const moved = { good: after.good - before!.good, total: after.total - before!.total };
        expect(difference).toEqual({ ...moved, bad: moved.total - moved.good });
        expect(causes).toEqual(moved.good === 0 && moved.total === 0 ? [] : ['late_events']);
      }
      expect(days.some(({ causes }) => causes.length > 0)).toBe(true);
    }
    // The composite and its parts, by one name; its burn is the weighed sum of theirs.
    const both = await daysOf([...where, '--rolling', 'both']);
    const of = (name: string): readonly Day[] => both.filter((one) => one.slo === name);
    check(of('both/all'), 'both/all');
    check(of('both/some'), 'both/some');
    expect(of('both').map(({ toMs }) => toMs)).toEqual([...endsMs].reverse());
    for (const { toMs, before, after, causes } of of('both')) {
      const leftOf = (seenMs: number): number => {
        const counts = recount(judged, { toMs, seenMs });
        const burn = (key: string, target: number): number => {
          const { good, total } = counts.get(key)!;
          return (total - good) / total / (1 - target);
        };
        return 1 - burn('both/all ', 0.8) - 2 * burn('both/some ', 0.7);
      };
      expect(before!.remainingRatio).toBeCloseTo(leftOf(toMs), 6);
      expect(after.remainingRatio).toBeCloseTo(leftOf(Infinity), 6);
      expect(causes).toEqual(leftOf(toMs) === leftOf(Infinity) ? [] : ['late_events']);
    }

    const leftOut = [Date.UTC(2025, 5, 5, 3), Date.UTC(2025, 5, 5, 9)] as const;
    const added = await runCli([
      ...['--json', 'adjust', 'add', ...where, '--slo', 'quality', '--reason', 'drill', '--author', 'ann'],
      ...['--from', new Date(leftOut[0]).toISOString(), '--to', new Date(leftOut[1]).toISOString()],
    ]);
    expect(added.exitCode, added.stderr).toBe(0);
    const { added: id } = JSON.parse(added.stdout) as { readonly added: string };
    const adjusted = await daysOf([...where, '--rolling', 'quality']);
    check(adjusted, 'quality', leftOut);
    const named = adjusted.filter(({ causes }) => causes.includes(`adjustment ${id}`));
    expect(new Set(named.map(({ toMs }) => toMs))).toEqual(
      new Set([Date.UTC(2025, 5, 6), Date.UTC(2025, 5, 7)]),
    );
    expect(named.some(({ causes }) => causes[0] === 'late_events')).toBe(true);

    const text = await runCli(['periods', ...where, '--rolling', 'quality', '--days', '2'], {
      env: { COLUMNS: '200' },
    });
    expect(text.stdout).toMatch(/day ended .* why/);
    const unknown = await runCli(['periods', ...where, '--rolling', 'qualty']);
    expect(unknown.stderr).toContain('Did you mean "quality"?');
  });
});
