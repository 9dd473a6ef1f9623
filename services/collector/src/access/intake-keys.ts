import type { IncomingMessage } from 'node:http';
import { open, stat } from 'node:fs/promises';
import type { Clock, Logger } from '@burnline/runtime';
import { intakeError } from '../http/intake-error.ts';
import { ClientRates } from './client-rates.ts';
import { KEY_FILE_BYTES_MAX, keysInvalid, parseKeyFile, storedKeyOf, type StoredKey } from './key-file.ts';

/** How soon a key that was added or taken out counts. Looking is one system call. */
const LOOK_MS = 1_000;

/** Who may publish. Without a file, everybody who reaches the port. */
export interface IntakeKeys {
  /**
   * The name of the client's key, empty where none is needed. Throws COLLECTOR_KEY_MISSING, COLLECTOR_KEY_UNKNOWN,
   * COLLECTOR_KEY_EXPIRED, or COLLECTOR_RATE_EXCEEDED (retry).
   */
  check(request: Pick<IncomingMessage, 'headers'>): string;
  /** So many records of a client were taken. */
  took(client: string, records: number): void;
  close(): void;
}

export const NO_KEYS: IntakeKeys = { check: () => '', took: () => undefined, close: () => undefined };

/**
 * Keys of a file, which is looked at again whenever it changes; one that cannot be read any more leaves those before.
 * Rejects with COLLECTOR_KEYS_INVALID for a file that cannot be read at the start, or holds no key.
 */
export async function openIntakeKeys(
  file: string,
  { logger, clock }: { readonly logger: Logger; readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'> },
): Promise<IntakeKeys> {
  let state = await load(file);
  if (state.keys.length === 0) throw keysInvalid(`${file} holds no key`);
  const rates = new ClientRates(() => clock.monotonicMs());
  rates.limit(state.keys);
  let failure = '';
  const look = async (): Promise<void> => {
    try {
      if ((await versionOf(file)) === state.version) return;
      state = await load(file);
      rates.limit(state.keys);
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
    check: (request) => {
      const { name, expiresMs } = keyOf(request, state.keys);
      if (expiresMs !== null && clock.nowMs() >= expiresMs) throw expired(name);
      rates.check(name);
      return name;
    },
    took: (client, records) => {
      rates.took(client, records);
    },
    close: () => {
      clearInterval(timer);
    },
  };
}

function expired(name: string): Error {
  return intakeError('COLLECTOR_KEY_EXPIRED', `This key of ${name} has expired`, {
    remedy: 'Ask whoever runs the intake for a new key.',
  });
}

function keyOf(request: Pick<IncomingMessage, 'headers'>, keys: readonly StoredKey[]): StoredKey {
  const [, key] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === undefined) {
    throw intakeError('COLLECTOR_KEY_MISSING', 'This intake asks for a key', {
      remedy: 'Send the header `authorization: Bearer KEY`.',
    });
  }
  const stored = storedKeyOf(key, keys);
  if (stored !== undefined) return stored;
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
