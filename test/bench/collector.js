/**
 * What one collector process takes: npm run bench:collector [-- --seconds 60 --events 20000 --spans 5000 --step-seconds 5]
 *
 * JSON events and OTLP spans, 100 in each request, at their rates by themselves and both at once for so many seconds; then
 * rates that grow until it does not keep up; then twice that. Clients, collector and log share this machine. Every answer
 * of 200 is held against the records in the log: acknowledged must be what is stored.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, progress, show } from './support/figures.js';
import { sendAtRate } from './support/intake-load.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    events: { type: 'string', default: '20000' },
    spans: { type: 'string', default: '5000' },
    'step-seconds': { type: 'string', default: '5' },
  },
});
const [seconds, stepSeconds] = [Number(values.seconds), Number(values['step-seconds'])];
const RATES = { json: Number(values.events), otlp: Number(values.spans) };
const PER_REQUEST = 100;
const GROWTH = 1.3;
const MEMORY_LOOK_MS = 1_000;

/** The collector over an embedded log of its own; `stop` ends it. */
async function startCollector() {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
  const program = new URL('../attack/support/intake-process.js', import.meta.url).pathname;
  const address = { host: '127.0.0.1', port: 0 };
  const priceSettings = { isBundled: true };
  const settings = { directory, address, partitionCount: 4, failPartitions: [], priceSettings };
  const child = fork(program, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ ready: url }] = await once(child, 'message');
  let lastId = 0;
  const ask = (method, argument) => {
    const id = (lastId += 1);
    return new Promise((resolve, reject) => {
      const onMessage = (message) => {
        if (message.id !== id) return;
        child.off('message', onMessage);
        if (message.error === undefined) resolve(message.result);
        else reject(new Error(message.error));
      };
      child.on('message', onMessage);
      child.send({ id, method, argument });
    });
  };
  const stop = async () => {
    await ask('close');
    child.disconnect();
    await once(child, 'exit');
    await rm(directory, { recursive: true, force: true });
  };
  return { url, ask, stop };
}

/** Resident memory until stopped, pages of the log's file left out, MiB: what it is at first, at the end and at most. */
function watchMemory(collector) {
  const samples = [];
  const timer = setInterval(async () => {
    samples.push((await collector.ask('ownMemory')) / 2 ** 20);
  }, MEMORY_LOOK_MS);
  return () => {
    clearInterval(timer);
    const quarter = Math.max(1, Math.floor(samples.length / 4));
    const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)];
    return samples.length === 0 ? [NaN, NaN, NaN] : [median(first), median(last), Math.max(...samples)];
  };
}

const collector = await startCollector();
let acknowledged = 0;
let unanswered = 0;

/** One stretch of load; prints what came of it. */
async function measure(name, loads, forSeconds) {
  const stopMemory = watchMemory(collector);
  const found = await Promise.all(
    loads.map(({ kind, perSecond }) =>
      sendAtRate(collector.url, { kind, perSecond, perRequest: PER_REQUEST, seconds: forSeconds }),
    ),
  );
  const [firstMib, lastMib, mostMib] = stopMemory();
  for (const one of found) {
    acknowledged += one.acknowledged;
    unanswered += one.statuses.none ?? 0;
    console.log(
      `${name.padEnd(22)} ${one.kind.padEnd(5)} sent ${show(one.sent).padStart(10)}  acknowledged ${show(one.acknowledged).padStart(10)}  ` +
        `${show(one.acknowledgedPerSecond).padStart(7)}/s of ${show(one.perSecond)}/s  p50 ${show(one.p50Ms)} ms  p99 ${show(one.p99Ms)} ms  ` +
        `answers ${JSON.stringify(one.statuses)}`,
    );
  }
  console.log(
    `${''.padEnd(22)} its own memory ${show(firstMib)} MiB at first, ${show(lastMib)} at the end, ${show(mostMib)} at most`,
  );
  return found;
}

const rated = (kind, factor = 1) => ({ kind, perSecond: RATES[kind] * factor });
progress('warming up ...');
await measure('warming up', [rated('json', 0.2), rated('otlp', 0.2)], 3);
await measure('its rate', [rated('json')], seconds);
await measure('its rate', [rated('otlp')], seconds);
await measure('both at once', [rated('json'), rated('otlp')], seconds);

for (const kind of ['json', 'otlp']) {
  let factor = GROWTH;
  let kept = 0;
  for (; ; factor *= GROWTH) {
    const [one] = await measure('growing', [rated(kind, factor)], stepSeconds);
    kept = Math.max(kept, one.acknowledgedPerSecond);
    if (one.acknowledgedPerSecond < one.perSecond * 0.9) break;
  }
  console.log(`${kind} saturates at ${show(kept)} records a second`);
  await measure('twice as much', [{ kind, perSecond: kept * 2 }], Math.min(seconds, 4 * stepSeconds));
}

const stored = await collector.ask('count', 'inference');
console.log(
  `acknowledged ${show(acknowledged)}, stored ${show(stored)}, requests without an answer ${unanswered}`,
);
await collector.stop();
// What a request without an answer brought may be there.
const most = acknowledged + unanswered * PER_REQUEST;
if (stored < acknowledged || stored > most) {
  console.log('what is stored is not what was acknowledged');
  process.exitCode = 1;
}
