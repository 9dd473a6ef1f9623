import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadPackageSchemas } from '@burnline/contracts';
import { findJava } from '../../support/kafka/java.ts';
import type { PeerRun } from '../peer-run.ts';
import { PANE_MS } from '../slos.ts';
import type { PaneCount, PeerSlo } from '../slos.ts';
import { javaLines } from './java-process.ts';
import { classPathOf, type JavaPeer } from './program.ts';

export interface JavaRunOptions {
  /** host:port, with commas between. */
  readonly brokers: string;
  readonly topic: string;
  /** 1: each message is one event. Else Avro arrays of so many. */
  readonly eventsPerMessage: number;
  readonly slos: readonly PeerSlo[];
  readonly threads?: number;
  /** A run that takes longer is an error. */
  readonly deadlineSeconds?: number;
  readonly onProgress?: (message: string) => void;
}

/** Two cores: two threads take what is there. */
const THREADS_DEFAULT = 2;
const DEADLINE_SECONDS_DEFAULT = 600;
/** Beyond the program's own deadline: the JVM's start and end. */
const DEADLINE_MARGIN_SECONDS = 30;

interface Figures {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly warmEvents: number;
  readonly warmSeconds: number;
  readonly warmCpuSeconds: number;
  readonly rssPeakBytes: number;
}

/**
 * Runs a peer in Java to the end of the topic, in a process that has ended when this resolves. `own` are the peer's own
 * options and what it asks of the JVM.
 */
export async function runJavaPeer(
  peer: JavaPeer,
  options: JavaRunOptions,
  own: { readonly jvm: readonly string[]; readonly options: Readonly<Record<string, string | number>> },
): Promise<PeerRun> {
  const classPath = await classPathOf(peer, options.onProgress ?? (() => undefined));
  const folder = await mkdtemp(path.join(tmpdir(), `burnline-${peer.folder}-`));
  try {
    const deadlineSeconds = options.deadlineSeconds ?? DEADLINE_SECONDS_DEFAULT;
    const args = programArguments({
      ...(await inputFiles(options, folder)),
      ...own.options,
      brokers: options.brokers,
      topic: options.topic,
      'application-id': path.basename(folder),
      'state-folder': path.join(folder, 'state'),
      'pane-ms': PANE_MS,
      batches: String(options.eventsPerMessage > 1),
      'events-per-message': options.eventsPerMessage,
      threads: options.threads ?? THREADS_DEFAULT,
      'deadline-s': deadlineSeconds,
    });
    const jvm = [...JVM_ARGUMENTS, ...own.jvm, '-cp', classPath, peer.mainClass];
    const lines = await javaLines(await findJava(), [...jvm, ...args], {
      deadlineMs: (deadlineSeconds + DEADLINE_MARGIN_SECONDS) * 1_000,
    });
    const last = lines.at(-1);
    if (last === undefined) throw new Error(`The peer ${peer.name} printed nothing.`);
    return runOf(
      lines.slice(0, -1).map((line) => JSON.parse(line) as PaneCount),
      JSON.parse(last) as Figures,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The parallel collector gives the most throughput on two cores. */
const JVM_ARGUMENTS = ['-XX:+UseParallelGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];

async function inputFiles(
  { slos }: JavaRunOptions,
  folder: string,
): Promise<{ readonly schema: string; readonly slos: string }> {
  const schemas = loadPackageSchemas();
  const files = { schema: path.join(folder, 'event.avsc'), slos: path.join(folder, 'slos.json') };
  await writeFile(files.schema, JSON.stringify(schemas.schemaOf(schemas.idOf('inference'))?.schema));
  await writeFile(files.slos, JSON.stringify(slos));
  return files;
}

function programArguments(named: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(named).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function runOf(panes: readonly PaneCount[], figures: Figures): PeerRun {
  return {
    panes,
    whole: { events: figures.events, seconds: figures.seconds, cpuSeconds: figures.cpuSeconds },
    warm: { events: figures.warmEvents, seconds: figures.warmSeconds, cpuSeconds: figures.warmCpuSeconds },
    rssPeakBytes: figures.rssPeakBytes,
  };
}
