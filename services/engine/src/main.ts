import { AppError, invariant } from '@burnline/core';
import { readConfig, type EngineConfig } from './config.ts';
import { openFailure, prepareDataDirectory } from './engine/data-directory.ts';
import { NO_CONTEXT, openPools, type EnginePools } from './engine/pools.ts';
import { startHttpServer, type HttpServer } from './http/http-server.ts';
import type { ServerIdentity } from './http/http-response.ts';
import type { EngineMessage } from './engine-message.ts';

/** The reason is on standard error and in the message to the parent. */
const FAILURE_EXIT_CODE = 1;

interface RunningEngine {
  readonly port: number;
  stop(): Promise<void>;
}

async function run(config: EngineConfig): Promise<RunningEngine> {
  const directory = await prepareDataDirectory(config.dataDirectory, config);
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
    limits: { incomingPath: directory.incomingPath, maxBodyBytes: config.maxBodyBytes },
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
  if (process.send === undefined) process.on('SIGINT', stop);
  // The parent died or let go: nobody is left to stop this process.
  process.on('disconnect', stop);
}

// Ctrl+C goes to every process of a terminal: an embedder hears it too and stops this one itself, after its last writes.
// If it goes without that, the channel closes. From the first moment on: a start that dies half way looks like a fault.
if (process.send !== undefined) process.on('SIGINT', () => undefined);

try {
  const config = readConfig(process.env);
  const engine = await run(config);
  stopOnRequest(engine, config);
  tell(
    { event: 'ready', pid: process.pid, port: engine.port, url: `http://${config.host}:${engine.port}` },
    process.stdout,
    () => undefined,
  );
} catch (error) {
  tell(failureMessage(error), process.stderr, () => process.exit(FAILURE_EXIT_CODE));
}
