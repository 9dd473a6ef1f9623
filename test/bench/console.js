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
import { median, progress, quantile, show } from './support/figures.js';

const { values } = parseArgs({
  options: {
    slos: { type: 'string', default: '1000' },
    series: { type: 'string', default: '10000' },
    events: { type: 'string', default: '5000' },
    days: { type: 'string', default: '90' },
    asks: { type: 'string', default: '40' },
    warm: { type: 'string', default: '20' },
    scroll: { type: 'string', default: '5' },
    pause: { type: 'string', default: '30' },
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
const BROWSER_RUNS = 5;
/** Of one route: a machine that has too much to do gets as far as it comes, so that all of it takes some minutes. */
const ROUTE_MS_MAX = 12_000;
const ASKS_MIN = 8;
/** What a page may take. */
const AIMS_MS = { paint: 1_000, api: 150, chart: 300, frame: 1_000 };

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
  const endMs = performance.now() + ROUTE_MS_MAX;
  for (let number = 0; number < askCount && (number < ASKS_MIN || performance.now() < endMs); number += 1) {
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
      ...['/services?service=service-0', '/services', `/slos/${CHARTED}`, own, `${own}/history`],
      ...[`${own}/history?from=${fromMs}`, `${own}/events?countedAs=bad`, '/alerts', '/alerts?state=open'],
      ...['/fleet', '/cost?by=service', '/quality', '/events?limit=50', '/specs', '/pipeline', '/routing'],
    ],
  };
}

const machine = () => `load of the machine ${loadavg()[0].toFixed(1)}`;

const verdictOf = (ms, aimMs) => (ms < aimMs ? 'met' : 'MISSED');

/** What was asked of each route, and how many of them meet their aim. */
async function askAll(api, routes) {
  const missed = [];
  for (const route of routes) {
    const times = await timesOf(api + route);
    const p95 = quantile(times, 0.95);
    const [p50, shown, most] = [quantile(times, 0.5), p95, Math.max(...times)].map((ms) =>
      show(ms).padStart(7),
    );
    const name = route.replace(/\d{13}/, 'MOMENT').replace(/[0-9a-f]{16}/, 'KEY');
    const aimMs = route.includes('/history') ? AIMS_MS.chart : AIMS_MS.api;
    if (p95 >= aimMs) missed.push(name);
    console.log(
      `  ${name.padEnd(58)} p50 ${p50}  p95 ${shown}  most ${most} ms of ${times.length}; ${verdictOf(p95, aimMs)}`,
    );
  }
  return missed;
}

/** The first question after a pause in which nobody asked. */
async function firstAfterPause(api) {
  await sleep(Number(values.pause) * 1_000);
  const startMs = performance.now();
  const { about } = await (await fetch(`${api}/overview`)).json();
  return { ms: performance.now() - startMs, ageMs: Date.now() - Date.parse(about.asOf) };
}

async function lookAtPages(up, chartPath) {
  const seen = await browse({
    ...{ consoleUrl: up.console.replace(/\/$/, ''), runs: BROWSER_RUNS, chartPath },
    scrollSeconds: Number(values.scroll),
  });
  if (seen === null) return ['no Chromium is here: pages were not opened'];
  const listed = (all, name) => all.map((one) => show(one[name])).join(', ');
  const verdict = (all, name, aimMs) =>
    `median ${show(median(all.map((one) => one[name])))} ms: ${verdictOf(median(all.map((one) => one[name])), aimMs)}`;
  const { frames, scrolledPx } = seen.scroll;
  const longest = Math.max(...frames);
  return [
    `overview in Chromium, first paint < ${AIMS_MS.paint} ms: ${listed(seen.openings, 'paintMs')} ms; ${verdict(seen.openings, 'paintMs', AIMS_MS.paint)}; rows there ${listed(seen.openings, 'shownMs')} ms`,
    `scroll over ${show(scrolledPx)} px without a dropped second: ${frames.length} frames, p95 ${show(quantile(frames, 0.95))} ms, longest ${show(longest)} ms: ${verdictOf(longest, AIMS_MS.frame)}`,
    `a series over ${days} days in Chromium: first paint ${listed(seen.charts, 'paintMs')} ms, charts there ${listed(seen.charts, 'shownMs')} ms (no aim of its own: its charts' question is above)`,
  ];
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
    const missed = await askAll(api, routes);
    const first = await firstAfterPause(api);
    const pages = await lookAtPages(up, chartPath);
    console.log('aims, all beside the live events:');
    const asked = `${routes.length - missed.length} of ${routes.length} routes`;
    console.log(
      [
        `p95 of the API < ${AIMS_MS.api} ms, of charts < ${AIMS_MS.chart} ms: ${asked} met${missed.length === 0 ? '' : `; MISSED by ${missed.join(', ')}`}`,
        `first /overview after ${values.pause} s in which nobody asked: ${show(first.ms)} ms: ${verdictOf(first.ms, AIMS_MS.api)}; figures ${show(first.ageMs / 1_000)} s old`,
        ...pages,
      ]
        .map((line) => `  ${line}`)
        .join('\n'),
    );
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
