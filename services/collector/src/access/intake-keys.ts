import type { IncomingMessage } from 'node:http';
import {
  makeKey,
  parseKeyFile,
  watchKeys,
  type KeyUse,
  type Logger,
  type StoredKey,
} from '@burnline/runtime';
import { intakeError } from '../http/intake-error.ts';

const INTAKE_KEYS: KeyUse = {
  code: 'COLLECTOR_KEYS_INVALID',
  of: 'the intake',
  command: 'burnline intake-key',
  prefix: 'bik_',
};

/** A new key for a publisher and the line that lets it in. Throws COLLECTOR_KEYS_INVALID for the name. */
export const makeIntakeKey = (name: string): { readonly key: string; readonly line: string } =>
  makeKey(INTAKE_KEYS, name);

/** Throws COLLECTOR_KEYS_INVALID. */
export const parseIntakeKeys = (text: string, file: string): readonly StoredKey[] =>
  parseKeyFile(INTAKE_KEYS, text, file);

/** Who may publish. Without a file, everybody who reaches the port. */
export interface IntakeKeys {
  /** The name of the client's key, empty where none is needed. Throws COLLECTOR_KEY_MISSING or COLLECTOR_KEY_UNKNOWN. */
  check(request: Pick<IncomingMessage, 'headers'>): string;
  close(): void;
}

export const NO_KEYS: IntakeKeys = { check: () => '', close: () => undefined };

/** Keys of a file that is watched. Rejects with COLLECTOR_KEYS_INVALID. */
export async function openIntakeKeys(file: string, logger: Logger): Promise<IntakeKeys> {
  const keys = await watchKeys(INTAKE_KEYS, file, logger);
  return {
    check: (request) => {
      const [, key] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
      if (key === undefined) {
        throw intakeError('COLLECTOR_KEY_MISSING', 'This intake asks for a key', {
          remedy: 'Send the header `authorization: Bearer KEY`.',
        });
      }
      const owner = keys.ownerOf(key);
      if (owner !== undefined) return owner;
      throw intakeError('COLLECTOR_KEY_UNKNOWN', 'The key is not one that this intake knows', {
        remedy: 'Ask whoever runs it for a key of your own.',
      });
    },
    close: () => {
      keys.close();
    },
  };
}
