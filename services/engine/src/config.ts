import { AppError } from '@burnline/core';
import type { EngineErrorCode } from './engine-error.ts';

/** A user of the HTTP interface. `pipeline` may do everything, `analyst` only read. */
export interface EngineUser {
  readonly name: string;
  readonly password: string;
  readonly role: 'pipeline' | 'analyst';
}

export interface EngineConfig {
  readonly dataDirectory: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly users: readonly EngineUser[];
  readonly sessionCounts: { readonly write: number; readonly read: number; readonly analyst: number };
  readonly maxWaitingCount: number;
  readonly waitTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly memoryBytes: number;
  readonly pipelineMaxExecutionSeconds: number;
  readonly analystMaxExecutionSeconds: number;
  readonly stopTimeoutMs: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const MEBIBYTE = 1024 * 1024;
/** Threads beside those that run queries: file writes and compression use the same pool of Node's. */
const SPARE_THREAD_COUNT = 4;

interface NumberVariable {
  readonly name: string;
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

/** Every variable, its default and its range. */
const NUMBERS = {
  port: { name: 'BURNLINE_ENGINE_PORT', fallback: 0, min: 0, max: 65_535 },
  write: { name: 'BURNLINE_ENGINE_WRITE_SESSIONS', fallback: 2, min: 1, max: 32 },
  read: { name: 'BURNLINE_ENGINE_READ_SESSIONS', fallback: 2, min: 1, max: 32 },
  analyst: { name: 'BURNLINE_ENGINE_ANALYST_SESSIONS', fallback: 2, min: 1, max: 32 },
  maxWaitingCount: { name: 'BURNLINE_ENGINE_MAX_WAITING_COUNT', fallback: 64, min: 0, max: 10_000 },
  waitTimeoutMs: { name: 'BURNLINE_ENGINE_WAIT_TIMEOUT_MS', fallback: 30_000, min: 1, max: 3_600_000 },
  maxBodyBytes: {
    name: 'BURNLINE_ENGINE_MAX_BODY_BYTES',
    fallback: 256 * MEBIBYTE,
    min: 1024,
    max: 4096 * MEBIBYTE,
  },
  // Below 512 MiB the engine's own share leaves nothing for queries.
  memoryBytes: {
    name: 'BURNLINE_ENGINE_MEMORY_BYTES',
    fallback: 2048 * MEBIBYTE,
    min: 512 * MEBIBYTE,
    max: Number.MAX_SAFE_INTEGER,
  },
  pipelineMaxExecutionSeconds: {
    name: 'BURNLINE_ENGINE_PIPELINE_MAX_EXECUTION_SECONDS',
    fallback: 300,
    min: 1,
    max: 86_400,
  },
  analystMaxExecutionSeconds: {
    name: 'BURNLINE_ENGINE_ANALYST_MAX_EXECUTION_SECONDS',
    fallback: 60,
    min: 1,
    max: 86_400,
  },
  stopTimeoutMs: { name: 'BURNLINE_ENGINE_STOP_TIMEOUT_MS', fallback: 10_000, min: 1, max: 600_000 },
} as const satisfies Readonly<Record<string, NumberVariable>>;

const DATA_DIRECTORY = 'BURNLINE_ENGINE_DATA_DIRECTORY';
const HOST = 'BURNLINE_ENGINE_HOST';
const USERS = 'BURNLINE_ENGINE_USERS';
const THREADS = 'UV_THREADPOOL_SIZE';
const LOOPBACK = '127.0.0.1';

/** Reads the child's configuration; throws ENGINE_CONFIG_INVALID naming every fault at once. */
export function readConfig(environment: Environment): EngineConfig {
  const faults: string[] = [];
  const dataDirectory = environment[DATA_DIRECTORY] ?? '';
  if (dataDirectory === '') faults.push(`${DATA_DIRECTORY} is missing`);
  // The engine would take them for patterns when it reads an insert's rows from a file below.
  if (/[*?{}]/.test(dataDirectory)) faults.push(`${DATA_DIRECTORY} must not contain * ? { or }`);
  const users = readUsers(environment[USERS], faults);
  const number = (variable: NumberVariable): number => readNumber(environment, variable, faults);
  const config: EngineConfig = {
    dataDirectory,
    host: environment[HOST] ?? LOOPBACK,
    port: number(NUMBERS.port),
    users,
    sessionCounts: {
      write: number(NUMBERS.write),
      read: number(NUMBERS.read),
      analyst: number(NUMBERS.analyst),
    },
    maxWaitingCount: number(NUMBERS.maxWaitingCount),
    waitTimeoutMs: number(NUMBERS.waitTimeoutMs),
    maxBodyBytes: number(NUMBERS.maxBodyBytes),
    memoryBytes: number(NUMBERS.memoryBytes),
    pipelineMaxExecutionSeconds: number(NUMBERS.pipelineMaxExecutionSeconds),
    analystMaxExecutionSeconds: number(NUMBERS.analystMaxExecutionSeconds),
    stopTimeoutMs: number(NUMBERS.stopTimeoutMs),
  };
  const threads = requiredThreads(config.sessionCounts);
  if (Number(environment[THREADS] ?? '4') < threads) {
    faults.push(`${THREADS} must be at least ${threads}: a running query takes one of Node's threads`);
  }
  if (faults.length > 0) {
    throw new AppError<EngineErrorCode>(
      'ENGINE_CONFIG_INVALID',
      `The engine's configuration: ${faults.join('; ')}`,
      {
        remedy: 'Correct the environment variables named in the message.',
        details: { faults },
      },
    );
  }
  return config;
}

/** The environment that makes `readConfig` return this configuration. */
export function configEnvironment(
  options: Pick<EngineConfig, 'dataDirectory' | 'users'> & Partial<EngineConfig>,
): Record<string, string> {
  const { sessionCounts, dataDirectory, users, host, ...numbers } = options;
  const environment: Record<string, string> = {
    [DATA_DIRECTORY]: dataDirectory,
    [USERS]: JSON.stringify(users),
    [HOST]: host ?? LOOPBACK,
  };
  const counts = {
    write: sessionCounts?.write ?? NUMBERS.write.fallback,
    read: sessionCounts?.read ?? NUMBERS.read.fallback,
    analyst: sessionCounts?.analyst ?? NUMBERS.analyst.fallback,
  };
  const given: Readonly<Record<string, number | undefined>> = { ...numbers, ...counts };
  for (const [key, variable] of Object.entries(NUMBERS)) {
    const value = given[key];
    if (value !== undefined) environment[variable.name] = `${value}`;
  }
  environment[THREADS] = `${requiredThreads(counts)}`;
  return environment;
}

function requiredThreads(counts: EngineConfig['sessionCounts']): number {
  // One session more runs the engine's own statements.
  return counts.write + counts.read + counts.analyst + 1 + SPARE_THREAD_COUNT;
}

function readNumber(environment: Environment, variable: NumberVariable, faults: string[]): number {
  const text = environment[variable.name];
  if (text === undefined || text === '') return variable.fallback;
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && value >= variable.min && value <= variable.max) return value;
  faults.push(
    `${variable.name} must be a whole number from ${variable.min} to ${variable.max}, not "${text}"`,
  );
  return variable.fallback;
}

function readUsers(text: string | undefined, faults: string[]): readonly EngineUser[] {
  if (text === undefined || text === '') {
    faults.push(`${USERS} is missing: a JSON array of {"name","password","role"}`);
    return [];
  }
  const users = parseUsers(text);
  if (users === undefined) {
    // The text itself holds passwords and must not appear in a message.
    faults.push(`${USERS} must be a JSON array of {"name","password","role":"pipeline"|"analyst"}`);
    return [];
  }
  if (users.length === 0) faults.push(`${USERS} must name at least one user`);
  const names = new Set(users.map((user) => user.name));
  if (names.size !== users.length) faults.push(`${USERS} names a user twice`);
  return users;
}

function parseUsers(text: string): readonly EngineUser[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isUser) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isUser(value: unknown): value is EngineUser {
  if (typeof value !== 'object' || value === null) return false;
  const { name, password, role } = value as Partial<Record<keyof EngineUser, unknown>>;
  return (
    typeof name === 'string' &&
    name !== '' &&
    typeof password === 'string' &&
    (role === 'pipeline' || role === 'analyst')
  );
}
