import { AppError, invariant } from '@burnline/core';
import { readConfig, urlHost, type EngineConfig } from './config.ts';
import { openFailure, prepareDataDirectory } from './engine/data-directory.ts';
import { NO_CONTEXT } from './engine/no-context.ts';
import { openPools, type EnginePools } from './engine/pools.ts';
import { CheckedStatements } from './http/checked-statements.ts';
import { startHttpServer, type HttpServer } from './http/http-server.ts';
import type { ServerIdentity } from './http/http-response.ts';
import { isEngineOrder, type EngineMessage } from './engine-message.ts';
import { startEngine } from './start-engine.ts';

/** The reason is on standard error and in the message to the parent. */
const FAILURE_EXIT_CODE = 1;

interface RunningEngine {
  readonly port: number;
  stop(): Promise<void>;
}

async function run(config: EngineConfig): Promise<RunningEngine> {
  const directory = await prepareDataDirectory(config.dataDirectory, config);
  process.chdir(directory.emptyPath);
  let pools: EnginePools;
  try {
    pools = await openPools({
      databasePath: directory.databasePath,
      configFile: directory.configFile,
      config,
      limits: config,
      onFault: giveUp,
    });
  } catch (error) {
    await directory.removeConfiguration();
    throw await openFailure(directory, error);
  }
  await directory.removeLeftovers();
  const server = await startHttpServer({
    config,
    limits: {
      incomingPath: directory.incomingPath,
      maxBodyBytes: config.maxBodyBytes,
      checked: new CheckedStatements(),
    },
    pools,
    identity: await readIdentity(pools),
    onFault: giveUp,
  });
  return {
    port: server.port,
    stop: async () => {
      await stopServing(server, pools);
      pools.close();
      await directory.removeConfiguration();
    },
  };
}

/** Pipeline requests end by themselves; analysts' are cut short, because they may run for a minute. */
async function stopServing(server: HttpServer, pools: EnginePools): Promise<void> {
  const stopped = server.stop();
  await pools.cancelAnalysts();
  await stopped;
}

async function readIdentity(pools: EnginePools): Promise<ServerIdentity> {
  const result = await pools.control.run(NO_CONTEXT, (query) =>
    query('SELECT hostName(), timezone(), version()', 'JSONCompactEachRow'),
  );
  const row: unknown = JSON.parse(Buffer.from(result.bytes).toString());
  invariant(Array.isArray(row) && row.length === 3, 'the engine tells its name, time zone and version');
  const [displayName, timezone, version] = row.map(String);
  return { displayName: displayName ?? '', timezone: timezone ?? '', version: version ?? '' };
}

/** A line for whoever started the process by hand, a message for a parent; then `sent`. */
function tell(message: EngineMessage, stream: NodeJS.WriteStream, sent: () => void): void {
  stream.write(`${JSON.stringify(message)}\n`);
  if (process.send === undefined || !process.connected) sent();
  else process.send(message, undefined, undefined, sent);
}

function failureMessage(error: unknown): EngineMessage {
  const known: AppError | undefined = error instanceof AppError ? error : undefined;
  return {
    event: 'failed',
    code: known?.code ?? 'ENGINE_START_FAILED',
    message: error instanceof Error ? error.message : String(error),
    remedy: known?.remedy,
    details: known?.details ?? {},
  };
}

/** An ordinary exit would wait for running queries. Whatever was acknowledged is on disk, so the hard way loses nothing. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** The embedder starts a new process. */
function giveUp(error: unknown): void {
  tell(failureMessage(error), process.stderr, endNow);
}

function stopOnRequest(engine: RunningEngine, config: EngineConfig): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(endNow, config.stopTimeoutMs).unref();
    engine.stop().then(() => process.exit(0), giveUp);
  };
  process.on('SIGTERM', stop);
  // The parent died or let go: nobody is left to stop this process.
  process.on('disconnect', stop);
  if (!process.connected) stop();
}

/** The first message; a parent that goes before it leaves nothing to do. */
function receiveConfig(): Promise<EngineConfig> {
  return new Promise((resolve) => {
    process.once('disconnect', () => process.exit(FAILURE_EXIT_CODE));
    process.once('message', (message: unknown) => {
      process.removeAllListeners('disconnect');
      invariant(isEngineOrder(message), 'the first message is the configuration');
      resolve(message.config);
    });
  });
}

/** The engine itself, for the process that started it. */
async function serveParent(): Promise<void> {
  // Ctrl+C goes to every process of a terminal: an embedder hears it too and stops this one itself, after its last writes.
  // If it goes without that, the channel closes. From the first moment on: a start that dies half way looks like a fault.
  process.on('SIGINT', () => undefined);
  // Everything that the engine writes is the owner's alone.
  process.umask(0o077);
  const config = await receiveConfig();
  const engine = await run(config);
  stopOnRequest(engine, config);
  const url = `http://${urlHost(config.host)}:${engine.port}`;
  tell({ event: 'ready', pid: process.pid, port: engine.port, url }, process.stdout, () => undefined);
}

/**
 * By hand: the engine runs in a process of its own all the same, with as many threads as it needs and without the passwords
 * that this one may have in its environment.
 */
async function serveByHand(): Promise<void> {
  const engine = await startEngine({
    ...readConfig(process.env),
    onExit: ({ exitCode, signal, lastErrors }) => {
      process.stderr.write(lastErrors);
      const message = `The engine's process ended with ${signal ?? `exit code ${String(exitCode)}`}`;
      tell(failureMessage(new Error(message)), process.stderr, () => process.exit(FAILURE_EXIT_CODE));
    },
  });
  const stop = (): void => {
    void engine.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { port, url } = engine;
  tell({ event: 'ready', pid: process.pid, port, url }, process.stdout, () => undefined);
}

try {
  await (process.send === undefined ? serveByHand() : serveParent());
} catch (error) {
  tell(failureMessage(error), process.stderr, () => process.exit(FAILURE_EXIT_CODE));
}
