import { createBatchDecoder, loadPackageSchemas, topicsOf } from '@burnline/contracts';
import { loadSpecs } from '@burnline/specs';
import type { SloPlan } from '@burnline/core';
import {
  EPOCH_SETTINGS,
  Supervision,
  createLogger,
  migrate,
  openEmbeddedLog,
  openStore,
  readMigrations,
  systemClock,
  type InProcessEventLog,
  type Store,
} from '@burnline/runtime';
import { openReplay, type ReplaySource } from 'burnline';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  EngineSupervisor,
  PIPELINE_USER,
} from '../../../services/burnline/dist/pipeline/engine-supervisor.js';
import {
  EMBEDDED_PARTITION_COUNT,
  openEmbeddedStream,
} from '../../../services/burnline/dist/pipeline/stream.js';
import { untilSettled } from '../../../services/burnline/dist/replay/run-replay.js';
import { writeReplay } from '../../../services/burnline/dist/replay/writer/replay-writer.js';
import { writeHalfHistory } from '../../support/half-history.ts';
import { startWebhook, type WebhookLog } from '../../support/webhook.ts';
import { PartProcess, type PartRole } from './part-process.ts';
import { stepByStep } from './stepped-log.ts';

const EXAMPLE = new URL('../../../examples/llmperf-2023/', import.meta.url).pathname;
const MIGRATIONS = new URL('../../../sql/', import.meta.url).pathname;
/** Long enough for a kill to find a page on its way. */
const ANSWER_AFTER_MS = 40;
const DATABASE = 'burnline';
const PASSWORD = 'test';
export const ROLES: readonly PartRole[] = ['processor', 'sink', 'alerter'];

export type Parts = Readonly<Record<PartRole, PartProcess>>;

/** What a run may do at each moment of its replay, and once all is written. */
export interface RunHooks {
  /** The stream is there, and nothing is in its log but perhaps announcements. */
  readonly atStart: () => Promise<void>;
  readonly atStep: (step: number) => Promise<void>;
  readonly atEnd: () => Promise<void>;
}

/**
 * A pipeline in pieces: this process holds the log, the engine's supervisor and the receiver of pages; processor (with its
 * burn stage), sink and alerter run in processes of their own. Streams are replayed one after another, each by new
 * processes.
 */
export class Rig {
  readonly log: InProcessEventLog;
  readonly webhook: WebhookLog;
  readonly source: ReplaySource;
  readonly plans: readonly SloPlan[];
  readonly supervision = new Supervision(createLogger({ name: 'rig', level: 'error' }));
  readonly #directory: string;
  #engine: EngineSupervisor;
  #store: Store;

  private constructor(
    parts: Pick<Rig, 'log' | 'webhook' | 'source' | 'plans'>,
    directory: string,
    engine: EngineSupervisor,
  ) {
    this.log = parts.log;
    this.webhook = parts.webhook;
    this.source = parts.source;
    this.plans = parts.plans;
    this.#directory = directory;
    this.#engine = engine;
    this.#store = openStore(this.#access(DATABASE));
  }

  static async open(): Promise<Rig> {
    const directory = await mkdtemp(path.join(tmpdir(), 'burnline-parts-'));
    const specs = path.join(EXAMPLE, 'slos.yaml');
    const { plans } = loadSpecs([{ file: specs, text: await readFile(specs, 'utf8') }], { mode: 'tolerant' });
    const parts = {
      log: await openEmbeddedLog({ directory: path.join(directory, 'log') }),
      webhook: await startWebhook({ answerAfterMs: ANSWER_AFTER_MS }),
      source: await openReplay({
        file: (await writeHalfHistory(directory)).file,
        mapping: path.join(EXAMPLE, 'mapping.yaml'),
      }),
      plans,
    };
    const rig = new Rig(parts, directory, await startEngine(directory, 0));
    const server = openStore(rig.#access('default'));
    await server.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
    await server.close();
    await migrate(rig.store, await readMigrations(MIGRATIONS));
    await rig.log.ensureTopics([topicsOf('live', { partitionCount: 1, kind: 'live' }).decisions]);
    return rig;
  }

  get store(): Store {
    return this.#store;
  }

  /** The engine's process; another one after each restart. */
  get enginePid(): number {
    return this.#engine.pid;
  }

  /** Replays the history into a stream of this name and resolves when all that follows from it is written and told. */
  async replay(name: string, hooks: RunHooks): Promise<void> {
    const { log, store, supervision } = this;
    const stream = await openEmbeddedStream({ log, store, supervision }, name, 'replay');
    await hooks.atStart();
    await this.#untilAnnounced(name);
    let step = 0;
    const stepped = stepByStep(log, async () => {
      await hooks.atStep(step);
      step += 1;
    });
    const schemas = loadPackageSchemas();
    const target = {
      log: stepped,
      schemas,
      decoder: createBatchDecoder(schemas),
      inference: stream.topics.inference.name,
      verdicts: stream.topics.verdicts.name,
      partitionCount: stream.partitionCount,
      tickMs: EPOCH_SETTINGS.intervalMs,
    };
    const { endMs } = await writeReplay(this.source, target, { signal: supervision.signal });
    await hooks.atEnd();
    await untilSettled({ log, store, supervision }, stream, endMs);
  }

  /** A history is written behind the announcement of what is judged, as `burnline replay` does. */
  async #untilAnnounced(stream: string): Promise<void> {
    const isAnnounced = async (): Promise<boolean> =>
      (await this.log.bounds(this.topics(stream))).every(({ endOffset }) => endOffset > 0);
    while (!(await isAnnounced())) await systemClock.sleep(20);
  }

  /** Topics of a stream that are counted and kept. */
  topics(stream: string): readonly string[] {
    const { inference, verdicts } = topicsOf(stream, {
      partitionCount: EMBEDDED_PARTITION_COUNT,
      kind: 'replay',
    });
    return [inference.name, verdicts.name];
  }

  /** Starts a stream's parts. The first thing in its log are the SLOs, which the processor's process announces. */
  async startParts(stream: string): Promise<Parts> {
    const settings = {
      database: this.#access(DATABASE),
      specs: path.join(EXAMPLE, 'slos.yaml'),
      webhookUrl: this.webhook.url,
      stream,
    };
    const [processor, sink, alerter] = await Promise.all(
      (['processor', 'sink', 'alerter'] as const).map((role) => PartProcess.start(role, this.log, settings)),
    );
    return { processor: processor!, sink: sink!, alerter: alerter! };
  }

  /** A supervisor gives up on an engine that dies again and again; a new one begins to count anew, on the same port. */
  async renewEngine(): Promise<void> {
    await this.#engine.stop();
    this.#engine = await startEngine(this.#directory, Number(new URL(this.#engine.url).port));
  }

  async close(): Promise<void> {
    await this.supervision.stop();
    await this.#store.close();
    await this.#engine.stop();
    await this.webhook.close();
    await this.log.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #access(database: string): { url: string; user: string; password: string; database: string } {
    return { url: this.#engine.url, user: PIPELINE_USER, password: PASSWORD, database };
  }
}

function startEngine(directory: string, port: number): Promise<EngineSupervisor> {
  return EngineSupervisor.start(
    { dataDirectory: path.join(directory, 'clickhouse'), port, pipelinePassword: PASSWORD },
    {
      logger: createLogger({ name: 'engine', level: 'error' }),
      onFailure: (error) => {
        throw error;
      },
    },
  );
}
