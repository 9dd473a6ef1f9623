import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { COSTLY_NANO_USD } from './streams.js';

const { startPrometheus } = await import('../../../node_modules/.cache/burnline-test/support/prometheus.js');
const [SCRAPE_S, EVALUATION_S] = [30, 60];
const OBJECTIVES = { quality: 98 };
/** What a request counter would say is bad of a stream; of money an SLI of requests sees which are costly. */
const isBadOf = {
  quality: ({ passed }) => !passed,
  cost: ({ costNanoUsd }) => costNanoUsd > COSTLY_NANO_USD,
};

const sloOf = (name) => ({
  name,
  objective: OBJECTIVES[name] ?? 99,
  sli: {
    events: {
      error_query: `sum(rate(bad_events_total{service="${name}"}[{{.window}}]))`,
      total_query: `sum(rate(events_total{service="${name}"}[{{.window}}]))`,
    },
  },
  alerting: {
    name,
    page_alert: { labels: { tells: 'page' } },
    ticket_alert: { labels: { tells: 'ticket' } },
  },
});

/** The streams as counters, scrape by scrape. */
function openMetrics(streams, { startS, lengthS }) {
  const lines = ['events', 'bad_events'].flatMap((counter) => [
    `# TYPE ${counter} counter`,
    ...streams.flatMap(({ name, events }) => {
      const counts = (event) => counter === 'events' || (isBadOf[name] ?? (({ isBad }) => isBad))(event);
      let [count, next] = [0, 0];
      return Array.from({ length: Math.floor(lengthS / SCRAPE_S) + 1 }, (_, scrape) => {
        const atS = scrape * SCRAPE_S;
        for (; next < events.length && events[next].atS < atS; next += 1)
          if (counts(events[next])) count += 1;
        return `${counter}_total{service="${name}"} ${count} ${startS + atS}`;
      });
    }),
  ]);
  return `${lines.join('\n')}\n# EOF\n`;
}

async function withPrometheus(folder, work) {
  const prometheus = await startPrometheus(folder, { config: '{}', retention: '100y' });
  try {
    return await work(prometheus.url);
  } finally {
    await prometheus.stop();
  }
}

/** Stretches in which an expression holds, minute by minute. */
async function stretches(url, expr, { startS, lengthS }) {
  const query = { query: expr, start: startS, end: startS + lengthS - EVALUATION_S, step: EVALUATION_S };
  const found = [];
  // An answer has 11,000 points at most.
  for (let fromS = query.start; fromS <= query.end; fromS += 10_000 * EVALUATION_S) {
    const end = Math.min(query.end, fromS + 9_999 * EVALUATION_S);
    const response = await fetch(
      `${url}/api/v1/query_range?${new URLSearchParams({ ...query, start: fromS, end })}`,
    );
    const { data } = await response.json();
    for (const { values } of data.result)
      for (const [at] of values) {
        const atS = at - startS;
        const last = found.at(-1);
        if (last?.toS === atS) last.toS = atS + EVALUATION_S;
        else found.push({ fromS: atS, toS: atS + EVALUATION_S });
      }
  }
  return found;
}

/** The same streams as counters of a real Prometheus, by the rules that Sloth generates: stretches in which an alert fired. */
export async function judgedBySloth(streams, { startS, lengthS, folder, sloth }) {
  const run = promisify(execFile);
  const file = (name) => path.join(folder, name);
  const spec = { version: 'prometheus/v1', service: 'outages', slos: streams.map(({ name }) => sloOf(name)) };
  await writeFile(file('sloth.yaml'), stringify(spec));
  await run(sloth, ['generate', '-i', file('sloth.yaml'), '-o', file('rules.yaml'), '--no-log']);
  const groups = parseAllDocuments(await readFile(file('rules.yaml'), 'utf8')).flatMap(
    (one) => one.toJS()?.groups ?? [],
  );
  const records = groups.map((group) => ({
    ...group,
    rules: group.rules.filter(({ record }) => /^slo:sli_error:ratio_rate(?!30d)/.test(record ?? '')),
  }));
  await writeFile(
    file('records.yaml'),
    stringify({ groups: records.filter(({ rules }) => rules.length > 0) }),
  );
  await writeFile(file('counters.txt'), openMetrics(streams, { startS, lengthS }));
  const blocks = ['tsdb', 'create-blocks-from'];
  await run('promtool', [...blocks, 'openmetrics', '--quiet', file('counters.txt'), file('data')]);
  await withPrometheus(folder, (url) =>
    run('promtool', [
      ...[
        ...blocks,
        'rules',
        `--start=${startS}`,
        `--end=${startS + lengthS}`,
        `--eval-interval=${EVALUATION_S}s`,
      ],
      ...[`--url=${url}`, `--output-dir=${file('data')}`, file('records.yaml')],
    ]),
  );
  return withPrometheus(folder, async (url) => {
    const fired = [];
    for (const { alert, expr, labels } of groups.flatMap(({ rules }) =>
      rules.filter((rule) => 'alert' in rule),
    ))
      for (const stretch of await stretches(url, expr, { startS, lengthS }))
        fired.push({ name: alert, series: '', isPage: labels.tells === 'page', ...stretch });
    return fired;
  });
}
