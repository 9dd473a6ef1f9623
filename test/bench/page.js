/**
 * How soon does a page come, beside the time that its rule needs? npm run bench:page [-- --events 20000 --series 10000]
 *
 * `burnline up` as its users start it, with 20 SLOs under an even load; one event in a hundred is bad. Probe after probe, a
 * tenant of another service emits as many bad events at once as the guard for low traffic asks for, so that the rule is met
 * with the last of them, and the overhead is what passes from there to the webhook. Probes begin at even distances over the
 * distance of two ticks.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createPublisher, httpTransport } from '@burnline/publisher';
import { startReceiver } from './attack/receivers.js';
import { RunningUp } from './attack/running-up.js';
import { LOAD, PROBE, slosText } from './page/slos.js';
import { cpuSecondsOf } from './support/cpu.js';
import { progress, quantile, show } from './support/figures.js';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    series: { type: 'string', default: '10000' },
    probes: { type: 'string', default: '40' },
    slos: { type: 'string', default: '20' },
    warm: { type: 'string', default: '30' },
  },
});
const [eventsPerSecond, seriesCount, probeCount, sloCount] = [
  values.events,
  values.series,
  values.probes,
  values.slos,
].map(Number);
/** As many as the guard for low traffic asks for by default, and some more. */
const BAD_EVENTS = 10;
/** Ticks come every 5 s: a prime distance lets the probes meet all of it. */
const PROBE_EVERY_MS = 2_300;
const PAGE_MS_MAX = 30_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function untilPaged(receiver, tenant) {
  const endMs = performance.now() + PAGE_MS_MAX;
  while (performance.now() < endMs) {
    const fire = receiver.fires.find(({ slo, tenants }) => slo === PROBE && tenants.includes(tenant));
    if (fire !== undefined) return fire;
    await sleep(20);
  }
  return null;
}

/** By tenant, epoch ms: when its last bad event was in the log, its row of burn rates written, its page decided. */
async function stepsOf(up) {
  const rows = await up.query(
    `SELECT s.labels['tenant'] AS tenant, e.logged AS logged, b.judged AS judged, d.decided AS decided
     FROM (SELECT series, any(labels) AS labels FROM series WHERE slo = '${PROBE}' GROUP BY series) AS s
     INNER JOIN (SELECT tenant, toUnixTimestamp64Milli(max(log_time)) AS logged FROM inferences
                 WHERE service = '${PROBE}' GROUP BY tenant) AS e ON e.tenant = s.labels['tenant']
     INNER JOIN (SELECT series, toUnixTimestamp64Milli(min(written_at)) AS judged FROM burn_rates
                 WHERE slo = '${PROBE}' AND arrayExists(rate -> rate > 1, burn_rate) GROUP BY series) AS b ON b.series = s.series
     INNER JOIN (SELECT series, toUnixTimestamp64Milli(min(decided_at)) AS decided FROM alert_decisions
                 WHERE slo = '${PROBE}' AND decision = 'fire' GROUP BY series) AS d ON d.series = s.series`,
  );
  return new Map(rows.map(({ tenant, ...steps }) => [tenant, steps]));
}

const enginePidOf = (pid) =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

async function run(directory) {
  const specs = path.join(directory, 'slos.yaml');
  await writeFile(specs, slosText({ seriesCount, probeCount, sloCount }));
  const receiver = await startReceiver();
  let up;
  let load;
  try {
    up = await RunningUp.start([
      ...['--specs', specs, '--data-dir', path.join(directory, 'data')],
      ...['--webhook', `live=${receiver.url}`],
    ]);
    const publisher = createPublisher({
      transport: httpTransport({ url: up.intake }),
      service: PROBE,
      environment: 'bench',
    });
    const script = fileURLToPath(new URL('./page/load-process.js', import.meta.url));
    if (eventsPerSecond > 0)
      load = fork(script, [JSON.stringify({ url: up.intake, service: LOAD, seriesCount, eventsPerSecond })]);
    const pids = { pipeline: up.child.pid, engine: enginePidOf(up.child.pid) };
    await sleep(Number(values.warm) * 1_000);
    const cpuOf = async () =>
      Object.fromEntries(
        await Promise.all(Object.entries(pids).map(async ([name, pid]) => [name, await cpuSecondsOf(pid)])),
      );
    const [startMs, cpuBefore] = [performance.now(), await cpuOf()];
    const waiting = [];
    for (let probe = 0; probe < probeCount; probe += 1) {
      const tenant = `probe-${probe}`;
      for (let event = 0; event < BAD_EVENTS; event += 1)
        publisher.emit({ model_requested: 'm', tenant, status: 'error', duration_ms: 900 });
      const badMs = performance.now();
      waiting.push(
        untilPaged(receiver, tenant).then((fire) =>
          fire === null ? null : { tenant, badMs, pagedMs: fire.atMs, ms: fire.atMs - badMs },
        ),
      );
      await sleep(PROBE_EVERY_MS);
    }
    const found = await Promise.all(waiting);
    const seconds = (performance.now() - startMs) / 1_000;
    const cpu = await cpuOf();
    const paged = found.filter((one) => one !== null);
    const overheads = paged.map(({ ms }) => ms);
    if (load !== undefined) {
      load.send('counts');
      const [counts] = await once(load, 'message');
      progress(`load: ${JSON.stringify(counts)}`);
    }
    const steps = await stepsOf(up);
    const stepText = (name, lengthOf) => {
      const lengths = paged.flatMap((one) => {
        const own = steps.get(one.tenant);
        if (own === undefined) return [];
        const wall = (ms) => ms + performance.timeOrigin;
        return [lengthOf({ ...own, bad: wall(one.badMs), paged: wall(one.pagedMs) })];
      });
      return `${name} ${show(quantile(lengths, 0.5))} (${show(quantile(lengths, 0.95))})`;
    };
    const text = (share) => `${show(quantile(overheads, share))} ms`;
    const memory = up.memoryMib();
    console.log(
      [
        `${eventsPerSecond} events/s, ${seriesCount} series, ${sloCount} SLOs; load of the machine ${loadavg()[0].toFixed(1)}`,
        `  page overhead: p50 ${text(0.5)}, p95 ${text(0.95)}, ${text(0)} to ${text(1)}; ${paged.length} of ${probeCount} paged`,
        `  steps, p50 (p95) in ms: ${[
          stepText('to the log', ({ bad, logged }) => logged - bad),
          stepText('judged', ({ logged, judged }) => judged - logged),
          stepText('decided', ({ judged, decided }) => decided - judged),
          stepText('at the webhook', ({ decided, paged: at }) => at - decided),
        ].join(', ')}`,
        `  cores: pipeline ${show((cpu.pipeline - cpuBefore.pipeline) / seconds)}, engine ${show((cpu.engine - cpuBefore.engine) / seconds)}`,
        `  resident at most: pipeline ${show(memory.pipeline.peak)} MiB, engine ${show(memory.engine.peak)} MiB`,
      ].join('\n'),
    );
    await publisher.close();
    load?.disconnect();
    load = undefined;
    await up.stop();
    up = undefined;
  } finally {
    load?.kill();
    up?.killAll();
    await up?.ended;
    await receiver.close();
  }
}

const directory = await mkdtemp(path.join(tmpdir(), 'burnline-page-'));
try {
  await run(directory);
} finally {
  await rm(directory, { recursive: true, force: true });
}
