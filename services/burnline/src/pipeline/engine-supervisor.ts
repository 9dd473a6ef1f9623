import { statfs } from 'node:fs/promises';
import {
  startEngine,
  type Engine,
  type EngineExit,
  type EngineUser,
  type TenantTables,
} from '@burnline/engine';
import { AppError, isAppError } from '@burnline/core';
import { systemClock, type Logger } from '@burnline/runtime';
import { DATABASE } from './database.ts';

export interface EngineSettings {
  readonly dataDirectory: string;
  /** 0: any free port, kept over restarts. */
  readonly port: number;
  readonly pipelinePassword: string;
  /** Empty, the default: the analyst needs none. */
  readonly analystPassword?: string;
  /** Analysts beside that one, of some tenants or of all. */
  readonly analysts?: readonly EngineUser[];
  /** Where the port listens; loopback by default. */
  readonly host?: string;
  /** Names beside addresses and localhost by which clients reach the port. */
  readonly allowedHosts?: readonly string[];
}

export const PIPELINE_USER = 'burnline';
export const ANALYST_USER = 'analyst';

/** What has a tenant, and so may be read by analysts of some tenants; what is made of it says nothing of whose it is. */
const TENANT_TABLES: TenantTables = {
  tables: [`${DATABASE}.inference_events`, `${DATABASE}.eval_verdicts`],
  views: [`${DATABASE}.inferences`, `${DATABASE}.verdicts`],
};

/** Restarts in a row after which something is wrong that a restart does not mend. */
const RESTARTS_MAX = 5;
/** An engine that has lived so long had a good start: the count begins anew. */
const GOOD_START_MS = 60_000;

/**
 * Keeps the engine's process running: if it dies it is started again on the same port, while the services wait and send
 * their rows again.
 */
export class EngineSupervisor {
  readonly #settings: EngineSettings;
  readonly #parts: SupervisorParts;
  readonly #stopping = new AbortController();
  #engine: Engine;
  #restartCount = 0;
  #startedAtMs = performance.now();
  /** Resolves when no engine runs any more and none is being started. */
  readonly #watched: Promise<void>;

  private constructor(engine: Engine, settings: EngineSettings, parts: SupervisorParts) {
    this.#engine = engine;
    this.#settings = { ...settings, port: Number(new URL(engine.url).port) };
    this.#parts = parts;
    this.#watched = this.#watch().catch((error: unknown) => {
      // A restart that fails while all is stopped harms nobody.
      if (!this.#isStopping()) parts.onFailure(error);
    });
  }

  static async start(settings: EngineSettings, parts: SupervisorParts): Promise<EngineSupervisor> {
    const never = new AbortController().signal;
    return new EngineSupervisor(await start(settings, never), settings, parts);
  }

  get url(): string {
    return this.#engine.url;
  }

  get pid(): number {
    return this.#engine.pid;
  }

  /** Resolves when no process is left, that of a restart under way included; idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#engine.stop();
    await this.#watched;
  }

  async #watch(): Promise<void> {
    for (;;) {
      const exit = await this.#engine.exited;
      if (this.#isStopping()) return;
      if (performance.now() - this.#startedAtMs > GOOD_START_MS) this.#restartCount = 0;
      // A full disk ends an engine as often as it is started, and is waited for below.
      if (await hasRoom(this.#settings.dataDirectory)) this.#restartCount += 1;
      const { lastErrors } = exit;
      if (this.#restartCount > (this.#parts.restartsMax ?? RESTARTS_MAX)) throw diesError(exit);
      this.#parts.logger.warn(
        { pid: this.#engine.pid, signal: exit.signal, exitCode: exit.exitCode, lastErrors },
        'the database engine died, starting it again',
      );
      const engine = await start(this.#settings, this.#stopping.signal, ({ message, remedy }) => {
        this.#parts.logger.error({ remedy }, `${message}: the database engine waits for space`);
      });
      this.#engine = engine;
      // Asked to stop while it started: whoever asked could only stop the one before.
      if (this.#isStopping()) {
        await engine.stop();
        return;
      }
      this.#startedAtMs = performance.now();
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}

/** With less free space the engine cannot work, whatever ended it. */
const ROOM_BYTES_MIN = 8 * 1024 * 1024;

async function hasRoom(directory: string): Promise<boolean> {
  const room = await statfs(directory).catch(() => null);
  return room === null || room.bavail * room.bsize >= ROOM_BYTES_MIN;
}

interface SupervisorParts {
  readonly logger: Logger;
  readonly onFailure: (error: unknown) => void;
  readonly restartsMax?: number;
}

function diesError({ exitCode, signal, lastErrors }: EngineExit): AppError {
  const how = signal ?? `exit code ${String(exitCode)}`;
  const words = lastErrors.trim();
  return new AppError(
    'PIPELINE_ENGINE_DIES',
    `The database engine died several times in a row, now with ${how}; ` +
      (words === '' ? 'it wrote nothing to standard error' : `its last words:\n${words}`),
    {
      remedy: 'Check memory and disk, then start again: nothing is lost.',
      details: { exitCode, signal, lastErrors },
    },
  );
}

/**
 * The engine of a pipeline that was killed notices it and stops by itself. The log's lock says that no pipeline runs here
 * any more, so it is waited for.
 */
const ORPHAN_WAIT_MS = 20_000;
const ORPHAN_LOOK_MS = 200;

/** How often a start on a full disk is tried again. */
const SPACE_LOOK_MS = 2_000;

/** `onFull` is called for each start that finds the disk full; without it the first one rejects. */
async function start(
  settings: EngineSettings,
  stopping: AbortSignal,
  onFull?: (error: AppError) => void,
): Promise<Engine> {
  const deadlineMs = performance.now() + ORPHAN_WAIT_MS;
  for (;;) {
    try {
      return await startOnce(settings);
    } catch (error) {
      if (isAppError(error) && error.code === 'ENGINE_PORT_IN_USE') throw portInUse(error, settings.port);
      if (
        isAppError(error) &&
        error.code === 'ENGINE_DISK_FULL' &&
        onFull !== undefined &&
        !stopping.aborted
      ) {
        onFull(error);
        await systemClock.sleep(SPACE_LOOK_MS, stopping);
        continue;
      }
      const isOrphaned = isAppError(error) && error.code === 'ENGINE_DIRECTORY_IN_USE';
      if (!isOrphaned || stopping.aborted || performance.now() > deadlineMs) throw error;
      await systemClock.sleep(ORPHAN_LOOK_MS, stopping);
    }
  }
}

function portInUse(error: AppError, port: number): AppError {
  const remedy = `Stop what listens on port ${port}, or choose another one: --sql-port PORT (0 takes any free one).`;
  return new AppError(error.code, error.message, { remedy, details: error.details, cause: error });
}

function startOnce(settings: EngineSettings): Promise<Engine> {
  return startEngine({
    dataDirectory: settings.dataDirectory,
    port: settings.port,
    ...(settings.host === undefined ? {} : { host: settings.host }),
    ...(settings.allowedHosts === undefined ? {} : { allowedHosts: settings.allowedHosts }),
    users: [
      { name: PIPELINE_USER, password: settings.pipelinePassword, role: 'pipeline' },
      { name: ANALYST_USER, password: settings.analystPassword ?? '', role: 'analyst' },
      ...(settings.analysts ?? []),
    ],
    tenantTables: TENANT_TABLES,
  });
}
