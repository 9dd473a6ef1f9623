import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@burnline/core';
import type { EngineErrorCode } from '../engine-error.ts';
import { serverConfiguration, usersConfiguration, type EngineLimits } from './engine-settings.ts';
import type { TenantAccess } from './tenant-scopes.ts';

/**
 * A data directory holds `database` (ClickHouse's own files), `incoming` (rows of inserts under way) and `run` (the
 * configuration of this start). Only the process that holds the engine's lock may remove files of the last two.
 */
export interface DataDirectory {
  readonly databasePath: string;
  readonly incomingPath: string;
  readonly configFile: string;
  /** An empty folder for the process to stand in: a path that is not absolute leads nowhere. */
  readonly emptyPath: string;
  /** Removes what earlier processes left behind; call it when the engine is open. */
  removeLeftovers(): Promise<void>;
  /** Removes this start's configuration. */
  removeConfiguration(): Promise<void>;
}

/** What a start writes at least: with less, the engine fails in ways that do not say why. */
const ROOM_BYTES_MIN = 8 * 1024 * 1024;

/** Creates and probes the directory; throws ENGINE_DIRECTORY_UNWRITABLE or ENGINE_DISK_FULL. */
export async function prepareDataDirectory(
  path: string,
  limits: EngineLimits & TenantAccess,
): Promise<DataDirectory> {
  const root = resolve(path);
  const databasePath = join(root, 'database');
  const incomingPath = join(root, 'incoming');
  const runsPath = join(root, 'run');
  // A directory per start: a second engine on the same data must not overwrite the configuration of the first.
  const run = `${process.pid}-${randomUUID()}`;
  const configFile = join(runsPath, run, 'config.xml');
  const usersFile = join(runsPath, run, 'users.xml');
  const emptyPath = join(runsPath, run, 'empty');
  try {
    for (const directory of [databasePath, incomingPath, emptyPath]) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    }
    // Whoever made the directory may have left it open; what is below is then out of others' reach, old files included.
    // Another user's directory keeps its rights.
    await chmod(root, 0o700).catch(() => undefined);
    await writeFile(usersFile, usersConfiguration(limits, limits), { mode: 0o600 });
    await writeFile(configFile, serverConfiguration(usersFile, limits), { mode: 0o600 });
    await probe(databasePath);
    await probe(incomingPath);
  } catch (error) {
    if (await isFull(databasePath, error)) throw diskFull(root, error);
    throw new AppError<EngineErrorCode>(
      'ENGINE_DIRECTORY_UNWRITABLE',
      `The data directory ${root} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      { remedy: 'Choose a directory that this user may create and write files in.', cause: error },
    );
  }
  return {
    databasePath,
    incomingPath,
    configFile,
    emptyPath,
    removeLeftovers: async () => {
      await removeEntries(incomingPath, () => true);
      await removeEntries(runsPath, (entry) => entry !== run);
    },
    removeConfiguration: () => rm(join(runsPath, run), { recursive: true, force: true }),
  };
}

/**
 * Says why the engine could not open the directory: ENGINE_DIRECTORY_IN_USE when the process that ClickHouse's `status` file
 * names is alive, ENGINE_DISK_FULL when there is no room, else ENGINE_START_FAILED.
 */
export async function openFailure(
  directory: DataDirectory,
  cause: unknown,
): Promise<AppError<EngineErrorCode>> {
  const pid = await lockHolder(directory.databasePath);
  if (pid !== undefined) {
    return new AppError('ENGINE_DIRECTORY_IN_USE', `Process ${pid} has ${directory.databasePath} open`, {
      remedy: `Stop process ${pid}, or give this engine a data directory of its own.`,
      details: { pid },
      cause,
    });
  }
  if (await isFull(directory.databasePath, cause)) return diskFull(directory.databasePath, cause);
  return new AppError(
    'ENGINE_START_FAILED',
    `The engine could not open ${directory.databasePath}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { remedy: 'The reason is on standard error.', cause },
  );
}

async function isFull(path: string, cause: unknown): Promise<boolean> {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') return true;
  const room = await statfs(path).catch(() => null);
  return room !== null && room.bavail * room.bsize < ROOM_BYTES_MIN;
}

function diskFull(path: string, cause: unknown): AppError<EngineErrorCode> {
  return new AppError('ENGINE_DISK_FULL', `The disk of ${path} is full`, {
    remedy: 'Free space on it, then start again: nothing that was acknowledged is lost.',
    cause,
  });
}

async function lockHolder(databasePath: string): Promise<number | undefined> {
  const status = await readFile(join(databasePath, 'status'), 'utf8').catch(() => '');
  const pid = Number(/^PID: (\d+)/m.exec(status)?.[1] ?? Number.NaN);
  if (!Number.isInteger(pid) || pid === process.pid) return undefined;
  return isAlive(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function probe(directory: string): Promise<void> {
  const file = join(directory, `probe-${randomUUID()}`);
  await writeFile(file, '');
  await rm(file);
}

async function removeEntries(directory: string, isStale: (entry: string) => boolean): Promise<void> {
  for (const entry of await readdir(directory)) {
    if (isStale(entry)) await rm(join(directory, entry), { recursive: true, force: true });
  }
}
