import { expect, it } from 'vitest';
import { runEverythingAtOnce } from '../bench/attack/everything-at-once.js';

/**
 * Goal: when everything goes wrong at once, every page comes, another service's too, nothing that was acknowledged is lost and
 * nothing that was refused is taken, and the process lives within its memory.
 *
 * Method: `burnline up` as a process; 200 series of one service turn bad at once and another service a moment later, while
 * analysts ask for the worst that they may, a receiver hangs and a client sends up to 1,000 bad bodies a second. How soon the
 * pages come is the benchmark's to say (`npm run bench:attack`): here the machine may be as busy as it likes.
 */
const SERIES_COUNT = 200;
/** `/ready` calls judging stalled when it is older; it looks at it in the moment, and the table tells it by the second. */
const JUDGING_AGE_S_MAX = 60;
/** What the main process needs at most, with the bodies and answers that it may hold; the engine is given 2 GiB. */
const PIPELINE_MIB_MAX = 1_024;
const ENGINE_MIB_MAX = 3 * 1_024;
/** The intake has 5 s, the engine 12 s, and statements of a busy machine some. */
const STOP_MS_MAX = 45_000;

it('every page comes, and nothing is lost', { timeout: 600_000 }, async () => {
  const found = await runEverythingAtOnce({ seriesCount: SERIES_COUNT, goodS: 15, stormMsMax: 180_000 });
  const { firstPageS, allNamedS, otherPageS, analysts, bodies, rows, acknowledged, memory, ended } = found;
  console.log(
    `first page ${firstPageS?.toFixed(1)} s, all named ${allNamedS?.toFixed(1)} s, the other service's ${otherPageS?.toFixed(1)} s; ` +
      `${bodies.sent} bad bodies (${bodies.perSecond.toFixed(0)} a second), ${analysts.asked} queries, ${acknowledged} events`,
  );

  // Pages: each series is named, nobody is told twice, and nobody was before there was a reason.
  expect(found.firesBefore).toBe(0);
  expect(found.named).toBe(SERIES_COUNT);
  expect(otherPageS).toBeGreaterThan(0);
  expect(new Set(found.decisionKeys).size).toBe(found.decisionKeys.length);
  expect(found.notifications).toBeLessThan(SERIES_COUNT / 4);
  // The attack did take place.
  expect(found.deadRequests).toBeGreaterThan(0);
  expect(analysts.asked).toBeGreaterThan(2);
  expect(bodies.sent).toBeGreaterThan(100);

  // Every bad body is refused: by what it says, or for want of room. None of it is kept, and all that was acknowledged is.
  expect(Object.keys(bodies.statuses).filter((status) => !['400', '503'].includes(status))).toEqual([]);
  expect(found.dropped).toBe(0);
  expect(rows).toEqual({ stored: acknowledged, ids: acknowledged, counted: acknowledged, bad: 0 });

  // `/ready` said no as long as judging stood, and only then; a check that had no answer in its 2 s is one that cannot be held.
  const told = found.ready.filter(({ checks }) => JSON.stringify(checks).includes(' old'));
  const gapsS = found.evaluatedAtS.slice(1).map((atS, index) => atS - found.evaluatedAtS[index]!);
  if (Math.max(...gapsS) < JUDGING_AGE_S_MAX / 2) expect(told).toEqual([]);
  if (Math.max(...gapsS) > JUDGING_AGE_S_MAX * 2) expect(told).not.toEqual([]);
  expect(found.isReadyAtEnd).toBe(true);

  expect(memory.pipeline.peak).toBeLessThan(PIPELINE_MIB_MAX);
  expect(memory.engine.peak).toBeLessThan(ENGINE_MIB_MAX);
  expect(found.isAlive).toBe(true);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.ms).toBeLessThan(STOP_MS_MAX);
});
