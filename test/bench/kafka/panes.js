import { progress } from '../support/figures.js';
import { dropTopics, fill, makeStream, messageSource } from './bench-stream.js';
import { readStream } from './reading.js';
import { medianOf, printTable } from './table.js';

const SLO_COUNTS = [1, 5, 20, 100];
const SERIES_SLO_COUNT = 20;
const TENANT_COUNTS = [1, 5, 500];
/** A live service's rate: at the peers' 2,000 a second every pane's rows would be written for few events each. */
const SERIES_EVENTS_PER_SECOND = 100_000;
export const COLUMNS = [
  'events/s',
  'warm',
  'per CPU second',
  'warm, per CPU second',
  'RSS MiB',
  'wall to raw singles',
];

export function figuresOf(runs, raw) {
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

/** Fills a new stream and lets a service process read it. `check(stream)` may hold the result against an oracle. */
export async function runService(
  bench,
  { service, plans, source, nodeArguments, check = async () => undefined },
) {
  const { kafka, log, eventCount } = bench;
  const stream = await makeStream(bench, { name: bench.newName(), plans });
  await fill(log, stream.topic, eventCount, source);
  const result = await readStream(bench, { service, stream, nodeArguments });
  await check(stream);
  await dropTopics(kafka, [stream.topic]);
  return result;
}

const profileArguments = ({ profileFolder }, name) =>
  profileFolder === null
    ? []
    : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`];

async function grow(bench, cases) {
  const runs = new Map(cases.map((one) => [one.name, []]));
  for (let run = 1; run <= bench.runCount; run += 1) {
    for (const { name, plans, source, check } of cases) {
      progress(`processor, ${name}, run ${run} of ${bench.runCount} ...`);
      const nodeArguments = profileArguments(bench, name.replaceAll(/\W+/g, '-'));
      const result = await runService(bench, {
        service: 'processor',
        plans,
        source: source(),
        nodeArguments,
        check,
      });
      runs.get(name).push(result);
    }
  }
  return runs;
}

/** The processor with 1 to 100 SLOs; every run's panes are those of a naive count. */
export async function benchPanes(bench, raw) {
  const runs = await grow(
    bench,
    SLO_COUNTS.map((count) => ({
      name: `${count} SLOs`,
      plans: bench.slos(count),
      source: () => messageSource(),
      check: (stream) => bench.checkPanes(stream, count),
    })),
  );
  printTable(
    'Consume and panes: a processor process, by SLOs',
    ['SLOs', ...COLUMNS],
    SLO_COUNTS.map((count) => [String(count), ...figuresOf(runs.get(`${count} SLOs`), raw)]),
  );
  return runs.get('20 SLOs');
}

/** 20 SLOs by tenant: 1, 5 and 500 tenants are 20, 100 and 10,000 series. */
export async function benchSeries(bench, raw) {
  const nameOf = (tenantCount) => `${tenantCount * SERIES_SLO_COUNT} series`;
  const runs = await grow(
    bench,
    TENANT_COUNTS.map((tenantCount) => ({
      name: nameOf(tenantCount),
      plans: bench.slos(SERIES_SLO_COUNT, tenantCount),
      source: () => messageSource({ tenantCount, eventsPerSecond: SERIES_EVENTS_PER_SECOND }),
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
    runs.push(await runService(bench, { service: 'sink', plans: bench.slos(1), source: messageSource() }));
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
