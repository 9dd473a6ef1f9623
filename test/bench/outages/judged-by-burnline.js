import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';

const COMMAND = new URL('../../../services/burnline/bin/burnline.js', import.meta.url).pathname;

const source = (fields) => `{ metricSource: { type: burnline, spec: { ${fields} } } }`;
const ratio = (good, total) =>
  `ratioMetric: { counter: false, good: ${source(good)}, total: ${source(total)} }`;
/** What is judged of a stream, in what its service sends. */
const indicatorOf = (name) => {
  const scope = `scope: "service == '${name}'"`;
  if (name === 'cost')
    return {
      metric: `thresholdMetric: ${source(`${scope}, entity: task_id, consume: cost_nano_usd`)}`,
      objective: 'target: 0.99, op: lte, value: 3000000000',
    };
  if (name === 'quality')
    return {
      metric: ratio('stream: verdicts, where: passed', `stream: verdicts, ${scope}`),
      objective: 'target: 0.98',
    };
  const by = name === 'one-tenant' ? ', by: [tenant]' : '';
  return { metric: ratio('where: "status == \'ok\'"', scope + by), objective: 'target: 0.99' };
};

const specOf = (name) => {
  const { metric, objective } = indicatorOf(name);
  return `apiVersion: openslo/v1
kind: Service
metadata: { name: ${name} }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: ${name}
  indicator: { metadata: { name: ${name} }, spec: { ${metric} } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ ${objective} }]
`;
};

const idOf = (stream, number) => `00000000-0000-4000-${8_000 + stream}-${String(number).padStart(12, '0')}`;

/** Lines of a history, in the order of time. */
async function writeLines(file, streams, startS) {
  const out = createWriteStream(file);
  const all = streams
    .flatMap(({ name, events }, stream) =>
      events.map((event, number) => ({ ...event, name, stream, number })),
    )
    .sort((a, b) => a.atS - b.atS);
  for (const one of all) {
    const at = new Date((startS + one.atS) * 1_000).toISOString();
    const common = { service: one.name, provider: 'p', model_requested: 'm', tenant: one.tenant };
    const event = {
      ...{ event_id: idOf(one.stream, 2 * one.number), occurred_at: at, ...common, task_id: one.task },
      ...{
        status: one.isBad ? 'error' : 'ok',
        duration_ms: 500,
        cost_usd: (one.costNanoUsd / 1e9).toFixed(9),
      },
    };
    const lines = [JSON.stringify(event)];
    if (one.passed !== undefined)
      lines.push(
        JSON.stringify({
          verdict: {
            ...{ event_id: idOf(one.stream, 2 * one.number + 1), judged_at: at, inference_at: at, ...common },
            ...{ evaluator: 'judge', dimension: 'quality', passed: one.passed },
          },
        }),
      );
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

/** A replay of the streams by their specs with the default tiers: stretches in which a tier of a series fired, seconds of the history. */
export async function judgedByBurnline(streams, { startS, folder }) {
  const file = (name) => path.join(folder, name);
  await writeLines(file('history.ndjson'), streams, startS);
  await writeFile(file('slos.yaml'), streams.map(({ name }) => specOf(name)).join('---\n'));
  const run = promisify(execFile);
  const data = ['--data-dir', file('burnline')];
  await run(
    process.execPath,
    [COMMAND, 'replay', file('history.ndjson'), '--specs', file('slos.yaml'), ...data],
    {
      maxBuffer: 1 << 28,
    },
  );
  const { stdout } = await run(
    process.execPath,
    [
      ...[COMMAND, '--json', 'query', ...data],
      `SELECT slo, toString(labels) AS series, tier, decision, toInt32(toUnixTimestamp(evaluated_at) - ${startS}) AS at_s
       FROM alert_decisions WHERE decision IN ('fire', 'resolve') ORDER BY alert_key, evaluated_at`,
    ],
    { maxBuffer: 1 << 28 },
  );
  const rows = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  return rows.flatMap((row, index) => {
    if (row.decision !== 'fire') return [];
    const end = rows[index + 1];
    const isEnded =
      end?.decision === 'resolve' &&
      end.slo === row.slo &&
      end.series === row.series &&
      end.tier === row.tier;
    const isPage = ['1h&5m', '6h&30m', 'runaway'].includes(row.tier);
    return [
      { name: row.slo, series: row.series, isPage, fromS: row.at_s, toS: isEnded ? end.at_s : Infinity },
    ];
  });
}
