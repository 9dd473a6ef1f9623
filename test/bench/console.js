/**
 * How long does the console take over many SLOs, while events come? npm run bench:console [-- --slos 1000 --series 10000 --events 5000]
 *
 * `burnline up` as its users start it. Every series gets events first; then, while nothing runs, their history is written as the pipeline
 * would have left it; then the API is asked, route by route, and the pages are opened in a real Chromium, beside live events. Each
 * figure is printed, and none is asserted.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RunningUp } from './attack/running-up.js';
import { browse } from './console/browser.js';
import { endlessEvents, send, take } from './console/events.js';
import { writeHistory } from './console/history.js';
import { CHARTED, SLOS_PER_SERVICE, slosText } from './console/slos.js';
import { progress, quantile, show } from './support/figures.js';

const { values } = parseArgs({
  options: {
    slos: { type: 'string', default: '1000' },
    series: { type: 'string', default: '10000' },
    events: { type: 'string', default: '5000' },
    days: { type: 'string', default: '90' },
    asks: { type: 'string', default: '40' },
    warm: { type: 'string', default: '20' },
    scroll: { type: 'string', default: '5' },
  },
});
const [sloCount, seriesCount, eventsPerSecond, days, askCount] = [
  values.slos,
  values.series,
  values.events,
  values.days,
  values.asks,
].map(Number);
const counts = {
  serviceCount: Math.ceil(sloCount / SLOS_PER_SERVICE),
  tenantCount: Math.ceil(seriesCount / sloCount),
};
const DAY_MS = 86_400_000;
const SETTLED_MS_MAX = 300_000;
const BROWSER_RUNS = 3;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until every series is judged. */
async function untilJudged(console_, wanted) {
  const endMs = performance.now() + SETTLED_MS_MAX;
  for (;;) {
    const { rows, total } = await (await fetch(`${console_}/api/v1/overview?limit=1`)).json();
    if (total >= wanted && rows[0]?.series !== null) return;
    if (performance.now() > endMs) throw new Error(`${total} of ${wanted} series after ${SETTLED_MS_MAX} ms`);
    await sleep(1_000);
  }
}

/** Milliseconds of each of so many questions, one after another; at even distances, so that they meet all of what goes on beside them. */
async function timesOf(url) {
  const found = [];
  for (let number = 0; number < askCount; number += 1) {
    const startMs = performance.now();
    const answer = await fetch(url);
    const body = await answer.text();
    found.push(performance.now() - startMs);
    if (!answer.ok) throw new Error(`${url}: ${body.slice(0, 300)}`);
    await sleep(100);
  }
  return found;
}

async function routesOf(api) {
  const { series } = await (await fetch(`${api}/slos/${CHARTED}`)).json();
  const own = `/slos/${CHARTED}/series/${series[0].series}`;
  const fromMs = Date.now() - days * DAY_MS;
  const momentMs = Date.now() - DAY_MS;
  return {
    chartPath: `/slo?slo=${CHARTED}&series=${series[0].series}&from=${fromMs}&to=${Date.now()}`,
    routes: [
      ...['/overview', '/overview?limit=200&state=ok', '/overview?limit=1000', `/overview?asOf=${momentMs}`],
      ...['/services?service=service-0', `/slos/${CHARTED}`, own, `${own}/history`],
      ...[`${own}/history?from=${fromMs}`, `${own}/events?countedAs=bad`, '/alerts', '/alerts?state=open'],
      ...['/fleet', '/cost?by=service', '/quality', '/events?limit=50', '/specs', '/pipeline', '/routing'],
    ],
  };
}

const machine = () => `load of the machine ${loadavg()[0].toFixed(1)}`;

async function askAll(api, routes) {
  for (const route of routes) {
    const times = await timesOf(api + route);
    const [p50, p95, most] = [0.5, 0.95, 1].map((share) => show(quantile(times, share)).padStart(7));
    const name = route.replace(/\d{13}/, 'MOMENT').replace(/[0-9a-f]{16}/, 'KEY');
    console.log(`  ${name.padEnd(58)} p50 ${p50}  p95 ${p95}  most ${most} ms`);
  }
}

async function lookAtPages(up, chartPath) {
  const seen = await browse({
    ...{ consoleUrl: up.console.replace(/\/$/, ''), runs: BROWSER_RUNS, chartPath },
    scrollSeconds: Number(values.scroll),
  });
  if (seen === null) {
    console.log('  no Chromium is here: pages were not opened');
    return;
  }
  const listed = (all, name) => all.map((one) => show(one[name])).join(', ');
  const { frames, scrolledPx } = seen.scroll;
  console.log(
    [
      `  overview in Chromium: first paint ${listed(seen.openings, 'paintMs')} ms, rows there ${listed(seen.openings, 'shownMs')} ms`,
      `  scroll over ${show(scrolledPx)} px: ${frames.length} frames, p95 ${show(quantile(frames, 0.95))} ms, longest ${show(Math.max(...frames))} ms`,
      `  a series over ${days} days: first paint ${listed(seen.charts, 'paintMs')} ms, charts there ${listed(seen.charts, 'shownMs')} ms`,
    ].join('\n'),
  );
}

async function measure(up) {
  const script = fileURLToPath(new URL('./console/load-process.js', import.meta.url));
  const load =
    eventsPerSecond > 0
      ? fork(script, [JSON.stringify({ intake: up.intake, eventsPerSecond, ...counts })])
      : null;
  try {
    await sleep(Number(values.warm) * 1_000);
    const api = `${up.console.replace(/\/$/, '')}/api/v1`;
    const { routes, chartPath } = await routesOf(api);
    console.log(`${sloCount} SLOs, ${seriesCount} series, ${eventsPerSecond} events/s; ${machine()}`);
    await askAll(api, routes);
    await lookAtPages(up, chartPath);
    if (load !== null) {
      load.send('counts');
      const [{ seconds, ...found }] = await once(load, 'message');
      console.log(
        `  taken beside it: ${show(found.acknowledged / seconds)} events/s (${JSON.stringify(found)})`,
      );
    }
    console.log(`  at the end: ${machine()}`);
  } finally {
    load?.disconnect();
  }
}

async function run(directory) {
  const specs = path.join(directory, 'slos.yaml');
  const dataDir = path.join(directory, 'data');
  await writeFile(specs, slosText(counts));
  const args = ['--specs', specs, '--data-dir', dataDir, '--console-port', '0', '--otlp-grpc-port', '0'];
  let up = await RunningUp.start(args);
  try {
    const events = endlessEvents(counts);
    for (let sent = 0; sent < counts.serviceCount * counts.tenantCount; sent += 500)
      await send(up.intake, take(events, 500));
    await untilJudged(up.console.replace(/\/$/, ''), seriesCount);
    progress('every series is judged; writing history');
    await up.stop();
    progress(`${show(await writeHistory(dataDir, days))} hours of budgets are there`);
    up = await RunningUp.start(args);
    await untilJudged(up.console.replace(/\/$/, ''), seriesCount);
    await measure(up);
  } finally {
    if (up.isAlive) await up.stop();
  }
}

const directory = await mkdtemp(path.join(tmpdir(), 'burnline-console-bench-'));
try {
  await run(directory);
} finally {
  await rm(directory, { recursive: true, force: true });
}
