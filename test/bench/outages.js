/**
 * What people would have been told of outages of seven kinds, by Burnline's default tiers and by Sloth's rules on a real Prometheus, over the
 * same streams: how soon, how often, and how often for nothing.
 *
 * npm run bench:outages -- --sloth PATH [--days 8] [--seed 1]
 *
 * Needs prometheus and promtool (Debian: apt-get install prometheus) and the program sloth
 * (go install github.com/slok/sloth/cmd/sloth@v0.11.0). Sloth's SLOs are over the same counts, as counters that are scraped every 30 s:
 * requests that failed, verdicts that failed, requests that cost more than ten cents.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { judgedByBurnline } from './outages/judged-by-burnline.js';
import { judgedBySloth } from './outages/judged-by-sloth.js';
import { outcomeOf } from './outages/outcomes.js';
import { eventsOf, outagesOf, STREAMS } from './outages/streams.js';
import { median, progress, show } from './support/figures.js';

const { values } = parseArgs({
  options: {
    sloth: { type: 'string', default: 'sloth' },
    days: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
  },
});
const [days, seed] = [Number(values.days), Number(values.seed)];
const DAY_S = 86_400;
const lengthS = days * DAY_S;
const startS = Math.floor(Date.now() / 1_000 / DAY_S) * DAY_S - lengthS - DAY_S;

const minutes = (all) => {
  const found = all.filter((one) => one !== null);
  const text = found.length === 0 ? 'never' : `${show(median(found))} min`;
  return found.length === 0 || found.length === all.length
    ? text
    : `${text}, ${found.length} of ${all.length}`;
};

const folder = await mkdtemp(path.join(tmpdir(), 'burnline-outages-'));
try {
  const streams = STREAMS.map((stream, index) => ({
    ...stream,
    events: eventsOf(stream, index, { days, seed }),
    outages: outagesOf(stream, index, days),
  }));
  const eventCount = streams.reduce((sum, { events }) => sum + events.length, 0);
  progress(`${eventCount} events of ${days} days`);
  const burnline = await judgedByBurnline(streams, { startS, folder });
  progress(`judged by Burnline: ${burnline.length} alerts`);
  const sloth = await judgedBySloth(streams, { startS, lengthS, folder, sloth: values.sloth });
  progress(`judged by Sloth's rules: ${sloth.length} alerts`);
  console.log('| outage | by | told after | paged after | pages per outage | false pages per 30 days |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { name, about, outages } of streams)
    for (const [by, alerts] of [
      ['Burnline', burnline],
      ['Sloth', sloth],
    ]) {
      const own = alerts.filter((alert) => alert.name === name);
      const { told, paged, pagesPerOutage, falsePagesPerMonth } = outcomeOf(own, outages, lengthS);
      console.log(
        `| ${name}: ${about} | ${by} | ${minutes(told)} | ${minutes(paged)} | ${show(pagesPerOutage)} | ${show(falsePagesPerMonth)} |`,
      );
    }
  console.log(
    `${eventCount} events, ${days} days, ${streams[0].outages.length} outages of each kind, seed ${seed}`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
