/**
 * Events a CPU second from bytes to pane rows: Avro walk, repeats, predicates, groups, sums and panes.
 *
 * npm run bench:kernel [-- --no-repeats]
 *
 * Three ways to the same figures within the same run: the generated kernel; the plain path that defines it (avsc's decoder
 * for the fields that are read, then one predicate after another); and SQL over raw rows of the same events in the embedded
 * engine, one thread, which finds them decoded and stored. All must come to the same counts. Time is CPU time, compiler
 * and collector included, so that other work on the machine counts little. After them, the first two ways over 20 SLIs of
 * each kind, grouped by tenant and not, of events that state a confidence and a share, too. Of envelopes there is one, of
 * sessions with an event or two each, so that nearly every event begins a series: the worst that they meet.
 */
import { isDeepStrictEqual } from 'node:util';
import process from 'node:process';
import {
  APPENDED_AT_MS,
  CountingRun,
  WINDOW_MESSAGES,
  createKernelCounter,
  createPlainCounter,
} from './support/counting-run.js';
import { cpuSecondsOf } from './support/cpu.js';
import { startBenchEngine } from './support/engine.js';
import { median, progress, show } from './support/figures.js';
import { KINDS, plansOfKind } from './support/kind-slos.js';
import { MessagePool } from './support/message-pool.js';
import { planOf } from './support/slis.js';
import { countingQueries, fillRawRows, runCounting, sumsOfRows } from './support/sql-counting.js';

const RUN_COUNT = 15;
const WARMUP_RUN_COUNT = 4;
const SQL_RUN_COUNT = 3;
/** CPU time of a process is counted in hundredths of a second. */
const SQL_SECONDS_MIN = 0.4;
const CASES = [
  [1, false],
  [5, false],
  [20, false],
  [100, false],
  [20, true],
  [100, true],
];
/** SLIs of each kind. */
const KIND_SLI_COUNT = 20;
const withRepeats = !process.argv.includes('--no-repeats');
const pool = new MessagePool({ messageCount: 300, latestMicros: APPENDED_AT_MS * 1_000 });

function textOf(rows) {
  return rows
    .map(({ sli, identity, pane, good, total, excluded, sums, zeroCount, version, histogram }) => {
      const buckets = [...(histogram ?? [])];
      const counts = [good, total, excluded, sums, zeroCount, version, buckets];
      return JSON.stringify([sli.slo, identity.series, pane, counts]);
    })
    .sort()
    .join('\n');
}

/** Both ways in turn over the same messages, whose ids change, so that the repeat window works as it does in life. */
function measureCounting(plans, pool) {
  const eventCount = pool.messages.length * pool.eventsPerMessage;
  const ways = [createKernelCounter(plans), createPlainCounter(plans)].map((counter) => ({
    run: new CountingRun(counter, { withRepeats }),
    rates: [],
  }));
  let rows = [];
  for (let run = 0; run < WARMUP_RUN_COUNT + RUN_COUNT; run += 1) {
    for (const message of pool.messages) pool.renew(message);
    const texts = ways.map((way) => {
      const { chunk, seconds } = way.run.count(pool);
      if (run >= WARMUP_RUN_COUNT) way.rates.push(eventCount / seconds);
      rows = chunk.takeDirty();
      return textOf(rows);
    });
    if (texts[0] !== texts[1]) throw new Error('the kernel and the plain path count differently');
  }
  return { kernel: ways[0].rates, plain: ways[1].rates, rows };
}

async function measureSql({ store, pid }, rowCount, { queries, expected }) {
  const rates = [];
  for (let run = 0; run < SQL_RUN_COUNT; run += 1) {
    const before = await cpuSecondsOf(pid);
    let [seconds, times] = [0, 0];
    while (seconds < SQL_SECONDS_MIN) {
      const sums = await runCounting(store, queries);
      if (!isDeepStrictEqual(sums, expected)) throw new Error('SQL over the raw rows counts differently');
      seconds = (await cpuSecondsOf(pid)) - before;
      times += 1;
    }
    rates.push((times * rowCount) / seconds);
  }
  return rates;
}

const millions = (rate) => (rate / 1e6).toFixed(2);
const spread = (rates) =>
  `${millions(median(rates))} M/s (${millions(Math.min(...rates))}-${millions(Math.max(...rates))})`;
const ratio = (rates, others) => show(median(rates) / median(others));

const engine = await startBenchEngine();
try {
  const rowCount = await fillRawRows(engine.store, pool);
  console.log(
    `${pool.messages.length} messages of ${pool.eventsPerMessage} events, ${Math.round(pool.bytesPerEvent)} bytes an event, ` +
      `${RUN_COUNT} runs, ${withRepeats ? `repeats among ${WINDOW_MESSAGES} messages` : 'no repeat window'}; SQL over ` +
      `${rowCount} raw rows, ${SQL_RUN_COUNT} runs; Node ${process.version}; per CPU second: median (slowest-fastest)`,
  );
  for (const [sliCount, grouped] of CASES) {
    const plans = Array.from({ length: sliCount }, (_, index) => planOf(index, grouped));
    const { kernel, plain, rows } = measureCounting(plans, pool);
    const sql = await measureSql(engine, rowCount, {
      queries: countingQueries(plans, grouped),
      expected: sumsOfRows(plans, rows),
    });
    console.log(
      `${String(sliCount).padStart(3)} SLIs${grouped ? ' grouped' : ''}: kernel ${spread(kernel)}, plain ${spread(plain)}, ` +
        `SQL ${spread(sql)}; kernel to plain ${ratio(kernel, plain)}, kernel to SQL ${ratio(kernel, sql)}`,
    );
    progress(`kernel: ${sliCount} SLIs${grouped ? ' grouped' : ''} done`);
  }
} finally {
  await engine.close();
}

const kindPool = new MessagePool({
  messageCount: 300,
  latestMicros: APPENDED_AT_MS * 1_000,
  fields: { confidence: 0.7, measures: { output_characters: 1_200, share: 0.8 } },
});
console.log(
  `${KIND_SLI_COUNT} SLIs of each kind, ${Math.round(kindPool.bytesPerEvent)} bytes an event; to ratio: kernel to the kernel with ratios`,
);
for (const isGrouped of [false, true]) {
  let ratioRates = [];
  for (const [name, { isOfEntities }] of Object.entries(KINDS)) {
    // Entities are groups, whatever else is grouped.
    if (isOfEntities && !isGrouped) continue;
    const sloCount = isOfEntities ? 1 : KIND_SLI_COUNT;
    const plans = plansOfKind(name, { sloCount, isGrouped }).map(({ sli }) => sli);
    const { kernel, plain } = measureCounting(plans, kindPool);
    if (name === 'ratio') ratioRates = kernel;
    console.log(
      `${name.padEnd(20)}${isGrouped ? ' grouped' : ''}: kernel ${spread(kernel)}, plain ${spread(plain)}; ` +
        `kernel to plain ${ratio(kernel, plain)}, to ratio ${ratio(kernel, ratioRates)}`,
    );
  }
}
