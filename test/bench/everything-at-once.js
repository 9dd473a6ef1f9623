/**
 * How soon does a page come when everything goes wrong at once? npm run bench:attack [-- --runs 5 --good 30]
 *
 * 200 series turn bad at once and another service a second later, under the worst queries of analysts, a dead receiver and
 * 1,000 bad bodies a second. Seconds are counted from the first bad event of the service.
 */
import { parseArgs } from 'node:util';
import { runEverythingAtOnce } from './attack/everything-at-once.js';
import { Figures, progress } from './support/figures.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, good: { type: 'string', default: '30' } },
});
const runCount = Number(values.runs);
/** Ticks come every 5 s from the start on: the storms of the runs begin at even distances between two of them. */
const TICK_S = 5;
const figures = new Figures();
for (let run = 1; run <= runCount; run += 1) {
  const goodS = Number(values.good) + (TICK_S * (run - 1)) / runCount;
  const found = await runEverythingAtOnce({ goodS, stormMsMax: 120_000 });
  const { analysts, bodies, rows, ready } = found;
  progress(
    `run ${run}: first ${found.firstPageS} s, all ${found.allNamedS} s, other ${found.otherPageS} s; ` +
      JSON.stringify({ named: found.named, analysts, bodies, acknowledged: found.acknowledged, rows }),
  );
  figures.keep({
    'first bad event to first page, s': found.firstPageS ?? NaN,
    '- of it after the instant that was evaluated, s': found.afterEvaluationS ?? NaN,
    'first bad event to the page that names the last series, s': found.allNamedS ?? NaN,
    "the other service's page, s": found.otherPageS ?? NaN,
    notifications: found.notifications,
    'bad bodies a second': bodies.perSecond,
    'queries of analysts': analysts.asked,
    'looks at /ready that were not answered with 200': ready.filter(({ status }) => status !== 200).length,
    'pipeline, resident at most, MiB': found.memory.pipeline.peak,
    'engine, resident at most, MiB': found.memory.engine.peak,
    'SIGTERM to the end, ms': found.ended.ms,
    'acknowledged but not stored': found.acknowledged - (rows?.stored ?? 0),
  });
}
figures.print('everything at once');
