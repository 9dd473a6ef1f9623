import { open } from 'node:fs/promises';
import { isAppError } from '@burnline/core';
import { watchFiles } from '../config/watch-files.ts';
import type { Logger } from '../observability/logger.ts';
import {
  KEY_FILE_BYTES_MAX,
  keysInvalid,
  parseKeyFile,
  storedKeyOf,
  type KeyUse,
  type StoredKey,
} from './key-file.ts';

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
  const watched = await watchFiles([file], {
    logger,
    read: () => load(use, file),
    onChange: onKeys,
    texts: {
      changed: `the keys of ${use.of} were read anew`,
      kept: 'keys stay as they were',
    },
    factsOf: ({ length: keys }) => ({ keys }),
  });
  if (watched.value.length === 0) {
    watched.close();
    throw keysInvalid(use, `${file} holds no key`);
  }
  onKeys(watched.value);
  return {
    find: (key) => storedKeyOf(key, watched.value),
    close: () => {
      watched.close();
    },
  };
}

async function load(use: KeyUse, file: string): Promise<readonly StoredKey[]> {
  try {
    return parseKeyFile(use, await readBounded(use, file), file);
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
