import { readFileSync } from 'node:fs';
import { AppError } from '@burnline/core';
import type { EngineErrorCode } from './engine-error.ts';

/** A user of the HTTP interface. `pipeline` may do everything, `analyst` only read. */
export interface EngineUser {
  readonly name: string;
  readonly password: string;
  readonly role: 'pipeline' | 'analyst';
  /** Of an analyst: reads rows of these tenants in `tenantTables` and nothing else. Absent: everything. */
  readonly tenants?: readonly string[];
}

/** What analysts of some tenants may read, as DATABASE.NAME. */
export interface TenantTables {
  /** Tables with a column `tenant`. */
  readonly tables: readonly string[];
  /** Views over those alone. */
  readonly views: readonly string[];
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
  /** How long an analyst's statement may take to arrive. */
  readonly bodyTimeoutMs: number;
  /** How long a client may take nothing of its answer. */
  readonly answerTimeoutMs: number;
  readonly tenantTables: TenantTables;
  /** Names in a request's Host, beside addresses and localhost; a browser's page of such a name may send queries. */
  readonly allowedHosts: readonly string[];
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
  bodyTimeoutMs: { name: 'BURNLINE_ENGINE_BODY_TIMEOUT_MS', fallback: 30_000, min: 1, max: 3_600_000 },
  answerTimeoutMs: { name: 'BURNLINE_ENGINE_ANSWER_TIMEOUT_MS', fallback: 30_000, min: 1, max: 3_600_000 },
} as const satisfies Readonly<Record<string, NumberVariable>>;

const DATA_DIRECTORY = 'BURNLINE_ENGINE_DATA_DIRECTORY';
const HOST = 'BURNLINE_ENGINE_HOST';
const USERS = 'BURNLINE_ENGINE_USERS';
const USERS_FILE = 'BURNLINE_ENGINE_USERS_FILE';
const ALLOWED_HOSTS = 'BURNLINE_ENGINE_ALLOWED_HOSTS';
const TENANT_TABLES = 'BURNLINE_ENGINE_TENANT_TABLES';
const TENANT_VIEWS = 'BURNLINE_ENGINE_TENANT_VIEWS';
const LOOPBACK = '127.0.0.1';
/** Each has sessions of its own. */
const TENANT_ANALYSTS_MAX = 32;
const TENANTS_MAX = 100;
const TENANT_CHARS_MAX = 500;

/** Reads an engine's configuration; throws ENGINE_CONFIG_INVALID naming every fault at once. */
export function readConfig(environment: Environment): EngineConfig {
  const faults: string[] = [];
  const dataDirectory = environment[DATA_DIRECTORY] ?? '';
  if (dataDirectory === '') faults.push(`${DATA_DIRECTORY} is missing`);
  // The engine would take them for patterns when it reads an insert's rows from a file below.
  if (/[*?{}]/.test(dataDirectory)) faults.push(`${DATA_DIRECTORY} must not contain * ? { or }`);
  const users = readUsers(usersText(environment, faults), faults);
  const host = environment[HOST] ?? LOOPBACK;
  if (!isLoopback(host) && users.some((user) => user.password === '')) {
    faults.push(`${HOST} is beyond loopback, where every user must have a password`);
  }
  const number = (variable: NumberVariable): number => readNumber(environment, variable, faults);
  const config: EngineConfig = {
    dataDirectory,
    host,
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
    bodyTimeoutMs: number(NUMBERS.bodyTimeoutMs),
    answerTimeoutMs: number(NUMBERS.answerTimeoutMs),
    allowedHosts: readNames(environment[ALLOWED_HOSTS]),
    tenantTables: readTenantTables(environment, users, faults),
  };
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

/** The configuration with these parts and defaults for the others; throws what `readConfig` throws. */
export function completeConfig(
  options: Pick<EngineConfig, 'dataDirectory' | 'users'> & Partial<EngineConfig>,
): EngineConfig {
  const { sessionCounts, dataDirectory, users, host, allowedHosts, tenantTables, ...numbers } = options;
  const environment: Record<string, string> = {
    [DATA_DIRECTORY]: dataDirectory,
    [USERS]: JSON.stringify(users),
    [HOST]: host ?? LOOPBACK,
    [ALLOWED_HOSTS]: (allowedHosts ?? []).join(','),
    [TENANT_TABLES]: (tenantTables?.tables ?? []).join(','),
    [TENANT_VIEWS]: (tenantTables?.views ?? []).join(','),
  };
  const given: Readonly<Record<string, number | undefined>> = { ...numbers, ...sessionCounts };
  for (const [key, variable] of Object.entries(NUMBERS)) {
    const value = given[key];
    if (value !== undefined) environment[variable.name] = `${value}`;
  }
  return readConfig(environment);
}

/** How many of Node's threads the engine's process needs: a running query takes one. */
export function requiredThreads(counts: EngineConfig['sessionCounts']): number {
  // One session more runs the engine's own statements.
  return counts.write + counts.read + counts.analyst + 1 + SPARE_THREAD_COUNT;
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The host by which this machine reaches what listens on `host`, as a URL has it. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return LOOPBACK;
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function readNames(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function readTenantTables(
  environment: Environment,
  users: readonly EngineUser[],
  faults: string[],
): TenantTables {
  const [tables, views] = [TENANT_TABLES, TENANT_VIEWS].map((name) => readNames(environment[name]));
  const wrong = [...(tables ?? []), ...(views ?? [])].filter((name) => !/^[a-z]\w*\.[a-z]\w*$/.test(name));
  if (wrong.length > 0)
    faults.push(`${TENANT_TABLES} and ${TENANT_VIEWS} must be DATABASE.NAME, not ${wrong.join(', ')}`);
  const limited = users.filter((user) => user.tenants !== undefined).length;
  if (limited > TENANT_ANALYSTS_MAX)
    faults.push(`${USERS} has more than ${TENANT_ANALYSTS_MAX} analysts of some tenants`);
  if (limited > 0 && tables?.length === 0)
    faults.push(`${TENANT_TABLES} is missing: an analyst of some tenants would read nothing`);
  return { tables: tables ?? [], views: views ?? [] };
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

/** Passwords in a file are seen by its reader alone, those of an environment by whoever may look at the process. */
function usersText(environment: Environment, faults: string[]): string | undefined {
  const file = environment[USERS_FILE] ?? '';
  if (file === '') return environment[USERS];
  if ((environment[USERS] ?? '') !== '') faults.push(`${USERS} and ${USERS_FILE} exclude each other`);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    faults.push(`${USERS_FILE} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return '[]';
  }
}

function readUsers(text: string | undefined, faults: string[]): readonly EngineUser[] {
  if (text === undefined || text === '') {
    faults.push(`${USERS} or ${USERS_FILE} is missing: a JSON array of {"name","password","role"}`);
    return [];
  }
  const users = parseUsers(text);
  if (users === undefined) {
    // The text itself holds passwords and must not appear in a message.
    faults.push(
      `${USERS} must be a JSON array of {"name","password","role":"pipeline"|"analyst"}, of analysts also "tenants"`,
    );
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
  const { name, password, role, tenants } = value as Partial<Record<keyof EngineUser, unknown>>;
  return (
    typeof name === 'string' &&
    name !== '' &&
    typeof password === 'string' &&
    (role === 'pipeline' || role === 'analyst') &&
    (tenants === undefined || (role === 'analyst' && areTenants(tenants)))
  );
}

const areTenants = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= TENANTS_MAX &&
  value.every((one) => typeof one === 'string' && one.length <= TENANT_CHARS_MAX);
