import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { AppError } from '@burnline/core';
import { completeConfig, requiredThreads, type EngineConfig } from './config.ts';
import type { EngineErrorCode } from './engine-error.ts';
import { isEngineMessage, type EngineMessage, type EngineOrder } from './engine-message.ts';

export interface EngineExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when `stop()` asked for it. */
  readonly wasRequested: boolean;
  /** The end of what the process wrote to standard error. */
  readonly lastErrors: string;
}

export type EngineOptions = Pick<EngineConfig, 'dataDirectory' | 'users'> &
  Partial<Omit<EngineConfig, 'dataDirectory' | 'users'>> & {
    /** How long the process may take until it serves requests; opening many parts takes longer than an empty directory. */
    readonly startTimeoutMs?: number;
    /** Called once, when the process ends without having been asked to. */
    readonly onExit?: (exit: EngineExit) => void;
  };

/** An engine in a process of its own that speaks ClickHouse's HTTP interface. */
export interface Engine {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<EngineExit>;
  /** Ends the process; idempotent. What does not stop by itself in time is killed, which loses nothing acknowledged. */
  stop(): Promise<void>;
}

const DEFAULT_START_TIMEOUT_MS = 30_000;
/** Beyond the child's own deadline, after which it kills itself. */
const STOP_MARGIN_MS = 2000;
/** Enough for the engine's last words. */
const MAX_ERROR_CHARACTERS = 8192;

/**
 * Starts an engine and resolves when it serves requests.
 *
 * Throws AppError ENGINE_CONFIG_INVALID, ENGINE_DIRECTORY_IN_USE, ENGINE_DIRECTORY_UNWRITABLE, ENGINE_PORT_IN_USE,
 * ENGINE_START_TIMEOUT or ENGINE_START_FAILED; no process is left behind then.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { startTimeoutMs = DEFAULT_START_TIMEOUT_MS, onExit, ...settings } = options;
  // Faults are found here already, where the caller's stack is.
  const config = completeConfig(settings);
  const child = spawn(process.execPath, [createRequire(import.meta.url).resolve('@burnline/engine/main')], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: childEnvironment(process.env, config),
  });
  const watch = watchProcess(child);
  const order: EngineOrder = { event: 'configure', config };
  // A process that is gone already is noticed below.
  child.send(order, () => undefined);
  const ready = await waitUntilReady(child, watch, startTimeoutMs);
  void watch.exited.then((exit) => {
    if (!exit.wasRequested) onExit?.(exit);
  });
  return {
    url: ready.url,
    port: ready.port,
    pid: ready.pid,
    exited: watch.exited,
    stop: async () => {
      watch.requestExit();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), config.stopTimeoutMs + STOP_MARGIN_MS);
      await watch.exited;
      clearTimeout(timer);
    },
  };
}

/** What a process needs to run, and nothing that the starter keeps secret in its own environment. */
const INHERITED = /^(PATH|HOME|LANG|LC_\w+|TMPDIR|LD_LIBRARY_PATH|NODE_OPTIONS|NODE_DEBUG|NODE_V8_COVERAGE)$/;

function childEnvironment(own: NodeJS.ProcessEnv, config: EngineConfig): NodeJS.ProcessEnv {
  const inherited = Object.entries(own).filter(([name]) => INHERITED.test(name));
  return {
    ...Object.fromEntries(inherited),
    // One time zone whatever the machine's, as for everything stored.
    TZ: 'UTC',
    UV_THREADPOOL_SIZE: `${requiredThreads(config.sessionCounts)}`,
  };
}

interface ProcessWatch {
  readonly exited: Promise<EngineExit>;
  readonly lastErrors: () => string;
  readonly requestExit: () => void;
}

function watchProcess(child: ChildProcess): ProcessWatch {
  let lastErrors = '';
  let wasRequested = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastErrors = (lastErrors + text).slice(-MAX_ERROR_CHARACTERS);
  });
  const exited = new Promise<EngineExit>((resolve) => {
    child.once('close', (exitCode, signal) => {
      resolve({ exitCode, signal, wasRequested, lastErrors });
    });
  });
  return {
    exited,
    lastErrors: () => lastErrors,
    requestExit: () => {
      wasRequested = true;
    },
  };
}

type Ready = Extract<EngineMessage, { event: 'ready' }>;

async function waitUntilReady(child: ChildProcess, watch: ProcessWatch, timeoutMs: number): Promise<Ready> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Ready>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(
          startError('ENGINE_START_TIMEOUT', `The engine did not serve requests within ${timeoutMs} ms`, {
            remedy: 'Give it more time (startTimeoutMs), or look at what keeps the machine busy.',
            watch,
          }),
        );
      }, timeoutMs);
      child.on('message', (message: unknown) => {
        if (!isEngineMessage(message)) return;
        if (message.event === 'ready') resolve(message);
        else reject(reportedError(message));
      });
      child.once('error', (error) => {
        reject(startError('ENGINE_START_FAILED', `The engine's process: ${error.message}`, { watch }));
      });
      void watch.exited.then(({ exitCode, signal }) => {
        const how = signal ?? `exit code ${String(exitCode)}`;
        reject(startError('ENGINE_START_FAILED', `The engine's process ended with ${how}`, { watch }));
      });
    });
  } catch (error) {
    child.kill('SIGKILL');
    await watch.exited;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function reportedError(message: Extract<EngineMessage, { event: 'failed' }>): AppError {
  return new AppError(message.code, message.message, {
    ...(message.remedy === undefined ? {} : { remedy: message.remedy }),
    details: message.details,
  });
}

function startError(
  code: EngineErrorCode,
  message: string,
  facts: { readonly watch: ProcessWatch; readonly remedy?: string },
): AppError<EngineErrorCode> {
  return new AppError(code, message, {
    remedy: facts.remedy ?? 'What the process wrote to standard error is in the details.',
    details: { lastErrors: facts.watch.lastErrors() },
  });
}
