import { runJavaPeer, type JavaRunOptions } from '../java/run.ts';
import type { PeerRun } from '../peer-run.ts';

const PEER = { name: 'Flink', folder: 'flink', mainClass: 'FlinkPeer', megabytes: 84 };
/** As Kafka Streams's, and room for the cluster's own buffers. */
const JVM = [
  '-Xms768m',
  '-Xmx768m',
  // What Flink's own scripts open of Java's modules.
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
  '--add-opens=java.base/java.util=ALL-UNNAMED',
];
const CHECKPOINT_MS = 10_000;

/** Runs the Flink program to the end of the topic, in a process that has ended when this resolves. */
export function runFlinkPeer(options: JavaRunOptions): Promise<PeerRun> {
  return runJavaPeer(PEER, options, { jvm: JVM, options: { 'checkpoint-ms': CHECKPOINT_MS } });
}
