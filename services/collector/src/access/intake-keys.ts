import type { IncomingMessage } from 'node:http';
import {
  makeKey,
  parseKeyFile,
  watchKeys,
  type Clock,
  type KeyLimits,
  type KeyUse,
  type Logger,
  type StoredKey,
} from '@burnline/runtime';
import { intakeError } from '../http/intake-error.ts';
import { ClientRates } from './client-rates.ts';

const INTAKE_KEYS: KeyUse = {
  code: 'COLLECTOR_KEYS_INVALID',
  of: 'the intake',
  command: 'burnline intake-key',
  prefix: 'bik_',
};

/** A new key for a publisher and the line that lets it in. Throws COLLECTOR_KEYS_INVALID for name or limits. */
export const makeIntakeKey = (
  name: string,
  limits?: KeyLimits,
): { readonly key: string; readonly line: string } => makeKey(INTAKE_KEYS, name, limits);

/** Throws COLLECTOR_KEYS_INVALID. */
export const parseIntakeKeys = (text: string, file: string): readonly StoredKey[] =>
  parseKeyFile(INTAKE_KEYS, text, file);

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

/** Keys of a file that is watched. Rejects with COLLECTOR_KEYS_INVALID. */
export async function openIntakeKeys(
  file: string,
  { logger, clock }: { readonly logger: Logger; readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'> },
): Promise<IntakeKeys> {
  const rates = new ClientRates(() => clock.monotonicMs());
  const onKeys = (all: readonly StoredKey[]): void => {
    rates.limit(all);
  };
  const keys = await watchKeys(INTAKE_KEYS, file, { logger, onKeys });
  return {
    check: (request) => {
      const [, key] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
      if (key === undefined)
        throw intakeError('COLLECTOR_KEY_MISSING', 'This intake asks for a key', {
          remedy: 'Send the header `authorization: Bearer KEY`.',
        });
      const stored = keys.find(key);
      if (stored === undefined)
        throw intakeError('COLLECTOR_KEY_UNKNOWN', 'The key is not one that this intake knows', {
          remedy: 'Ask whoever runs it for a key of your own.',
        });
      const { name, expiresMs } = stored;
      if (expiresMs !== null && clock.nowMs() >= expiresMs)
        throw intakeError('COLLECTOR_KEY_EXPIRED', `This key of ${name} has expired`, {
          remedy: 'Ask whoever runs the intake for a new key.',
        });
      rates.check(name);
      return name;
    },
    took: (client, records) => {
      rates.took(client, records);
    },
    close: () => {
      keys.close();
    },
  };
}
