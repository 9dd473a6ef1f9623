/**
 * The pipeline on a real Kafka: publishing, reading, panes, raw rows and the whole, beside raw kafkajs and the peers.
 *
 * npm run bench:kafka [-- --events N --runs R --only PART,...]
 *
 * Needs Java and Maven, or a broker in KAFKA_BROKERS, so it is no part of npm run bench. One broker; the services are
 * processes of their own. The panes of every run by SLOs are held against a naive count; wrong ones end it.
 */
import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import { openBench } from './kafka/bench.js';
import { benchConsume } from './kafka/consume.js';
import { benchEndToEnd } from './kafka/end-to-end.js';
import { readOptions } from './kafka/options.js';
import { benchPages } from './kafka/pages.js';
import { benchPanes, benchSeries, benchSink } from './kafka/panes.js';
import { benchPeers } from './kafka/peers.js';
import { benchPublish } from './kafka/publish.js';
import { progress } from './support/figures.js';

async function run(options) {
  const bench = await openBench(options);
  const loads = [];
  try {
    console.log(
      `${new Date().toISOString()}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; ` +
        `medians of ${options.runCount} runs`,
    );
    let raw = null;
    const parts = {
      publish: () => benchPublish(bench),
      consume: async () => (raw = await benchConsume(bench)),
      panes: () => benchPanes(bench, raw),
      series: () => benchSeries(bench, raw),
      sink: () => benchSink(bench),
      peers: () => benchPeers(bench),
      'end-to-end': () => benchEndToEnd(bench),
      pages: () => benchPages(bench),
    };
    for (const [name, part] of Object.entries(parts)) {
      if (!options.parts.includes(name)) continue;
      await part();
      loads.push(`${name} ${loadavg()[0].toFixed(1)}`);
    }
  } finally {
    console.log(`\nload of the machine over the last minute after each part: ${loads.join(', ')}`);
    await bench.close();
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options !== null) await run(options);
} catch (error) {
  progress(error.stack ?? String(error));
  process.exitCode = 1;
}
