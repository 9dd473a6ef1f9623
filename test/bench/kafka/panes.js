import { progress } from '../support/figures.js';
import { messageSource } from './bench-stream.js';
import { FilledStream, naiveCounts } from './filled-stream.js';
import { medianOf, printTable } from './table.js';

const SLO_COUNTS = [1, 5, 20, 100];
const SERIES_SLO_COUNT = 20;
const TENANT_COUNTS = [1, 5, 500];
/** A live service's rate: at the peers' 2,000 a second every pane's rows would be written for few events each. */
const SERIES_EVENTS_PER_SECOND = 100_000;
const COLUMNS = [
  'events/s',
  'warm',
  'per CPU second',
  'warm, per CPU second',
  'RSS MiB',
  'wall to raw singles',
];

function figuresOf(runs, raw) {
  const perSecond = ({ events, seconds }) => events / seconds;
  const perCpuSecond = ({ events, cpuSeconds }) => events / cpuSeconds;
  const whole = medianOf(runs, (run) => perSecond(run.whole));
  return [
    whole,
    medianOf(runs, (run) => perSecond(run.warm)),
    medianOf(runs, (run) => perCpuSecond(run.whole)),
    medianOf(runs, (run) => perCpuSecond(run.warm)),
    medianOf(runs, (run) => run.rssPeakMib),
    raw === null ? 'not run' : whole / raw.rawSinglesPerSecond,
  ];
}

const profileArguments = ({ profileFolder }, name) =>
  profileFolder === null
    ? []
    : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`];

/** A case after the other: its stream is filled once, and read as often as there are runs. */
async function grow(bench, eventCount, cases) {
  const runs = new Map();
  for (const { name, plans, source, sloCount } of cases) {
    const naive = naiveCounts(sloCount === undefined ? [] : [sloCount]);
    const onMessage = sloCount === undefined ? undefined : naive.onMessage;
    const stream = await FilledStream.make(bench, { plans, source, eventCount, onMessage });
    const results = [];
    for (let run = 1; run <= bench.runCount; run += 1) {
      progress(`processor, ${name}, run ${run} of ${bench.runCount} ...`);
      const nodeArguments = profileArguments(bench, name.replaceAll(/\W+/g, '-'));
      results.push(await stream.read({ service: 'processor', nodeArguments }));
      if (sloCount !== undefined) await stream.checkPanes(naive.panes(sloCount));
    }
    await stream.drop();
    runs.set(name, results);
  }
  return runs;
}

/** The processor with 1 to 100 SLOs; every run's panes are those of a naive count. */
export async function benchPanes(bench, raw) {
  const runs = await grow(
    bench,
    bench.eventsOf('panes'),
    SLO_COUNTS.map((count) => ({
      name: `${count} SLOs`,
      plans: bench.slos(count),
      source: messageSource(),
      sloCount: count,
    })),
  );
  printTable(
    'Consume and panes: a processor process, by SLOs',
    ['SLOs', ...COLUMNS],
    SLO_COUNTS.map((count) => [String(count), ...figuresOf(runs.get(`${count} SLOs`), raw)]),
  );
}

/** 20 SLOs by tenant: 1, 5 and 500 tenants are 20, 100 and 10,000 series. */
export async function benchSeries(bench, raw) {
  const nameOf = (tenantCount) => `${tenantCount * SERIES_SLO_COUNT} series`;
  const runs = await grow(
    bench,
    bench.eventsOf('series'),
    TENANT_COUNTS.map((tenantCount) => ({
      name: nameOf(tenantCount),
      plans: bench.slos(SERIES_SLO_COUNT, tenantCount),
      source: messageSource({ tenantCount, eventsPerSecond: SERIES_EVENTS_PER_SECOND }),
    })),
  );
  printTable(
    `Consume and panes: ${SERIES_SLO_COUNT} SLOs by tenant, ${SERIES_EVENTS_PER_SECOND} events a second of event time`,
    ['series', ...COLUMNS],
    TENANT_COUNTS.map((tenantCount) => {
      const figures = figuresOf(runs.get(nameOf(tenantCount)), raw);
      return [`${tenantCount * SERIES_SLO_COUNT} (${tenantCount} each)`, ...figures];
    }),
  );
}

/** Raw rows: a sink process on the same messages. */
export async function benchSink(bench) {
  const runs = [];
  for (let run = 1; run <= bench.runCount; run += 1) {
    progress(`sink, run ${run} of ${bench.runCount} ...`);
    const input = { plans: bench.slos(1), source: messageSource(), eventCount: bench.eventsOf('sink') };
    const stream = await FilledStream.make(bench, input);
    runs.push(await stream.read({ service: 'sink' }));
    await stream.drop();
  }
  printTable(
    'Raw rows: a sink process',
    ['part', 'rows/s', 'warm', 'per CPU second', 'per CPU second of the engine', 'RSS MiB'],
    [
      [
        'sink',
        medianOf(runs, ({ whole }) => whole.events / whole.seconds),
        medianOf(runs, ({ warm }) => warm.events / warm.seconds),
        medianOf(runs, ({ whole }) => whole.events / whole.cpuSeconds),
        medianOf(runs, ({ whole }) => whole.events / whole.engineCpuSeconds),
        medianOf(runs, ({ rssPeakMib }) => rssPeakMib),
      ],
    ],
  );
}
