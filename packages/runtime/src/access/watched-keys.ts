import { open } from 'node:fs/promises';
import { isAppError } from '@burnline/core';
import { versionOfFile } from '../config/file-version.ts';
import type { Logger } from '../observability/logger.ts';
import {
  KEY_FILE_BYTES_MAX,
  keysInvalid,
  parseKeyFile,
  storedKeyOf,
  type KeyUse,
  type StoredKey,
} from './key-file.ts';

/** How soon a key that was added or taken out counts. Looking is one system call. */
const LOOK_MS = 1_000;

/** The keys of a file, as they are now. */
export interface WatchedKeys {
  /** A key as it is kept, expired or not; undefined: nobody's. Takes the same time whichever key is how nearly right. */
  find(key: string): StoredKey | undefined;
  close(): void;
}

export interface WatchOptions {
  readonly logger: Logger;
  /** Told of the keys at the start, and whenever they were read anew. */
  readonly onKeys?: (keys: readonly StoredKey[]) => void;
}

/**
 * Keys of a file, which is looked at again whenever it changes; one that cannot be read any more leaves those before.
 * Rejects with the use's code for a file that cannot be read at the start, or holds no key.
 */
export async function watchKeys(
  use: KeyUse,
  file: string,
  { logger, onKeys = () => undefined }: WatchOptions,
): Promise<WatchedKeys> {
  let state = await load(use, file);
  if (state.keys.length === 0) throw keysInvalid(use, `${file} holds no key`);
  onKeys(state.keys);
  let failure = '';
  const look = async (): Promise<void> => {
    try {
      if ((await versionOfFile(file)) === state.version) return;
      state = await load(use, file);
      onKeys(state.keys);
      failure = '';
      logger.info({ file, keys: state.keys.length }, `the keys of ${use.of} were read anew`);
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
    find: (key) => storedKeyOf(key, state.keys),
    close: () => {
      clearInterval(timer);
    },
  };
}

interface KeyState {
  readonly version: string;
  readonly keys: readonly StoredKey[];
}

async function load(use: KeyUse, file: string): Promise<KeyState> {
  try {
    const version = await versionOfFile(file);
    return { version, keys: parseKeyFile(use, await readBounded(use, file), file) };
  } catch (error) {
    if (isAppError(error) && error.code === use.code) throw error;
    throw keysInvalid(
      use,
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

async function readBounded(use: KeyUse, file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(KEY_FILE_BYTES_MAX + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead > KEY_FILE_BYTES_MAX)
      throw keysInvalid(use, `${file} is longer than ${KEY_FILE_BYTES_MAX} bytes`);
    return bytes.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
