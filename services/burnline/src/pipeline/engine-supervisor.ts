import { startEngine, type Engine } from '@burnline/engine';
import { AppError, isAppError } from '@burnline/core';
import { systemClock, type Logger } from '@burnline/runtime';

export interface EngineSettings {
  readonly dataDirectory: string;
  /** 0: any free port, kept over restarts. */
  readonly port: number;
  readonly pipelinePassword: string;
}

export const PIPELINE_USER = 'burnline';
export const ANALYST_USER = 'analyst';

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
  readonly #logger: Logger;
  #engine: Engine;
  #restartCount = 0;
  #startedAtMs = performance.now();
  #isStopping = false;
  readonly #onFailure: (error: unknown) => void;

  private constructor(engine: Engine, settings: EngineSettings, parts: SupervisorParts) {
    this.#engine = engine;
    this.#settings = { ...settings, port: Number(new URL(engine.url).port) };
    this.#logger = parts.logger;
    this.#onFailure = parts.onFailure;
    this.#watch();
  }

  static async start(settings: EngineSettings, parts: SupervisorParts): Promise<EngineSupervisor> {
    return new EngineSupervisor(await start(settings), settings, parts);
  }

  get url(): string {
    return this.#engine.url;
  }

  get pid(): number {
    return this.#engine.pid;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#engine.stop();
  }

  #watch(): void {
    void this.#engine.exited
      .then(async () => {
        if (this.#isStopping) return;
        if (performance.now() - this.#startedAtMs > GOOD_START_MS) this.#restartCount = 0;
        this.#restartCount += 1;
        if (this.#restartCount > RESTARTS_MAX) {
          throw new AppError(
            'PIPELINE_ENGINE_DIES',
            `The database engine died ${RESTARTS_MAX} times in a row`,
            {
              remedy: 'Its last words are above. Check memory and disk, then start again: nothing is lost.',
            },
          );
        }
        this.#logger.warn({ pid: this.#engine.pid }, 'the database engine died, starting it again');
        this.#engine = await start(this.#settings);
        this.#startedAtMs = performance.now();
        this.#watch();
      })
      .catch(this.#onFailure);
  }
}

interface SupervisorParts {
  readonly logger: Logger;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The engine of a pipeline that was killed notices it and stops by itself. The log's lock says that no pipeline runs here
 * any more, so it is waited for.
 */
const ORPHAN_WAIT_MS = 20_000;
const ORPHAN_LOOK_MS = 200;

async function start(settings: EngineSettings): Promise<Engine> {
  const deadlineMs = performance.now() + ORPHAN_WAIT_MS;
  for (;;) {
    try {
      return await startOnce(settings);
    } catch (error) {
      const isOrphaned = isAppError(error) && error.code === 'ENGINE_DIRECTORY_IN_USE';
      if (!isOrphaned || performance.now() > deadlineMs) throw error;
      await systemClock.sleep(ORPHAN_LOOK_MS);
    }
  }
}

function startOnce(settings: EngineSettings): Promise<Engine> {
  return startEngine({
    dataDirectory: settings.dataDirectory,
    port: settings.port,
    users: [
      { name: PIPELINE_USER, password: settings.pipelinePassword, role: 'pipeline' },
      { name: ANALYST_USER, password: '', role: 'analyst' },
    ],
  });
}
