import { runJavaPeer, type JavaRunOptions } from '../java/run.ts';
import type { PeerRun } from '../peer-run.ts';

const PEER = {
  name: 'Kafka Streams',
  folder: 'kafka-streams',
  mainClass: 'StreamsPeer',
  megabytes: 95,
};
/** Heap beyond what is used, so that the collector rests. */
const JVM = ['-Xms512m', '-Xmx512m'];

export interface StreamsRunOptions extends JavaRunOptions {
  readonly store?: 'in-memory' | 'rocksdb';
}

/** Runs the Kafka Streams program to the end of the topic, in a process that has ended when this resolves. */
export function runStreamsPeer(options: StreamsRunOptions): Promise<PeerRun> {
  return runJavaPeer(PEER, options, { jvm: JVM, options: { store: options.store ?? 'in-memory' } });
}
