import type { IncomingMessage } from 'node:http';
import {
  isKnownHost,
  makeKey,
  parseKeyFile,
  watchKeys,
  type Clock,
  type KeyUse,
  type Logger,
  type StoredKey,
  type WatchedKeys,
} from '@burnline/runtime';
import { consoleError, type ConsoleErrorCode } from '../console-error.ts';

const READ_KEYS: KeyUse = {
  code: 'CONSOLE_KEYS_INVALID',
  of: 'the console',
  command: 'burnline read-key',
  prefix: 'brk_',
};

const WRITE_KEYS: KeyUse = {
  code: 'CONSOLE_KEYS_INVALID',
  of: 'those who may silence from the console',
  command: 'burnline write-key',
  prefix: 'bwk_',
};

/** A new key for who may silence from the console, and its line. Throws CONSOLE_KEYS_INVALID for the name. */
export const makeWriteKey = (name: string): { readonly key: string; readonly line: string } =>
  makeKey(WRITE_KEYS, name);

/** Throws CONSOLE_KEYS_INVALID. */
export const parseWriteKeys = (text: string, file: string): readonly StoredKey[] =>
  parseKeyFile(WRITE_KEYS, text, file);

/** A new key for who reads and the line that lets them in. Throws CONSOLE_KEYS_INVALID for the name. */
export const makeReadKey = (name: string): { readonly key: string; readonly line: string } =>
  makeKey(READ_KEYS, name);

/** Throws CONSOLE_KEYS_INVALID. */
export const parseReadKeys = (text: string, file: string): readonly StoredKey[] =>
  parseKeyFile(READ_KEYS, text, file);

/** Who may read. Without a file, everybody who reaches the port. */
export interface ReadKeys {
  /** Throws CONSOLE_KEY_MISSING, CONSOLE_KEY_UNKNOWN or CONSOLE_KEY_EXPIRED. */
  check(authorization: string | undefined): void;
  close(): void;
}

export const NO_READ_KEYS: ReadKeys = { check: () => undefined, close: () => undefined };

interface KeyParts {
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Keys of a file that is watched. Rejects with CONSOLE_KEYS_INVALID. */
export async function openReadKeys(file: string, parts: KeyParts): Promise<ReadKeys> {
  const keys = await watchKeys(READ_KEYS, file, parts);
  return {
    check: (authorization) => {
      const key = keyOf(authorization);
      if (key === undefined)
        throw consoleError('CONSOLE_KEY_MISSING', 'This console asks for a key', {
          remedy: 'Send `authorization: Bearer KEY`, or in a browser the key as the password, with any name.',
        });
      nameOfKey(keys, key, { ...parts, codes: READ_CODES });
    },
    close: () => {
      keys.close();
    },
  };
}

/** Who may change something from the console. */
export interface WriteKeys {
  /** Whose key it is. Throws CONSOLE_WRITE_KEY_MISSING, CONSOLE_WRITE_KEY_UNKNOWN or CONSOLE_WRITE_KEY_EXPIRED. */
  nameOf(key: string | undefined): string;
  close(): void;
}

/** Keys of a file that is watched. Rejects with CONSOLE_KEYS_INVALID. */
export async function openWriteKeys(file: string, parts: KeyParts): Promise<WriteKeys> {
  const keys = await watchKeys(WRITE_KEYS, file, parts);
  return {
    nameOf: (key) => {
      if (key === undefined || key === '')
        throw consoleError('CONSOLE_WRITE_KEY_MISSING', 'Whoever changes something says by which key', {
          remedy: `Send the header \`${WRITE_KEY_HEADER}\`, with a key of \`burnline write-key\`.`,
        });
      return nameOfKey(keys, key, { ...parts, codes: WRITE_CODES });
    },
    close: () => {
      keys.close();
    },
  };
}

/** No browser sends it by itself: a page of somebody else that has no key cannot make one write. */
export const WRITE_KEY_HEADER = 'burnline-write-key';

interface KeyCodes {
  readonly unknown: ConsoleErrorCode;
  readonly expired: ConsoleErrorCode;
}

const READ_CODES: KeyCodes = { unknown: 'CONSOLE_KEY_UNKNOWN', expired: 'CONSOLE_KEY_EXPIRED' };
/** At another status: a browser would ask for the key to read, and send this one everywhere. */
const WRITE_CODES: KeyCodes = { unknown: 'CONSOLE_WRITE_KEY_UNKNOWN', expired: 'CONSOLE_WRITE_KEY_EXPIRED' };

function nameOfKey(
  keys: Pick<WatchedKeys, 'find'>,
  key: string,
  { clock, codes }: KeyParts & { readonly codes: KeyCodes },
): string {
  const stored = keys.find(key);
  if (stored === undefined)
    throw consoleError(codes.unknown, 'The key is not one that this console knows', {
      remedy: 'Ask whoever runs it for a key of your own.',
    });
  const { name, expiresMs } = stored;
  if (expiresMs !== null && clock.nowMs() >= expiresMs)
    throw consoleError(codes.expired, `This key of ${name} has expired`, {
      remedy: 'Ask whoever runs it for a new key.',
    });
  return name;
}

/** Of a program as bearer, of a browser as the password: it then sends it with every request, those for events included. */
function keyOf(authorization = ''): string | undefined {
  const [, scheme, value] = /^(Bearer|Basic) +(\S+) *$/i.exec(authorization) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

/**
 * Refuses what a page of somebody else makes a browser ask: by a name that this server does not have (DNS rebinding), or from another
 * origin. Throws CONSOLE_HOST_MISSING, CONSOLE_HOST_REFUSED or CONSOLE_ORIGIN_REFUSED.
 */
export function checkHost(request: IncomingMessage, names: readonly string[]): void {
  const { host, origin } = request.headers;
  if (host === undefined)
    throw consoleError('CONSOLE_HOST_MISSING', 'The request does not say whom it is for', {
      remedy: 'Send the header `host`, as every client of HTTP/1.1 does.',
    });
  if (!isKnownHost(host, { names, localAddress: request.socket.localAddress }))
    throw consoleError('CONSOLE_HOST_REFUSED', `This console does not answer as ${host.slice(0, 255)}`, {
      remedy:
        'Call it by its address, or add the name: BURNLINE_CONSOLE_NAMES, or `burnline up --console-name`.',
    });
  if (origin !== undefined && !isSameHost(origin, host))
    throw consoleError('CONSOLE_ORIGIN_REFUSED', 'A web page of another origin sent this request', {
      remedy: 'Open the console itself; programs send no header `origin`.',
    });
}

/** Whether a proxy in front of it speaks TLS, it does not know. */
const isSameHost = (origin: string, host: string): boolean =>
  [`http://${host}`, `https://${host}`].includes(origin);

/**
 * Refuses what a browser says comes from elsewhere than a page of this origin, also where it names no origin. Programs send no such
 * header. Throws CONSOLE_ORIGIN_REFUSED.
 */
export function checkOwnPage(site: string | undefined): void {
  if (site === undefined || site === 'same-origin') return;
  throw consoleError('CONSOLE_ORIGIN_REFUSED', 'A web page of another origin sent this request', {
    remedy: 'Open the console itself; programs send no header `sec-fetch-site`.',
  });
}
