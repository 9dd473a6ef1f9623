import { isAppError } from '@burnline/core';
import { readEnvironment, type Companions, type Config, type Variables } from '../config/read-environment.ts';
import { COMPANIONS, SERVICE_VARIABLES } from '../config/service-variables.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { createMetrics, type MetricsEndpoint } from '../operations/metrics.ts';
import { serveOperations, type OperationsActions, type ReadyCheck } from '../operations/operations-server.ts';
import { waitAfterHalt } from './halt.ts';
import { Supervision } from './supervision.ts';

export interface ServiceDefinition<V extends Variables> {
  /** As it appears in logs and metrics. */
  readonly name: string;
  /** Beside those that every service has. */
  readonly variables: V;
  /** Of these, which must be set where another one is. */
  readonly companions?: Companions;
  /**
   * Starts the service's loops and resolves when it serves. What it opens it adds to `closing`; it should end early when
   * `supervision.signal` aborts.
   */
  readonly start: (context: ServiceContext<V>) => Promise<void>;
}

export interface ServiceContext<V extends Variables> {
  readonly config: Config<V & typeof SERVICE_VARIABLES>;
  readonly logger: Logger;
  readonly metrics: MetricsEndpoint;
  readonly supervision: Supervision;
  /** What `/ready` asks, by name. */
  readonly checks: Map<string, ReadyCheck>;
  /** What an operator may ask for; to be given a token and handlers. */
  readonly actions: OperationsActions;
  /** Called at the end, last opened first closed; before the loops end for `before`. */
  readonly closing: { before: (() => Promise<void>)[]; after: (() => Promise<void>)[] };
}

/** 0: stopped in order. 1: a loop failed, or the stop took too long. 2: the configuration is wrong. */
const EXIT = { ok: 0, failed: 1, misconfigured: 2 } as const;

/** All is closed by then; a connection that was being made at that moment must not keep a process that has halted alive. */
const LEFT_OPEN_MS = 1_000;

/**
 * Runs a service as a process until SIGTERM or SIGINT, and ends it in order within its deadline; a second signal ends it at
 * once. Resolves to the exit code. Whatever was not committed is done again by the next start, so even a stop that was cut
 * short loses nothing.
 */
export async function runService<V extends Variables>(
  definition: ServiceDefinition<V>,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  let config: Config<V & typeof SERVICE_VARIABLES>;
  try {
    config = readEnvironment({ ...SERVICE_VARIABLES, ...definition.variables }, environment, {
      ...COMPANIONS,
      ...definition.companions,
    });
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    return EXIT.misconfigured;
  }
  const logger = createLogger({ name: definition.name, level: config.BURNLINE_LOG_LEVEL });
  const supervision = new Supervision(logger);
  const signalled = untilSignal();
  const ended = Promise.race([signalled, untilFailed(supervision)]);
  const metrics = createMetrics(definition.name);
  const checks = new Map<string, ReadyCheck>([
    ['started', () => Promise.reject(new Error('the service has not started yet'))],
  ]);
  const actions: OperationsActions = { handlers: new Map(), questions: new Map() };
  const closing: ServiceContext<V>['closing'] = { before: [], after: [] };
  let closeOperations = (): Promise<void> => Promise.resolve();
  const run = async (): Promise<void> => {
    const operations = await serveOperations({
      host: config.BURNLINE_HTTP_HOST,
      port: config.BURNLINE_HTTP_PORT,
      checks,
      metrics: () => metrics.text(),
      actions,
    });
    closeOperations = () => operations.close();
    logger.info({ operations: operations.url }, 'starting');
    await definition.start({ config, logger, metrics, supervision, checks, actions, closing });
    checks.set('started', () => Promise.resolve());
    logger.info({}, 'the service has started');
  };
  const running = run().catch((error: unknown) => {
    if (supervision.signal.aborted) return;
    supervision.start('start', () =>
      Promise.reject(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await ended;
  checks.set('started', () => Promise.reject(new Error('the service is stopping')));
  const deadline = endAfter(config.BURNLINE_STOP_TIMEOUT_MS, logger);
  const code = await close({ running, supervision, closing, logger });
  clearTimeout(deadline);
  const { failure } = supervision;
  if (config.BURNLINE_ON_HALT === 'wait') await waitAfterHalt({ failure, checks, logger, signalled });
  await closeOperations();
  logger.info({ code }, 'stopped');
  endIfLeftOpen(code, logger);
  return code;
}

/** Ends the process where its stop takes too long. */
function endAfter(timeoutMs: number, logger: Logger): NodeJS.Timeout {
  const timer = setTimeout(() => {
    logger.error({ timeoutMs }, 'the stop took too long; what is left is done again');
    process.exit(EXIT.failed);
  }, timeoutMs);
  return timer.unref();
}

/** The timer itself keeps nothing alive: it fires only where something else does. */
function endIfLeftOpen(code: number, logger: Logger): void {
  setTimeout(() => {
    logger.warn(
      { open: process.getActiveResourcesInfo() },
      'something was left open; the process ends anyway',
    );
    process.exit(code);
  }, LEFT_OPEN_MS).unref();
}

async function close(parts: {
  readonly running: Promise<void>;
  readonly supervision: Supervision;
  readonly closing: ServiceContext<Variables>['closing'];
  readonly logger: Logger;
}): Promise<number> {
  const { running, supervision, closing, logger } = parts;
  let code: number = EXIT.ok;
  const step = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logger.error({ reason: describe(error) }, 'failed');
      code = EXIT.failed;
    }
  };
  for (const one of closing.before.reverse()) await step(one);
  await step(() => supervision.stop());
  await running;
  for (const one of closing.after.reverse()) await step(one);
  return code;
}

/** Resolves at the first signal to end; a second one ends the process at once. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isSignalled = false;
    const onSignal = (): void => {
      if (isSignalled) process.exit(EXIT.failed);
      isSignalled = true;
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

function untilFailed(supervision: Supervision): Promise<void> {
  return new Promise((resolve) => {
    supervision.signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

/** Cause and remedy, for people. */
function describe(error: unknown): string {
  if (!isAppError(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${error.code}: ${error.message}${error.remedy === undefined ? '' : `\n${error.remedy}`}`;
}
