/**
 * The worst hour in a minute: every series of one service turns bad at once, another service a moment later, while analysts
 * ask for the worst that they may, a receiver hangs and a client sends nothing but bad bodies. Says what came of it; what
 * is good enough is for the caller to say.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startAnalysts } from './analysts.js';
import { BAD_SERVICE, startBadClient } from './bad-client.js';
import { watchReady } from './ready-watch.js';
import { startReceiver } from './receivers.js';
import { RunningUp } from './running-up.js';
import { MANY, OTHER, slosText } from './slos.js';
import { Traffic } from './traffic.js';

const LOOK_MS = 50;
/** Analysts' queries under way end by themselves, 60 s after they began at the latest. */
const CAUGHT_UP_MS_MAX = 180_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks until the answer is true or the time is over; whether it was true. */
async function within(ms, look) {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) {
    if (await look()) return true;
    await sleep(LOOK_MS);
  }
  return false;
}

/** Rows by what they should be, once as many are there as were acknowledged, or the time for it is over. */
async function countRows(up, acknowledged) {
  let found = null;
  await within(CAUGHT_UP_MS_MAX, async () => {
    const rows = await up.query(
      `SELECT toUInt32(countIf(service IN ('${MANY}', '${OTHER}'))) AS stored, toUInt32(uniqExact(event_id)) AS ids,
              toUInt32(countIf(service = '${BAD_SERVICE}')) AS bad FROM inferences`,
    );
    const panes = await up.query('SELECT toUInt32(sum(total)) AS counted FROM slo_panes');
    if (rows === null || panes === null) return false;
    found = { ...rows[0], ...panes[0] };
    return found.stored >= acknowledged && found.counted >= acknowledged;
  });
  return found;
}

/**
 * What came of it. Seconds are those from the service's first bad event, null where no page came.
 *
 * @typedef {object} Found
 * @property {number | null} firstPageS
 * @property {number | null} allNamedS
 * @property {number | null} otherPageS
 * @property {number | null} afterEvaluationS Of the first page: from the instant that was evaluated, by the second.
 * @property {number} firesBefore Pages of the time before.
 * @property {number} named Series that pages named.
 * @property {string[]} decisionKeys Of every fire that a page told.
 * @property {number} notifications
 * @property {number} deadRequests What the receiver got that never answers.
 * @property {{ asked: number, answered: number, refused: number, ended: number }} analysts
 * @property {{ sent: number, perSecond: number, statuses: Record<string, number> }} bodies
 * @property {number} acknowledged
 * @property {number} dropped By the publishers.
 * @property {{ stored: number, ids: number, counted: number, bad: number } | null} rows
 * @property {{ atMs: number, status: number, checks: Record<string, string> }[]} ready
 * @property {boolean} isReadyAtEnd
 * @property {number[]} evaluatedAtS
 * @property {Record<'pipeline' | 'engine', { now: number, peak: number }>} memory
 * @property {boolean} isAlive
 * @property {{ exitCode: number | null, stderr: string, ms: number }} ended
 */

/**
 * Runs it: `goodS` seconds of good traffic, then the storm until every page came or `stormMsMax` is over. Rates are events and
 * bodies a second.
 *
 * @returns {Promise<Found>}
 */
export async function runEverythingAtOnce({
  seriesCount = 200,
  goodS,
  stormMsMax,
  eventsPerSecond = { [MANY]: 1_000, [OTHER]: 50 },
  bodiesPerSecond = 1_000,
  analystCount = 6,
  otherAfterMs = 1_000,
}) {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-attack-'));
  const specs = path.join(directory, 'slos.yaml');
  await writeFile(specs, slosText(seriesCount));
  const [live, dead] = [await startReceiver(), await startReceiver({ isDead: true })];
  const receivers = ['--webhook', `dead=${dead.url}`, '--webhook', `live=${live.url}`];
  let up;
  try {
    up = await RunningUp.start(['--specs', specs, '--data-dir', path.join(directory, 'data'), ...receivers]);
    const traffic = new Traffic(up.intake, { seriesCount, eventsPerSecond });
    await sleep(goodS * 1_000);
    const ready = watchReady(up.operations);
    const analysts = startAnalysts(up.sql, { clientCount: analystCount });
    const badClient = startBadClient(up.intake, { bodiesPerSecond });
    // The attack is under way when the storm begins.
    await sleep(2_000);
    const firesBefore = live.fires.length;
    traffic.turnBad(MANY);
    setTimeout(() => traffic.turnBad(OTHER), otherAfterMs);
    const named = () => new Set(live.fires.filter(({ slo }) => slo === MANY).flatMap((fire) => fire.tenants));
    await within(
      stormMsMax,
      () => named().size >= seriesCount && live.fires.some(({ slo }) => slo === OTHER),
    );
    const memory = up.memoryMib();
    const [outcomes, bodies] = await Promise.all([analysts.stop(), badClient.stop()]);
    const acknowledged = await traffic.stop();
    const rows = await countRows(up, acknowledged);
    const readyAnswers = await ready.stop();
    const last = await fetch(`${up.operations}/ready`);
    const evaluations = await up.query(
      'SELECT toUnixTimestamp(evaluated_through) AS atS FROM evaluations ORDER BY evaluated_through',
    );
    const isAlive = up.isAlive;
    const ended = await up.stop();
    return {
      ...secondsOf(live.fires, traffic.firstBadMs),
      firesBefore,
      named: named().size,
      decisionKeys: live.fires.flatMap(({ keys }) => keys),
      notifications: live.fires.length,
      deadRequests: dead.requestCount(),
      analysts: outcomes,
      bodies,
      acknowledged,
      dropped: traffic.dropCount,
      rows,
      ready: readyAnswers,
      isReadyAtEnd: last.status === 200,
      evaluatedAtS: evaluations.map(({ atS }) => atS),
      memory,
      isAlive,
      ended,
    };
  } finally {
    up?.killAll();
    await up?.ended;
    await Promise.all([live.close(), dead.close()]);
    await rm(directory, { recursive: true, force: true });
  }
}

/** From the first bad event of a service to its first page, and to the page that names the last series; null without one. */
function secondsOf(fires, firstBadMs) {
  const since = (service, atMs) => (atMs === undefined ? null : (atMs - firstBadMs[service]) / 1_000);
  const first = fires.find(({ slo }) => slo === MANY);
  const namedAtMs = new Map();
  for (const { slo, tenants, atMs } of fires)
    for (const tenant of tenants) if (slo === MANY && !namedAtMs.has(tenant)) namedAtMs.set(tenant, atMs);
  return {
    firstPageS: since(MANY, first?.atMs),
    allNamedS: since(MANY, [...namedAtMs.values()].at(-1)),
    otherPageS: since(OTHER, fires.find(({ slo }) => slo === OTHER)?.atMs),
    afterEvaluationS: first === undefined ? null : (first.atMs - first.evaluatedAtMs) / 1_000,
  };
}
