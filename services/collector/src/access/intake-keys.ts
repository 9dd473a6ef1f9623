import type { IncomingMessage } from 'node:http';
import { open, stat } from 'node:fs/promises';
import type { Logger } from '@burnline/runtime';
import { intakeError } from '../http/intake-error.ts';
import { KEY_FILE_BYTES_MAX, keysInvalid, ownerOf, parseKeyFile, type StoredKey } from './key-file.ts';

/** How soon a key that was added or taken out counts. Looking is one system call. */
const LOOK_MS = 1_000;

/** Who may publish. Without a file, everybody who reaches the port. */
export interface IntakeKeys {
  /** The name of the client's key, empty where none is needed. Throws COLLECTOR_KEY_MISSING or COLLECTOR_KEY_UNKNOWN. */
  check(request: Pick<IncomingMessage, 'headers'>): string;
  close(): void;
}

export const NO_KEYS: IntakeKeys = { check: () => '', close: () => undefined };

/**
 * Keys of a file, which is looked at again whenever it changes; one that cannot be read any more leaves those before.
 * Rejects with COLLECTOR_KEYS_INVALID for a file that cannot be read at the start, or holds no key.
 */
export async function openIntakeKeys(file: string, logger: Logger): Promise<IntakeKeys> {
  let state = await load(file);
  if (state.keys.length === 0) throw keysInvalid(`${file} holds no key`);
  let failure = '';
  const look = async (): Promise<void> => {
    try {
      if ((await versionOf(file)) === state.version) return;
      state = await load(file);
      failure = '';
      logger.info({ file, keys: state.keys.length }, 'the keys of the intake were read anew');
    } catch (error) {
      // Said once for each reason, not every second.
      if (String(error) !== failure) logger.error({ file, error: String(error) }, 'keys stay as they were');
      failure = String(error);
    }
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_MS).unref();
  return {
    check: (request) => checkKey(request, state.keys),
    close: () => {
      clearInterval(timer);
    },
  };
}

function checkKey(request: Pick<IncomingMessage, 'headers'>, keys: readonly StoredKey[]): string {
  const [, key] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === undefined) {
    throw intakeError('COLLECTOR_KEY_MISSING', 'This intake asks for a key', {
      remedy: 'Send the header `authorization: Bearer KEY`.',
    });
  }
  const owner = ownerOf(key, keys);
  if (owner !== undefined) return owner;
  throw intakeError('COLLECTOR_KEY_UNKNOWN', 'The key is not one that this intake knows', {
    remedy: 'Ask whoever runs it for a key of your own.',
  });
}

interface KeyState {
  readonly version: string;
  readonly keys: readonly StoredKey[];
}

async function load(file: string): Promise<KeyState> {
  try {
    const version = await versionOf(file);
    return { version, keys: parseKeyFile(await readBounded(file), file) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'COLLECTOR_KEYS_INVALID') throw error;
    throw keysInvalid(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

async function readBounded(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(KEY_FILE_BYTES_MAX + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead > KEY_FILE_BYTES_MAX)
      throw keysInvalid(`${file} is longer than ${KEY_FILE_BYTES_MAX} bytes`);
    return bytes.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Changes with the file, also where a mount swaps a link for another. */
async function versionOf(file: string): Promise<string> {
  const { dev, ino, mtimeMs, size } = await stat(file);
  return [dev, ino, mtimeMs, size].join(':');
}
