/**
 * What other programs take for the same SLIs on the same topic: Kafka Streams, Flink and ClickHouse's Kafka engine.
 *
 * npm run bench:peers [-- --events N --runs R]
 *
 * Every run's panes are held against a naive count of the published events; wrong answers end it with 1 and no figure.
 * The peers are TypeScript, shared with their suite, and come compiled: npm run bench:peers does so first.
 */
import process from 'node:process';
import { progress } from './support/figures.js';

const { runBench } = await import('../../node_modules/.cache/burnline-test/peers/bench.js');
try {
  await runBench(process.argv.slice(2));
} catch (error) {
  progress(error.message);
  process.exitCode = 1;
}
