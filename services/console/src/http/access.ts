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
} from '@burnline/runtime';
import { consoleError } from '../console-error.ts';

const READ_KEYS: KeyUse = {
  code: 'CONSOLE_KEYS_INVALID',
  of: 'the console',
  command: 'burnline read-key',
  prefix: 'brk_',
};

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

/** Keys of a file that is watched. Rejects with CONSOLE_KEYS_INVALID. */
export async function openReadKeys(
  file: string,
  { logger, clock }: { readonly logger: Logger; readonly clock: Pick<Clock, 'nowMs'> },
): Promise<ReadKeys> {
  const keys = await watchKeys(READ_KEYS, file, { logger });
  return {
    check: (authorization) => {
      const key = keyOf(authorization);
      if (key === undefined)
        throw consoleError('CONSOLE_KEY_MISSING', 'This console asks for a key', {
          remedy: 'Send `authorization: Bearer KEY`, or in a browser the key as the password, with any name.',
        });
      const stored = keys.find(key);
      if (stored === undefined)
        throw consoleError('CONSOLE_KEY_UNKNOWN', 'The key is not one that this console knows', {
          remedy: 'Ask whoever runs it for a key of your own.',
        });
      const { name, expiresMs } = stored;
      if (expiresMs !== null && clock.nowMs() >= expiresMs)
        throw consoleError('CONSOLE_KEY_EXPIRED', `This key of ${name} has expired`, {
          remedy: 'Ask whoever runs it for a new key.',
        });
    },
    close: () => {
      keys.close();
    },
  };
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
