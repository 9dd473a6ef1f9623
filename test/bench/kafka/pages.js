import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { progress, quantile } from '../support/figures.js';
import { sendSteadily, sleep } from '../support/load.js';
import { MessagePool } from '../support/message-pool.js';
import { EVENTS_PER_MESSAGE, dropTopics, makeStream } from './bench-stream.js';
import { RunningServices } from './running-services.js';
import { ALERT_RULE, alertSpecText, plansOf } from './slo-specs.js';
import { printTable } from './table.js';

const EVENTS_PER_SECOND = 20_000;
const TENANTS = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
/** Traffic before the first tenant turns bad, and between two: no multiple of an evaluation's interval. */
const GOOD_SECONDS = 15;
const BETWEEN_SECONDS = 2.3;
const SECONDS = GOOD_SECONDS + BETWEEN_SECONDS * TENANTS.length + 12;
/** After the last event: evaluations that are late under load. */
const WAIT_SECONDS_MAX = 60;

/** Keeps when each SLO's first page came, epoch of performance.now. */
async function startReceiver() {
  const firstMs = new Map();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { slo } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      if (!firstMs.has(slo)) firstMs.set(slo, performance.now());
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    firstMs,
    url: `http://127.0.0.1:${server.address().port}/page`,
    close: () => server.close().closeAllConnections(),
  };
}

/**
 * Messages of one tenant each, in turn, that turn bad tenant after tenant. By what it hands out, it knows when a tenant's
 * rule first holds: bad events have reached the rule's share of all events so far, which both windows still hold.
 */
class TurningLoad {
  turnedMs = new Map();
  ruleMs = new Map();
  #pools;
  #counts = new Map(TENANTS.map((tenant) => [tenant, { good: 0, bad: 0 }]));
  #next = 0;
  #startMs = performance.now();

  constructor() {
    // A seed of its own for each pool: the same ids in two of them would be repeats, which count nowhere.
    const poolOf = (tenant, status, seed) =>
      new MessagePool({
        messageCount: 40,
        eventsPerMessage: EVENTS_PER_MESSAGE,
        seed,
        fields: { tenant, status },
      });
    this.#pools = new Map(
      TENANTS.map((tenant, index) => [
        tenant,
        { good: poolOf(tenant, 'ok', 2 * index + 1), bad: poolOf(tenant, 'error', 2 * index + 2) },
      ]),
    );
  }

  take(latestMicros) {
    const at = this.#next++ % TENANTS.length;
    const tenant = TENANTS[at];
    const nowMs = performance.now();
    const isBad = nowMs - this.#startMs >= (GOOD_SECONDS + at * BETWEEN_SECONDS) * 1_000;
    const kind = isBad ? 'bad' : 'good';
    const count = this.#counts.get(tenant);
    count[kind] += EVENTS_PER_MESSAGE;
    if (isBad && !this.turnedMs.has(tenant)) this.turnedMs.set(tenant, nowMs);
    const threshold = ALERT_RULE.factor * (1 - ALERT_RULE.target);
    if (count.bad >= threshold * (count.good + count.bad) && !this.ruleMs.has(tenant))
      this.ruleMs.set(tenant, nowMs);
    return this.#pools.get(tenant)[kind].take(latestMicros);
  }
}

/** One sample for each tenant's SLO that paged in time: { wholeMs, ruleMs, overheadMs }. */
async function measurePages(bench) {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
  const receiver = await startReceiver();
  const specFile = path.join(directory, 'slos.yaml');
  await writeFile(specFile, alertSpecText(TENANTS));
  const stream = await makeStream(bench, { name: bench.newName(), plans: plansOf(alertSpecText(TENANTS)) });
  const services = await RunningServices.start(bench, stream, {
    alerter: { BURNLINE_SPECS: specFile, BURNLINE_WEBHOOK_URL: receiver.url },
  });
  try {
    const load = new TurningLoad();
    await sendSteadily(services, load, {
      messagesPerSecond: EVENTS_PER_SECOND / EVENTS_PER_MESSAGE,
      seconds: SECONDS,
    });
    for (
      let seconds = 0;
      receiver.firstMs.size < TENANTS.length && seconds < WAIT_SECONDS_MAX;
      seconds += 0.2
    )
      await sleep(200);
    const paged = TENANTS.filter((tenant) => load.ruleMs.has(tenant) && receiver.firstMs.has(tenant));
    return paged.map((tenant) => {
      const [turned, rule, page] = [load.turnedMs, load.ruleMs, receiver.firstMs].map((times) =>
        times.get(tenant),
      );
      return { wholeMs: page - turned, ruleMs: rule - turned, overheadMs: page - rule };
    });
  } finally {
    await services.stop();
    receiver.close();
    await rm(directory, { recursive: true, force: true });
    await dropTopics(bench.kafka, [stream.topic]);
  }
}

/** From the first bad event to the webhook, and how much of it the rule itself takes. */
export async function benchPages(bench) {
  const pages = [];
  for (let run = 1; run <= bench.runCount; run += 1) {
    progress(`pages, run ${run} of ${bench.runCount} ...`);
    pages.push(...(await measurePages(bench)));
  }
  const dueCount = bench.runCount * TENANTS.length;
  console.log(`\n${pages.length} of ${dueCount} pages came within ${WAIT_SECONDS_MAX} s of the last event`);
  if (pages.length === 0) return;
  const over = (key) => {
    const seconds = pages.map((page) => page[key] / 1_000);
    return [0.5, 0.95, 0.99].map((share) => quantile(seconds, share));
  };
  printTable(
    `First bad event to the webhook at ${EVENTS_PER_SECOND} events/s, s`,
    ['part', 'p50', 'p95', 'p99'],
    [
      ['whole', ...over('wholeMs')],
      ['of it until the rule holds by what was published', ...over('ruleMs')],
      ['the rest: the page overhead', ...over('overheadMs')],
    ],
  );
}
