import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { StreamSlos, startActing, startDecider, startNotifier, type Receiver } from '@burnline/alerter';
import {
  createBatchDecoder,
  loadPackageSchemas,
  topicsOf,
  type BatchDecoder,
  type SchemaSource,
} from '@burnline/contracts';
import { AppError, type SloPlan } from '@burnline/core';
import { SpecCatalog } from '@burnline/counting';
import { type SpecRollout, startSealer } from '@burnline/judging';
import {
  ProgressWatch,
  Supervision,
  UNREADABLE_LIMITS,
  WHOLE_SHARE,
  createBells,
  openEmbeddedLog,
  orStop,
  stopAll,
  systemClock,
  type EventLog,
  type Logger,
  type Store,
  type StoreOptions,
} from '@burnline/runtime';
import { forgetConnection, recordConnection } from './connection-file.ts';
import { DATABASE, openMigrated } from './database.ts';
import { EngineSupervisor, PIPELINE_USER, type EngineSettings } from './engine-supervisor.ts';
import { startStream, type StartedStream } from './stream.ts';

export interface PipelineOptions {
  readonly dataDirectory: string;
  readonly plans: readonly SloPlan[];
  readonly receivers: readonly Receiver[];
  readonly logger: Logger;
  /** Port of the SQL interface; 0 takes a free one. */
  readonly sqlPort: number;
  /** Who reaches the SQL interface, and how; on loopback and without a password by default. */
  readonly sqlAccess?: Pick<EngineSettings, 'host' | 'allowedHosts' | 'analystPassword' | 'analysts'>;
  /** Above this share of unreadable messages a partition's readers halt; 1: never. */
  readonly unreadableShareMax?: number;
  /** Threads that the pipeline's own work is spread over; by default as `defaultThreadCount` says. */
  readonly threadCount?: number;
}

/** Raw rows have a thread of their own wherever a second core may run it: what is counted and paged does not wait for them. */
function defaultThreadCount(coreCount = availableParallelism()): number {
  return coreCount > 1 ? 2 : 1;
}

/**
 * The whole of Burnline in one process (and the engine's): event log, database, processor, sink, burn stage and alerter
 * over the streams that are started. One pipeline per data directory.
 */
export class Pipeline {
  readonly log: EventLog;
  readonly store: Store;
  readonly engine: EngineSupervisor;
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
  readonly logger: Logger;
  readonly options: PipelineOptions;
  readonly unreadableShareMax: number;
  readonly threadDatabase: StoreOptions | null;
  readonly supervision: Supervision;
  readonly catalog: SpecCatalog;
  readonly slos = new StreamSlos();
  readonly watch = new ProgressWatch(systemClock);
  readonly bells = createBells();
  readonly #rollouts: SpecRollout[] = [];
  #plans: readonly SloPlan[];

  private constructor(parts: OpenParts, options: PipelineOptions) {
    this.log = parts.log;
    this.store = parts.store;
    this.engine = parts.engine;
    this.supervision = parts.supervision;
    this.schemas = loadPackageSchemas();
    this.decoder = createBatchDecoder(this.schemas);
    this.catalog = new SpecCatalog(parts.store);
    this.options = options;
    this.logger = options.logger;
    this.unreadableShareMax = options.unreadableShareMax ?? UNREADABLE_LIMITS.shareMax;
    this.threadDatabase = (options.threadCount ?? defaultThreadCount()) > 1 ? parts.database : null;
    this.#plans = options.plans;
  }

  /** Opens the data directory, starts the database and brings its tables up to date. */
  static async open(options: PipelineOptions): Promise<Pipeline> {
    const { dataDirectory, logger } = options;
    await makeDirectory(dataDirectory);
    const log = await openEmbeddedLog({ directory: path.join(dataDirectory, 'log') });
    const parts = await orStop(
      () => openDatabase(options, log),
      () => log.close(),
    );
    const pipeline = new Pipeline(parts, options);
    await orStop(
      async () => {
        const { decisions, checkpoints } = topicsOf('live', { partitionCount: 1, kind: 'live' });
        await log.ensureTopics([decisions, checkpoints]);
        await recordConnection(dataDirectory, { url: parts.engine.url, pid: process.pid });
        startDecider(pipeline, { slos: pipeline.slos });
        startNotifier(pipeline, options.receivers);
        startSealer(pipeline);
        pipeline.supervision.start('watch', (signal) => pipeline.watch.run(logger, signal));
      },
      () => pipeline.close(),
    );
    logger.debug({ url: parts.engine.url }, 'pipeline is open');
    return pipeline;
  }

  /** Starts counting and keeping a stream; its topics are created if need be. */
  async startStream(name: string, kind: 'live' | 'replay'): Promise<StartedStream> {
    const stream = await startStream(this, { name, kind, plans: this.#plans });
    this.#rollouts.push(stream.rollout);
    if (kind === 'live') {
      this.watch.expect(name, WHOLE_SHARE.held);
      startActing(this, { stream: name, receivers: this.options.receivers });
    }
    return stream;
  }

  /** SLOs that every stream of this pipeline is to have from now on, in place of those before. */
  proposeSlos(plans: readonly SloPlan[]): void {
    this.#plans = plans;
    for (const rollout of this.#rollouts) rollout.propose(plans);
  }

  close(): Promise<void> {
    return stopAll(
      () => this.supervision.stop(),
      () => this.store.close(),
      () => this.engine.stop(),
      () => this.log.close(),
      () => forgetConnection(this.options.dataDirectory),
    );
  }
}

interface OpenParts {
  readonly log: EventLog;
  readonly store: Store;
  readonly database: StoreOptions;
  readonly engine: EngineSupervisor;
  readonly supervision: Supervision;
}

async function openDatabase(options: PipelineOptions, log: EventLog): Promise<OpenParts> {
  const supervision = new Supervision(options.logger);
  // Known to this process alone: nobody else writes through the pipeline's user.
  const pipelinePassword = randomBytes(24).toString('base64url');
  const engine = await EngineSupervisor.start(
    {
      dataDirectory: path.join(options.dataDirectory, 'clickhouse'),
      port: options.sqlPort,
      pipelinePassword,
      ...options.sqlAccess,
    },
    {
      logger: options.logger,
      onFailure: (error) => {
        supervision.start('engine', () =>
          Promise.reject(error instanceof Error ? error : new Error(String(error))),
        );
      },
    },
  );
  const database = { url: engine.url, user: PIPELINE_USER, password: pipelinePassword, database: DATABASE };
  const store = await orStop(
    () => openMigrated(database),
    () => engine.stop(),
  );
  return { log, store, database, engine, supervision };
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AppError('PIPELINE_DIRECTORY_UNWRITABLE', `${directory} cannot be made: ${String(error)}`, {
      remedy: 'Give a data directory that this user may write to: --data-dir DIR.',
      cause: error,
    });
  }
}
